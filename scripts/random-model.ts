/**
 * Makes GGUF files with random weights: right for speed, wrong for meaning. They let the benchmark
 * and the tests run a model of a real one's shape and vocabulary without downloading anything.
 */
import { createHash, randomUUID } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { type DecoderShape, decoderMetadata, decoderTensors, nVocabOf } from "./gguf/decoder.ts";
import { randomFill } from "./gguf/random-data.ts";
import { readGguf } from "./gguf/read.ts";
import { writeGguf } from "./gguf/write.ts";
import { ensureSource } from "./llama-source.ts";
import { cacheRoot } from "./paths.ts";
import { runMain } from "./program.ts";

/** A shape, and the vocabulary file in llama.cpp's models/ folder that goes with it. */
export interface RandomModel extends DecoderShape {
  readonly vocabulary: string;
}

export const randomModels = {
  /** The benchmark's model: Qwen2.5-0.5B. */
  "qwen2.5-0.5b": {
    vocabulary: "ggml-vocab-qwen2.gguf",
    arch: "qwen2",
    nLayer: 24,
    nEmbd: 896,
    nHead: 14,
    nHeadKv: 2,
    nFf: 4864,
    nCtx: 32768,
    ropeFreqBase: 1e6,
    rmsEps: 1e-6,
  },
  /** Loads and decodes in no time, with a real vocabulary: for tests. */
  "llama-15m": {
    vocabulary: "ggml-vocab-llama-spm.gguf",
    arch: "llama",
    nLayer: 6,
    nEmbd: 288,
    nHead: 6,
    nHeadKv: 6,
    nFf: 768,
    nCtx: 2048,
    ropeFreqBase: 10_000,
    rmsEps: 1e-5,
  },
} as const satisfies Record<string, RandomModel>;

export type RandomModelName = keyof typeof randomModels;

/** Raise it when the same shape and seed come to give other bytes: cached files are made anew. */
const generatorRevision = 1;

const defaultSeed = 1;

/** Writes a model of this shape to `path`; the same arguments give the same bytes. */
export function writeRandomModel(
  path: string,
  name: string,
  shape: DecoderShape,
  vocabularyPath: string,
  seed: number,
): void {
  const vocabulary = readGguf(vocabularyPath).metadata;
  writeGguf(
    path,
    decoderMetadata(shape, name, vocabulary),
    decoderTensors(shape, nVocabOf(vocabulary), randomFill(seed)),
  );
}

/**
 * Path of the model in the build cache, where it is made when it is not there yet. The file's name
 * holds a hash of everything that its bytes depend on.
 * @param sourceDir llama.cpp's source tree, for its vocabulary files
 */
export function ensureRandomModel(
  name: RandomModelName,
  sourceDir: string,
  seed = defaultSeed,
): string {
  const model: RandomModel = randomModels[name];
  const vocabularyPath = join(sourceDir, "models", model.vocabulary);
  const key = createHash("sha256")
    .update(JSON.stringify({ model, seed, generatorRevision }))
    .update(readFileSync(vocabularyPath))
    .digest("hex")
    .slice(0, 12);
  const path = join(cacheRoot(), "models", `random-${name}-q4_k_m-${key}.gguf`);
  if (!existsSync(path)) {
    mkdirSync(dirname(path), { recursive: true });
    // Another process may be making the same file: each writes its own and the last rename wins.
    const unfinished = `${path}.${randomUUID()}`;
    try {
      writeRandomModel(unfinished, `random ${name}`, model, vocabularyPath, seed);
      renameSync(unfinished, path);
    } finally {
      rmSync(unfinished, { force: true });
    }
  }
  return path;
}

const usage = `Makes a GGUF file with random weights in the build cache and prints its path.

  bun scripts/random-model.ts [NAME] [--seed N] [--source DIR]

  NAME          ${Object.keys(randomModels).join(", ")} (the first when absent)
  --seed N      another seed gives another model (default ${defaultSeed})
  --source DIR  llama.cpp's source tree, which holds the vocabularies (default: the build's)`;

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { source: { type: "string" }, seed: { type: "string" } },
  });
  const name = positionals[0] ?? "qwen2.5-0.5b";
  const seed = Number(values.seed ?? defaultSeed);
  if (!isRandomModelName(name) || !Number.isSafeInteger(seed)) {
    console.error(usage);
    return 2;
  }
  const path = ensureRandomModel(name, values.source ?? (await ensureSource()), seed);
  console.log(`${path} (${(statSync(path).size / 1e6).toFixed(1)} MB)`);
  return 0;
}

function isRandomModelName(name: string): name is RandomModelName {
  return Object.hasOwn(randomModels, name);
}

if (import.meta.main) await runMain(main);
