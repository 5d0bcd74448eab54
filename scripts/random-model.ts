/**
 * Makes GGUF files with random weights: right for speed, wrong for meaning. They let the benchmark
 * and the tests run a model of a real one's shape and vocabulary without downloading anything.
 */
import { createHash, randomUUID } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { type DecoderShape, decoderMetadata, decoderTensors, nVocabOf } from "./gguf/decoder.ts";
import { type EncoderShape, encoderMetadata, encoderTensors } from "./gguf/encoder.ts";
import { type ProjectorShape, projectorMetadata, projectorTensors } from "./gguf/projector.ts";
import { randomFill } from "./gguf/random-data.ts";
import { readGguf } from "./gguf/read.ts";
import { successorCycle } from "./gguf/successor.ts";
import { writeGguf } from "./gguf/write.ts";
import { ensureSource } from "./llama-source.ts";
import { cacheRoot } from "./paths.ts";
import { runMain } from "./program.ts";

/** A shape, and the vocabulary file in llama.cpp's models/ folder that goes with it. */
export type RandomModel = (DecoderShape | EncoderShape) & { readonly vocabulary: string };

/** bge-small-en's shape, which other small encoders share. */
const bgeSmall = {
  vocabulary: "ggml-vocab-bert-bge.gguf",
  arch: "bert",
  nLayer: 12,
  nEmbd: 384,
  nHead: 12,
  nFf: 1536,
  nCtx: 512,
} as const;

const qwen05b = {
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
} as const;

const llama1b = {
  vocabulary: "ggml-vocab-llama-bpe.gguf",
  arch: "llama",
  nLayer: 16,
  nEmbd: 2048,
  nHead: 32,
  nHeadKv: 8,
  nFf: 8192,
  nCtx: 131_072,
  ropeFreqBase: 500_000,
  rmsEps: 1e-5,
} as const;

const llama15m = {
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
} as const;

export const randomModels = {
  /** The benchmark's model: Qwen2.5-0.5B. */
  "qwen2.5-0.5b": qwen05b,
  "llama-3.2-1b": llama1b,
  /** Loads and decodes in no time, with a real vocabulary: for tests. */
  "llama-15m": llama15m,
  /** Their greedy text is known and never repeats: see scripts/gguf/successor.ts. */
  "qwen2.5-0.5b-successor": { ...qwen05b, successor: true },
  "llama-3.2-1b-successor": { ...llama1b, successor: true },
  "llama-15m-successor": { ...llama15m, successor: true },
  /** Turns texts into vectors. */
  "bge-small": { ...bgeSmall, pooling: "cls" },
  /** Scores a document for a query. */
  "reranker-small": { ...bgeSmall, pooling: "rank" },
} as const satisfies Record<string, RandomModel>;

/** ViT-B/16's shape, for pictures of 224 pixels, in front of Qwen2.5-0.5B. */
const vitB16: ProjectorShape = {
  imageSize: 224,
  patchSize: 16,
  nLayer: 12,
  nEmbd: 768,
  nHead: 12,
  nFf: 3072,
  nOut: qwen05b.nEmbd,
};

export type RandomModelName = keyof typeof randomModels;

/** Raise it when the same shape and seed come to give other bytes: cached files are made anew. */
const generatorRevision = 1;

const defaultSeed = 1;

/** Writes a model of this shape to `path`; the same arguments give the same bytes. */
export function writeRandomModel(
  path: string,
  name: string,
  shape: DecoderShape | EncoderShape,
  vocabularyPath: string,
  seed: number,
): void {
  const vocabulary = readGguf(vocabularyPath).metadata;
  const nVocab = nVocabOf(vocabulary);
  const fill = randomFill(seed);
  if (shape.arch === "bert") {
    const metadata = encoderMetadata(shape, name, vocabulary);
    writeGguf(path, metadata, encoderTensors(shape, nVocab, "Q8_0", fill));
  } else {
    const metadata = decoderMetadata(shape, name, vocabulary);
    const cycle = shape.successor === true ? successorCycle(vocabulary) : undefined;
    writeGguf(path, metadata, decoderTensors(shape, nVocab, fill, cycle));
  }
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
  const types = model.arch === "bert" ? "q8_0" : "q4_k_m";
  return ensureCached(`random-${name}-${types}-${key}.gguf`, (path) =>
    writeRandomModel(path, `random ${name}`, model, vocabularyPath, seed),
  );
}

/** Path in the build cache of a random projector (`--mmproj`) for Qwen2.5-0.5B. */
export function ensureRandomProjector(seed = defaultSeed): string {
  const key = createHash("sha256")
    .update(JSON.stringify({ vitB16, seed, generatorRevision }))
    .digest("hex")
    .slice(0, 12);
  return ensureCached(`random-mmproj-vit-b-16-q8_0-${key}.gguf`, (path) =>
    writeGguf(
      path,
      projectorMetadata(vitB16, "random ViT-B/16"),
      projectorTensors(vitB16, randomFill(seed)),
    ),
  );
}

/** Path of a file in the build cache, which `write` makes when it is not there yet. */
function ensureCached(fileName: string, write: (path: string) => void): string {
  const path = join(cacheRoot(), "models", fileName);
  if (existsSync(path)) return path;
  mkdirSync(dirname(path), { recursive: true });
  // Another process may be making the same file: each writes its own and the last rename wins.
  const unfinished = `${path}.${randomUUID()}`;
  try {
    write(unfinished);
    renameSync(unfinished, path);
  } finally {
    rmSync(unfinished, { force: true });
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
