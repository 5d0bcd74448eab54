import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { basename, join, resolve } from "node:path";
import { outcomeOf } from "../../scripts/faults/answer.ts";
import { Seeded } from "../../scripts/faults/seeded.ts";
import { FaultyGguf } from "../support/gguf-faults.ts";
import { colours, pngOf } from "../support/pictures.ts";
import {
  question,
  type RunningServer,
  say,
  startServer,
  temporaryDir,
  until,
} from "../support/server.ts";
import { figure, sizes, testTimeoutMs } from "./sizes.ts";

const random = new Seeded(sizes.seed);
const dir = temporaryDir();
const assets = resolve(import.meta.dir, "../../assets");
const files = [
  { whole: new FaultyGguf(join(assets, "tiny-text.gguf")), path: join(dir.path, "text.gguf") },
  { whole: new FaultyGguf(join(assets, "tiny-mmproj.gguf")), path: join(dir.path, "mmproj.gguf") },
];
const picture = pngOf({ shape: "circle", colour: colours.red, background: colours.white });
const seeing = question(
  [
    { type: "image_url", image_url: { url: `data:image/png;base64,${picture}` } },
    { type: "text", text: "What is this?" },
  ],
  { model: "text", max_tokens: 4 },
);

let server: RunningServer;
async function start(): Promise<RunningServer> {
  const [text, mmproj] = files.map(({ path }) => path);
  return await startServer({ args: ["-t", "1", "-m", text ?? "", "--mmproj", mmproj ?? ""] });
}
beforeAll(async () => {
  for (const { whole, path } of files) whole.writeWithout(path);
  server = await start();
});
afterAll(async () => {
  expect(await say(server, question("Hello!", { model: "tiny", max_tokens: 4 }))).toBeString();
  await server[Symbol.asyncDispose]();
  dir[Symbol.dispose]();
});

/** What the server says to a picture, with the files as they are now: null when it answers. */
async function complaint(): Promise<string | null> {
  await (await server.post("/models/unload", { model: "text" })).text();
  await until("the model is unloaded", () => server.engines().length === 0);
  const { status, error } = await outcomeOf(server.post("/v1/chat/completions", seeing));
  if (status === 503) {
    // It crashed so often that it is left alone for a while, which nobody waits for here.
    await server[Symbol.asyncDispose]();
    server = await start();
    return await complaint();
  }
  expect([200, 400, 500]).toContain(status);
  return error;
}

/** Different ones, as many as are asked for and there are. */
function chosen<Item>(items: readonly Item[]): Item[] {
  const rest = [...items];
  return Array.from({ length: Math.min(sizes.nCases, items.length) }, () =>
    rest.splice(random.below(rest.length), 1),
  ).flat();
}

/** Keys that llama.cpp has a word of its own for. */
const otherNames: Record<string, RegExp> = {
  "tokenizer.ggml.tokens": /tokenizer vocab/,
  "tokenizer.ggml.merges": /tokenizer merges/,
  "general.architecture": /unknown model architecture: ''/,
  "llama.feed_forward_length": /tensor '.*ffn.*' has wrong shape/,
  "llama.attention.head_count": /tensor '.*attn.*' has wrong shape/,
  "clip.vision.image_mean": /image_mean/,
  "clip.vision.image_std": /image_std/,
};

/** Without them it works, or as well as it can. */
const nFine = { key: 0, tensor: 0, cut: 0, bit: 0 };
const nRefused = { key: 0, tensor: 0, cut: 0, bit: 0 };
const count = (kind: keyof typeof nFine, error: string | null) =>
  (error === null ? nFine : nRefused)[kind]++;

describe.each(files.map((file) => [basename(file.path), file] as const))("%s", (name, file) => {
  const { whole, path } = file;
  afterAll(() => whole.writeWithout(path));

  test.each(chosen(whole.keys))(
    "without the key %s: it works, or is named",
    async (key) => {
      whole.writeWithout(path, key);
      const error = await complaint();
      count("key", error);
      if (error !== null) expect(error).toMatch(otherNames[key] ?? new RegExp(key));
    },
    testTimeoutMs,
  );

  test.each(chosen(whole.tensors))(
    "without the tensor %s: it is named",
    async (tensor) => {
      whole.writeWithout(path, tensor);
      const error = await complaint();
      count("tensor", error);
      const isOptional = /^v\.(patch_embd|pre_ln|post_ln)\.bias$/.test(tensor);
      if (!isOptional) expect(error).toContain(tensor);
    },
    testTimeoutMs,
  );

  const cuts = Array.from({ length: sizes.nCases }, (_, i) =>
    random.below(i % 2 === 0 ? whole.nHeaderBytes : whole.nBytes - 32),
  );
  test.each(cuts)(
    "cut after %i bytes: the file is named",
    async (nBytes) => {
      whole.writeTruncated(path, nBytes);
      const error = await complaint();
      count("cut", error);
      expect(error).toContain(name);
    },
    testTimeoutMs,
  );

  const bits = Array.from({ length: sizes.nCases }, (_, i) =>
    random.below(8 * (i % 4 === 0 ? whole.nBytes : whole.nHeaderBytes)),
  );
  test.each(bits)(
    "with bit %i flipped: it works, or the file is named",
    async (bit) => {
      whole.writeFlipped(path, bit);
      const error = await complaint();
      count("bit", error);
      if (error !== null) expect(error).toContain(name);
    },
    testTimeoutMs,
  );
});

afterAll(() => {
  for (const kind of Object.keys(nFine) as (keyof typeof nFine)[]) {
    figure(`files with a fault (${kind}): refused / used`, `${nRefused[kind]} / ${nFine[kind]}`);
  }
});
