import { describe, expect, test } from "bun:test";
import { nFitting } from "../../src/engine/packing.ts";
import { type Embedding, embeddingMode, normalize, pool } from "../../src/engine/pooling.ts";

const chat: Embedding = {
  ownPooling: null,
  hasEncoder: false,
  canGenerate: true,
  metaString: (key) => (key === "general.architecture" ? "llama" : null),
};
const bert: Embedding = {
  ...chat,
  ownPooling: "cls",
  metaString: (key) =>
    ({ "general.architecture": "bert", "bert.attention.causal": "false" })[key] ?? null,
};

describe("embeddingMode", () => {
  test.each([
    ["a chat model: its last token, pooled by us", {}, chat, "last", false],
    ["a chat model of an embedding server: all tokens", { purpose: "embed" }, chat, "none", false],
    ["a chat model as asked", { pooling: "mean" }, chat, "mean", false],
    ["an encoder as its file says, pooled by llama.cpp", {}, bert, "cls", true],
    ["an encoder as asked", { purpose: "embed", pooling: "last" }, bert, "last", true],
    ["a reranker ranks", { purpose: "rerank" }, chat, "rank", true],
  ] as const)("%s", (_, options, model, pooling, isWhole) => {
    const mode = embeddingMode(options, model);
    expect([mode.pooling, mode.isWhole]).toEqual([pooling, isWhole]);
  });
});

describe("pool", () => {
  const rows = [Float32Array.of(1, 2), Float32Array.of(3, 6)];

  test("mean: the average of all tokens", () => {
    expect(pool(rows, "mean")).toEqual([Float32Array.of(2, 4)]);
  });

  test("none: every token", () => {
    expect(pool(rows, "none")).toEqual(rows);
  });
});

describe("normalize", () => {
  const vector = Float32Array.of(3, -4);

  test.each([
    [-1, [3, -4]],
    [0, [24_570, -32_760]],
    [1, [3 / 7, -4 / 7]],
    [2, [0.6, -0.8]],
    [3, [3 / 91 ** (1 / 3), -4 / 91 ** (1 / 3)]],
  ])("norm %p", (norm, expected) => {
    expect([...normalize(vector, norm)]).toEqual(expected.map((x) => Math.fround(x)));
  });

  test("nothing stays nothing", () => {
    expect([...normalize(Float32Array.of(0, 0), 2)]).toEqual([0, 0]);
  });
});

describe("nFitting", () => {
  test.each([
    ["as many inputs as tokens allow", [4, 4, 4, 4], 8, 10, 2],
    ["as many as there are rows", [1, 1, 1, 1, 1], 100, 2, 2],
    ["a long one on its own", [50, 1], 8, 10, 1],
    ["one before a long one", [1, 50], 8, 10, 1],
    ["all", [1, 1], 8, 10, 2],
  ])("%s", (_, lengths, nTokensMax, nInputsMax, expected) => {
    expect(nFitting(lengths, nTokensMax, nInputsMax)).toBe(expected);
  });
});
