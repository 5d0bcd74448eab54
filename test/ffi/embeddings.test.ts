import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Batch } from "../../ffi/batch.ts";
import { Context, type ContextOptions } from "../../ffi/context.ts";
import type { Model } from "../../ffi/model.ts";
import { tinyEncoderShape, writeTinyEncoder } from "../../scripts/tiny-models.ts";
import { loadModel, tinyContext } from "../support/tiny-native.ts";

const folder = mkdtempSync(join(tmpdir(), "hutch-embeddings-"));
const encoderPath = join(folder, "encoder.gguf");
const rerankerPath = join(folder, "reranker.gguf");
let encoder: Model;
let reranker: Model;

beforeAll(() => {
  writeTinyEncoder(encoderPath, { pooling: "cls" });
  writeTinyEncoder(rerankerPath, { pooling: "rank" });
  encoder = loadModel(encoderPath);
  reranker = loadModel(rerankerPath);
});
afterAll(() => {
  encoder[Symbol.dispose]();
  reranker[Symbol.dispose]();
  rmSync(folder, { recursive: true });
});

/** A context for embeddings, and a batch of `texts`, each a sequence of its own. */
function run(model: Model, texts: string[], options: Partial<ContextOptions> = {}) {
  const context = new Context(model, {
    ...tinyContext,
    n_outputs_max: 0,
    embeddings: true,
    ...options,
  });
  const batch = new Batch(256);
  for (const [seqId, text] of texts.entries()) {
    for (const [pos, token] of model.tokenize(text, true, true).entries()) {
      batch.add(token, pos, seqId, true);
    }
  }
  if (context.hasMemory) expect(context.decode(batch)).toBe("done");
  else context.encode(batch);
  return { context, batch };
}

const width = tinyEncoderShape.nEmbd;
const cosine = (a: Float32Array, b: Float32Array) => {
  const dot = (x: Float32Array, y: Float32Array) =>
    x.reduce((sum, v, i) => sum + v * (y[i] ?? 0), 0);
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
};

describe("an encoder", () => {
  test("says what it is", () => {
    expect([encoder.canGenerate, encoder.ownPooling, encoder.nEmbdOutput]).toEqual([
      false,
      "cls",
      width,
    ]);
    expect(encoder.detokenize(encoder.tokenize("hi", true, true), true)).toContain("[CLS]");
  });

  test("has no memory, and cells are of no concern to it", () => {
    const { context } = run(encoder, ["hello"]);
    using _ = context;
    expect([context.hasMemory, context.canMoveCells, context.lastPosition(0)]).toEqual([
      false,
      false,
      -1,
    ]);
    expect(context.removeCells(0, 0)).toBe(true);
    context.shareCells(0, 1, -1);
    context.clear();
    context.warmup();
  });

  test("gives a text the same embedding alone and among others", () => {
    const { context: alone } = run(encoder, ["hello world"]);
    const { context: among } = run(encoder, ["good bye", "hello world", "something else"]);
    const one = alone.sequenceEmbedding(0, width);
    expect(one).toHaveLength(width);
    expect(cosine(one, among.sequenceEmbedding(1, width))).toBeCloseTo(1, 4);
    expect(cosine(one, among.sequenceEmbedding(0, width))).toBeLessThan(0.999);
    alone[Symbol.dispose]();
    among[Symbol.dispose]();
  });

  test.each(["mean", "cls", "last"] as const)("pools with %s when told to", (pooling) => {
    const { context, batch } = run(encoder, ["hello world"], { pooling });
    using _ = context;
    expect(context.pooling).toBe(pooling);
    const pooled = context.sequenceEmbedding(0, width);
    const none = run(encoder, ["hello world"], { pooling: "none" });
    using __ = none.context;
    const rows = Array.from({ length: batch.nTokens }, (_, row) =>
      none.context.rowEmbedding(row, width),
    );
    const mean = Float32Array.from({ length: width }, (_, i) =>
      rows.reduce((sum, row) => sum + (row[i] ?? 0) / rows.length, 0),
    );
    const expected = { mean, cls: rows[0], last: rows.at(-1) }[pooling] ?? mean;
    for (const [i, value] of pooled.entries()) expect(value).toBeCloseTo(expected[i] ?? NaN, 4);
  });

  test("has no pooled embedding without pooling, nor one of a sequence that was not there", () => {
    const { context } = run(encoder, ["hello"], { pooling: "none" });
    using _ = context;
    expect(() => context.sequenceEmbedding(0, width)).toThrow("no such embedding");
    const { context: pooled } = run(encoder, ["hello"]);
    using __ = pooled;
    expect(() => pooled.sequenceEmbedding(3, width)).toThrow("no such embedding");
  });
});

describe("a reranker", () => {
  test("scores sequences, and each as if it were alone", () => {
    expect([reranker.ownPooling, reranker.nClsOut]).toEqual(["rank", 1]);
    const pairs = ["what is a cat [SEP] a cat is an animal", "what is a cat [SEP] paris"];
    const { context } = run(reranker, pairs);
    using _ = context;
    const scores = pairs.map((_, seqId) => context.sequenceEmbedding(seqId, 1)[0] ?? NaN);
    expect(scores.every(Number.isFinite)).toBe(true);
    expect(scores[0]).not.toBe(scores[1]);
    const { context: alone } = run(reranker, pairs.slice(1));
    using __ = alone;
    expect(alone.sequenceEmbedding(0, 1)[0]).toBeCloseTo(scores[1] ?? NaN, 4);
  });
});

describe("a decoder", () => {
  test("embeds when asked to, and gives logits otherwise", () => {
    using model = loadModel();
    const { context } = run(model, ["hello world"], { pooling: "last" });
    using _ = context;
    expect(context.sequenceEmbedding(0, model.nEmbdOutput)).toHaveLength(192);
    context.setEmbeddings(false);
    context.clear();
    const batch = new Batch(4);
    batch.add(5, 0, 0, true);
    expect(context.decode(batch)).toBe("done");
    expect(() => context.sequenceEmbedding(0, 192)).toThrow("no such embedding");
  });
});
