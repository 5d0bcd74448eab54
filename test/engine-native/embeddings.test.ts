import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { tinyEncoderShape, writeTinyEncoder } from "../../scripts/tiny-models.ts";
import type { LoadOptions } from "../../src/core/load.ts";
import { EngineInProcess } from "../support/engine-in-process.ts";

const folder = mkdtempSync(join(tmpdir(), "hutch-embeddings-"));
const paths = { encoder: join(folder, "encoder.gguf"), reranker: join(folder, "reranker.gguf") };
const modelPath = resolve(import.meta.dir, "../../assets/tiny-text.gguf");
const sizes: LoadOptions = { nCtx: 1024, nParallel: 2, kvUnified: true };

beforeAll(() => {
  writeTinyEncoder(paths.encoder, { pooling: "cls" });
  writeTinyEncoder(paths.reranker, { pooling: "rank" });
});
afterAll(() => rmSync(folder, { recursive: true }));

const inputs = (...texts: string[]) =>
  texts.map((text) => ({ type: "text" as const, parts: [text] }));

async function vectorsOf(engine: EngineInProcess, texts: string[], normalize = -1) {
  const { embeddings } = await engine.call("embed", { inputs: inputs(...texts), normalize });
  return embeddings;
}

function cosine(a: Float32Array | undefined, b: Float32Array | undefined): number {
  const dot = (x: Float32Array, y: Float32Array) => x.reduce((n, v, i) => n + v * (y[i] ?? 0), 0);
  if (!a || !b) return Number.NaN;
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
}

/** Cosine of vectors that are equal but for rounding: weights and cells have few bits. */
const same = 0.9995;

const texts = ["What colour is the sky?", "Two and two are", "A", "The sun is a star. ".repeat(9)];

describe("a chat model", () => {
  const load = (options: LoadOptions) => new EngineInProcess({ modelPath, ...sizes, ...options });

  test("embeds by its last token, and generates as if it did not", async () => {
    const engine = load({});
    expect([engine.info.generates, engine.info.pooling]).toEqual([true, "last"]);
    const alone = await engine.write("Hello");
    const [among, embeddings] = await Promise.all([
      engine.write("Hello", { cachePrompt: false }),
      vectorsOf(engine, texts, 2),
    ]);
    expect(among).toBe(alone);
    expect(embeddings.map(([vector]) => vector?.length)).toEqual(
      texts.map(() => engine.info.nEmbd),
    );
  });

  test("inputs of one decode do not mix", async () => {
    const engine = load({});
    const together = await vectorsOf(engine, texts);
    for (const [i, text] of texts.entries()) {
      const [[own] = []] = await vectorsOf(engine, [text]);
      expect(cosine(together[i]?.[0], own)).toBeGreaterThan(same);
    }
    expect(cosine(together[0]?.[0], together[1]?.[0])).toBeLessThan(0.99);
  });

  test("last, first and mean are made of the vectors of all tokens", async () => {
    const all = (await vectorsOf(load({ pooling: "none" }), texts)).at(-1) ?? [];
    const pooled = async (pooling: "last" | "cls" | "mean") => {
      const vectors = await vectorsOf(load({ pooling }), texts);
      return vectors.at(-1)?.[0];
    };
    const mean = all[0]?.map((_, i) => all.reduce((sum, v) => sum + (v[i] ?? 0), 0) / all.length);
    expect(cosine(await pooled("last"), all.at(-1))).toBeGreaterThan(same);
    expect(cosine(await pooled("cls"), all[0])).toBeGreaterThan(same);
    expect(cosine(await pooled("mean"), mean)).toBeGreaterThan(same);
  });

  test("takes an input that is longer than a batch", async () => {
    const long = "The sun is a star. ".repeat(60);
    const [[small] = []] = await vectorsOf(load({ nBatch: 32, nUbatch: 16 }), [long]);
    const [[large] = []] = await vectorsOf(load({}), [long]);
    expect(cosine(small, large)).toBeGreaterThan(same);
  });

  test("counts embeddings as prompt tokens, and leaves no cells behind", async () => {
    const engine = load({ purpose: "embed", pooling: "mean" });
    expect(engine.info.generates).toBe(false);
    for (let i = 0; i < 5; i++) await vectorsOf(engine, texts);
    const { nPromptTokens, nDecodes } = await engine.call("metrics", {});
    expect(nPromptTokens % 5).toBe(0);
    expect(nDecodes).toBe(5);
    await expect(engine.write("Hello")).rejects.toThrow("does not support completions");
  });
});

