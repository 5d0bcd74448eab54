import { join } from "node:path";
import { PNG } from "pngjs";
import { randomFill } from "../../gguf/random-data.ts";
import { root } from "../../paths.ts";
import { postStream } from "../events.ts";
import { median } from "../median.ts";
import type { RunningServer } from "../server.ts";
import type { Stage } from "../stage.ts";
import type { Load, Metric, Workload } from "../workload.ts";

const nPictures = 5;

const questions = ["What colour is the picture?", "What shape is in the picture?"] as const;

interface ChatChunk {
  readonly choices?: readonly { readonly delta?: { readonly content?: string | null } }[];
}

const milliseconds = { unit: "ms", better: "lower" } as const;

const metrics = {
  first: { label: "new picture, first token", ...milliseconds },
  again: { label: "same question again, first token", ...milliseconds },
  other: { label: "another question about it, first token", ...milliseconds },
} satisfies Record<string, Metric>;

function pictureWorkload(side: number, encoder: string): Workload {
  return {
    name: `${side}×${side} pixels`,
    description:
      `${nPictures} pictures of ${side}×${side} pixels with noise, as PNG, each asked about ` +
      `three times in succession. ${encoder}`,
    metrics,
    async run(server, load) {
      const times: Record<keyof typeof metrics, number>[] = [];
      for (let i = 0; i < load.tokens(nPictures); i++) {
        const picture = noisyPicture(side, load.round * nPictures + i);
        times.push({
          first: await timeToFirstToken(server, picture, questions[0], load.signal),
          again: await timeToFirstToken(server, picture, questions[0], load.signal),
          other: await timeToFirstToken(server, picture, questions[1], load.signal),
        });
      }
      return {
        first: median(times.map(({ first }) => first)),
        again: median(times.map(({ again }) => again)),
        other: median(times.map(({ other }) => other)),
      };
    },
  };
}

/** A PNG of one colour under noise, which no two seeds share, as a data URI. */
export function noisyPicture(side: number, seed: number): string {
  const png = new PNG({ width: side, height: side });
  const noise = new Uint32Array(side * side + 1);
  randomFill(seed)(noise);
  const [colour = 0] = noise.subarray(side * side);
  for (let i = 0; i < side * side; i++) {
    const bits = noise[i] ?? 0;
    for (let channel = 0; channel < 3; channel++) {
      const level = (colour >>> (8 * channel)) & 0xe0;
      png.data[4 * i + channel] = level | ((bits >>> (8 * channel)) & 0x07);
    }
    png.data[4 * i + 3] = 255;
  }
  return `data:image/png;base64,${PNG.sync.write(png).toString("base64")}`;
}

/** From the request sent to the first text received, ms. @throws Error when none came */
async function timeToFirstToken(
  { baseUrl }: RunningServer,
  picture: string,
  question: string,
  signal: AbortSignal,
): Promise<number> {
  const content = [
    { type: "image_url", image_url: { url: picture } },
    { type: "text", text: question },
  ];
  const body = {
    messages: [{ role: "user", content }],
    ...{ stream: true, temperature: 0, max_tokens: 4, ignore_eos: true },
  };
  const sentMs = performance.now();
  let firstMs: number | undefined;
  // Read to the end, so that the next question finds the slot free.
  for await (const event of postStream<ChatChunk>(`${baseUrl}/v1/chat/completions`, body, signal)) {
    if (event.choices?.[0]?.delta?.content) firstMs ??= performance.now();
  }
  if (firstMs === undefined) throw new Error("an answer without text");
  return firstMs - sentMs;
}

async function warmUp(server: RunningServer, { signal }: Load): Promise<void> {
  await timeToFirstToken(server, noisyPicture(64, 0), questions[0], signal);
}

const small =
  "The tiny model's encoder is small and sees 64×64 pixels: this is the time of decoding, " +
  "resizing and caching rather than of encoding.";

const real = "The encoder has ViT-B/16's shape, 224×224 pixels as 196 tokens, and random weights.";

export const imageStages: readonly Stage[] = [
  {
    name: "a picture, tiny",
    models: ["tiny"],
    nParallel: 4,
    nCtxSeq: 1024,
    flags: () => ({ both: ["--mmproj", join(root, "assets/tiny-mmproj.gguf")] }),
    warmUp,
    workloads: [pictureWorkload(224, small), pictureWorkload(1024, small)],
  },
  {
    name: "a picture, 0.5B",
    models: ["qwen2.5-0.5b"],
    nParallel: 4,
    nCtxSeq: 1024,
    flags: ({ fileOf }) => ({ both: ["--mmproj", fileOf("mmproj-vit-b-16")] }),
    warmUp,
    workloads: [pictureWorkload(640, real)],
  },
];
