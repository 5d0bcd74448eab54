import { postJson } from "../events.ts";
import type { RunningServer } from "../server.ts";
import type { Stage } from "../stage.ts";
import type { Load, Metric, Workload } from "../workload.ts";

/** Everyday words are one token each; an encoder puts one token before and one after them. */
const nWordsShort = 8;
const nWordsLong = 398;

/** One kind of traffic: texts of this length, so many in a request, so many requests at a time. */
interface Traffic {
  readonly name: string;
  readonly description: string;
  readonly nWords: number;
  readonly nTexts: number;
  readonly nClients: number;
  readonly nRequests: number;
}

interface EmbeddingsAnswer {
  readonly data: readonly { readonly embedding: readonly number[] }[];
}

const traffics: readonly Traffic[] = [
  {
    name: "short, one by one",
    description: "One client embeds texts of 10 tokens, one in each request.",
    nWords: nWordsShort,
    ...{ nTexts: 1, nClients: 1, nRequests: 400 },
  },
  {
    name: "short, 32 in a request",
    description: "One client embeds texts of 10 tokens, 32 in each request.",
    nWords: nWordsShort,
    ...{ nTexts: 32, nClients: 1, nRequests: 40 },
  },
  {
    name: "long, 8 in a request",
    description: "One client embeds texts of 400 tokens, 8 in each request.",
    nWords: nWordsLong,
    ...{ nTexts: 8, nClients: 1, nRequests: 6 },
  },
  {
    name: "short, 8 clients",
    description: "Eight clients at once embed texts of 10 tokens, one in each request.",
    nWords: nWordsShort,
    ...{ nTexts: 1, nClients: 8, nRequests: 800 },
  },
];

const metrics = {
  rate: { label: "texts embedded", unit: "texts/s", better: "higher", target: { ratio: 1.2 } },
} as const satisfies Record<string, Metric>;

function workloadOf(traffic: Traffic): Workload {
  const { name, description, nWords, nTexts, nClients } = traffic;
  return {
    ...{ name, description, metrics },
    async run(server, load) {
      const inputs = Array.from({ length: load.tokens(traffic.nRequests) }, () =>
        Array.from({ length: nTexts }, () => load.nextPrompt(nWords)),
      );
      const startMs = performance.now();
      const waiting = inputs.values(); // shared: each client takes the next one
      const client = async () => {
        for (const input of waiting) await embed(server, input, load.signal);
      };
      await Promise.all(Array.from({ length: nClients }, client));
      return { rate: ((inputs.length * nTexts) / (performance.now() - startMs)) * 1000 };
    },
  };
}

/** @throws Error unless every text got a vector that is not all zeros */
async function embed(
  { baseUrl }: RunningServer,
  input: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  const response = await postJson(`${baseUrl}/v1/embeddings`, { input }, signal);
  const { data } = (await response.json()) as EmbeddingsAnswer;
  const nVectors = data.filter(({ embedding }) => embedding.some((x) => x !== 0)).length;
  if (nVectors !== input.length) throw new Error(`${nVectors} vectors for ${input.length} texts`);
}

async function warmUp(server: RunningServer, { nextPrompt, signal }: Load): Promise<void> {
  await embed(server, [nextPrompt(nWordsLong), nextPrompt(nWordsShort)], signal);
}

export const embeddingsStage: Stage = {
  name: "embeddings",
  models: ["bge-small"],
  nParallel: 8,
  nCtxSeq: 512,
  flags: () => ({ both: ["--embedding"] }),
  warmUp,
  workloads: traffics.map(workloadOf),
};