describe("an encoder", () => {
  const load = (options: LoadOptions = {}) =>
    new EngineInProcess({ modelPath: paths.encoder, ...sizes, ...options });

  test("pools as its file says, and only embeds", async () => {
    const engine = load();
    expect(engine.info).toMatchObject({ generates: false, pooling: "cls", reranks: false });
    const [first = []] = await vectorsOf(engine, ["abc"]);
    const [all = []] = await vectorsOf(load({ pooling: "none" }), ["abc"]);
    expect(first[0]).toHaveLength(tinyEncoderShape.nEmbd);
    expect(cosine(first[0], all[0])).toBeGreaterThan(same);
  });

  test("inputs of one graph run do not mix", async () => {
    const engine = load({ pooling: "mean" });
    const words = ["abc", "hello world", "z"];
    const together = await vectorsOf(engine, words);
    for (const [i, word] of words.entries()) {
      expect(cosine(together[i]?.[0], (await vectorsOf(engine, [word]))[0]?.[0])).toBeGreaterThan(
        same,
      );
    }
  });

  test("refuses what a graph run cannot hold, or cuts it", async () => {
    const engine = load({ nUbatch: 16 });
    const question = { inputs: inputs("a".repeat(40)), normalize: 2 };
    await expect(engine.call("embed", question)).rejects.toThrow("is too large to process");
    const { nTokens } = await engine.call("embed", { ...question, truncate: true });
    expect(nTokens).toEqual([16]);
  });

  test("what is cut still ends as inputs do, or nothing of it is left", async () => {
    const engine = load();
    const whole = { inputs: inputs("abcdefgh"), normalize: 2, truncate: true };
    const cut = await engine.call("embed", { ...whole, nCtx: 5 });
    const short = await engine.call("embed", { ...whole, inputs: inputs("abc") });
    expect(cut.nTokens).toEqual(short.nTokens);
    expect(cosine(cut.embeddings[0]?.[0], short.embeddings[0]?.[0])).toBeGreaterThan(same);
    await expect(engine.call("embed", { ...whole, nCtx: 2 })).rejects.toThrow(/after truncation/);
  });

  test("normalises as it is asked to", async () => {
    const [[vector = new Float32Array()] = []] = await vectorsOf(load(), ["abc"], 2);
    expect(vector.reduce((sum, x) => sum + x * x, 0)).toBeCloseTo(1, 5);
  });
});

describe("a reranker", () => {
  test("scores documents one by one as together", async () => {
    const engine = new EngineInProcess({ modelPath: paths.reranker, ...sizes, purpose: "rerank" });
    expect(engine.info).toMatchObject({ reranks: true, pooling: "rank", generates: false });
    const documents = ["a", "some words", "zzz"];
    const together = await engine.call("rerank", { query: "words", documents });
    for (const [i, document] of documents.entries()) {
      const { scores } = await engine.call("rerank", { query: "words", documents: [document] });
      expect(scores[0]).toBeCloseTo(together.scores[i] ?? Number.NaN, 4);
    }
    expect(new Set(together.scores.map((score) => score.toFixed(4))).size).toBe(3);
  });

  test("a model without such a head is told from it", async () => {
    const engine = new EngineInProcess({ modelPath, ...sizes });
    const question = { query: "a", documents: ["b"] };
    await expect(engine.call("rerank", question)).rejects.toThrow("does not support reranking");
  });
});
