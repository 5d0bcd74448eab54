import { describe, expect, test } from "bun:test";
import type { Batch } from "../../ffi/batch.ts";
import type { Pooling } from "../../src/core/load.ts";
import { Embedder, type EmbeddingContext } from "../../src/engine/embedder.ts";
import { TokenList } from "../../src/engine/tokens.ts";

/** Rows of a decode: "token@position", with "!" when vectors were computed. */
type Log = string[][];

/** A context whose vector for a token is the token, and whose pooled vector is their sum. */
class FakeContext implements EmbeddingContext {
  readonly log: Log = [];
  hasMemory = true;
  nFullFor = 0;
  #isOn = false;
  #tokens: number[] = [];
  #seqIds: number[] = [];

  setEmbeddings(on: boolean): void {
    this.#isOn = on;
  }

  decode(batch: Batch): "done" | "no_room" {
    if (this.nFullFor-- > 0) return "no_room";
    this.encode(batch);
    return "done";
  }

  encode({ token, pos, seqId, nTokens }: Batch): void {
    this.#tokens = [...token.subarray(0, nTokens)];
    this.#seqIds = [...seqId.subarray(0, nTokens)];
    const mark = this.#isOn ? "!" : "";
    this.log.push(this.#tokens.map((t, i) => `${t}@${pos[i]}${mark}`));
  }

  rowEmbedding(row: number): Float32Array {
    if (!this.#isOn) throw new Error("embeddings are off");
    return Float32Array.of(this.#tokens[row] ?? Number.NaN);
  }

  sequenceEmbedding(seqId: number): Float32Array {
    const own = this.#tokens.filter((_, i) => this.#seqIds[i] === seqId);
    return Float32Array.of(own.reduce((sum, token) => sum + token, 0));
  }
}

interface Made {
  pooling: Pooling;
  isWhole?: boolean;
  nOutputsMax?: number;
  nUbatch?: number;
  isIdle?: boolean;
}

function embedderOver(context: FakeContext, made: Made) {
  const { pooling, isWhole = false, nOutputsMax = 4, nUbatch = 8, isIdle = true } = made;
  const counted: { lengths: readonly number[]; nDecodes: number }[] = [];
  const room = {
    lendRows<Result>(n: number, use: (seqIds: number[]) => Result | "no_room"): Result {
      for (;;) {
        const result = use(Array.from({ length: n }, (_, i) => 10 + i));
        if (result !== "no_room") return result;
      }
    },
    isIdle,
    decodeMedia: () => "done" as const,
    countPrompts: (lengths: readonly number[], nDecodes: number) =>
      void counted.push({ lengths, nDecodes }),
  };
  const mode = { pooling, isWhole, isEncoded: false, wantsAllRows: true };
  const sizes = { width: 1, nBatch: 8, nUbatch, nCtxSeq: 20, nOutputsMax, nRowsMax: 3 };
  const embedder = new Embedder(context, room, mode, sizes);
  return { embedder, counted };
}

function embed(embedder: Embedder, inputs: number[][]): { vectors: number[][]; nParts: number } {
  const lists = inputs.map((tokens) => TokenList.fromTokens(tokens));
  const vectors: number[][] = [];
  let nParts = 0;
  for (; vectors.length < lists.length; nParts++) {
    const some = embedder.embedFirst(lists.slice(vectors.length));
    vectors.push(...some.map((rows) => rows.map(([x = Number.NaN]) => x)));
  }
  return { vectors, nParts };
}

describe("a causal model", () => {
  test("last: what comes before is decoded without outputs, the last tokens together", () => {
    const context = new FakeContext();
    const { embedder } = embedderOver(context, { pooling: "last" });
    const { vectors } = embed(embedder, [
      [1, 2, 3],
      [4, 5, 6],
    ]);
    expect(vectors).toEqual([[3], [6]]);
    expect(context.log).toEqual([
      ["1@0", "2@1", "4@0", "5@1"],
      ["3@2!", "6@2!"],
    ]);
  });

  test("last: short inputs take one decode", () => {
    const context = new FakeContext();
    const { embedder } = embedderOver(context, { pooling: "last" });
    expect(embed(embedder, [[1, 2], [3]]).vectors).toEqual([[2], [3]]);
    expect(context.log).toEqual([["1@0!", "2@1!", "3@0!"]]);
  });

  test("mean and none: no more outputs at once than the context has room for", () => {
    const context = new FakeContext();
    const { embedder } = embedderOver(context, { pooling: "mean", nOutputsMax: 2 });
    expect(embed(embedder, [[1, 2, 6]]).vectors).toEqual([[3]]);
    expect(context.log).toEqual([["1@0!", "2@1!"], ["6@2!"]]);
    const all = embedderOver(new FakeContext(), { pooling: "none" });
    expect(embed(all.embedder, [[1, 2, 6]]).vectors).toEqual([[1, 2, 6]]);
  });

  test("cls: nothing after the first token matters", () => {
    const context = new FakeContext();
    const { embedder } = embedderOver(context, { pooling: "cls" });
    expect(embed(embedder, [[7, 8, 9]]).vectors).toEqual([[7]]);
    expect(context.log).toEqual([["7@0!"]]);
  });

  test("an input longer than a batch goes in several", () => {
    const context = new FakeContext();
    const { embedder, counted } = embedderOver(context, { pooling: "last" });
    const long = Array.from({ length: 18 }, (_, i) => i);
    expect(embed(embedder, [long]).vectors).toEqual([[17]]);
    expect(context.log.map(({ length }) => length)).toEqual([8, 8, 1, 1]);
    expect(counted).toEqual([{ lengths: [18], nDecodes: 4 }]);
  });

  test("when the cache was full, all is done again", () => {
    const context = new FakeContext();
    context.nFullFor = 1;
    const { embedder } = embedderOver(context, { pooling: "last" });
    expect(embed(embedder, [[1, 2]]).vectors).toEqual([[2]]);
  });
});

describe("an encoder", () => {
  test("sees whole inputs, as many as fit into a graph run", () => {
    const context = new FakeContext();
    context.hasMemory = false;
    const { embedder, counted } = embedderOver(context, { pooling: "mean", isWhole: true });
    const { vectors, nParts } = embed(embedder, [
      [1, 2, 3],
      [4, 5, 6],
      [7, 8, 9],
    ]);
    expect(vectors).toEqual([[6], [15], [24]]);
    expect(context.log.map(({ length }) => length)).toEqual([6, 3]);
    expect(nParts).toBe(2);
    expect(counted).toEqual([
      { lengths: [3, 3], nDecodes: 1 },
      { lengths: [3], nDecodes: 1 },
    ]);
  });

  test("goes on in small steps while streams run", () => {
    const context = new FakeContext();
    const made = { pooling: "mean", isWhole: true, nUbatch: 1000, isIdle: false } as const;
    const { embedder } = embedderOver(context, made);
    const long = Array.from({ length: 200 }, () => 1);
    const inputs = [long, long].map((tokens) => TokenList.fromTokens(tokens));
    expect(embedder.embedFirst(inputs)).toHaveLength(1);
    expect(context.log.map(({ length }) => length)).toEqual([200]);
  });

  test("none: every token has its vector", () => {
    const { embedder } = embedderOver(new FakeContext(), { pooling: "none", isWhole: true });
    expect(embed(embedder, [[1, 2], [3]]).vectors).toEqual([[1, 2], [3]]);
  });
});

describe("check", () => {
  const whole = embedderOver(new FakeContext(), { pooling: "cls", isWhole: true }).embedder;
  const causal = embedderOver(new FakeContext(), { pooling: "last" }).embedder;

  test.each([
    ["an empty input", whole, 0, "cannot be empty"],
    ["what a graph run cannot hold", whole, 9, "input (9 tokens) is too large to process"],
    ["what the context cannot hold", causal, 21, "larger than the max context size (20 tokens)"],
  ])("refuses %s", (_, embedder, length, message) => {
    expect(() => embedder.check({ length }, "input")).toThrow(message);
  });

  test("a causal model's input may be longer than a graph run", () => {
    expect(() => causal.check({ length: 20 }, "input")).not.toThrow();
  });
});
