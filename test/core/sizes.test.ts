import { describe, expect, test } from "bun:test";
import { sizesFor } from "../../src/core/sizes.ts";

const gib = 1024 ** 3;
const model = { nCtxTrain: 32_768, kvBytesPerCell: 32_768, isWhole: false };
const small = { ...model, nCtxTrain: 2048 };

describe("of our own choice", () => {
  test("takes the model's own context when it is short", () => {
    const short = { ...model, nCtxTrain: 1024, kvBytesPerCell: 4608 };
    const { nCtxSeq, nCells } = sizesFor({}, short, 16 * gib);
    expect([nCtxSeq, nCells]).toEqual([1024, 16 * 1024]);
  });

  test("an explicit context and number of sequences are given in full", () => {
    const sizes = sizesFor({ nCtxSeq: 2048, nParallel: 8 }, model, gib / 100);
    expect([sizes.nCtxSeq, sizes.nCells]).toEqual([2048, 16_384]);
  });

  test("never exceeds what the model was trained with", () => {
    expect(sizesFor({ nCtxSeq: 99_999, nParallel: 1 }, model, gib).nCtxSeq).toBe(32_768);
  });

  test("shrinks to the memory there is, but stays usable", () => {
    const sizes = sizesFor({}, model, gib);
    expect(sizes.nCells * model.kvBytesPerCell).toBeLessThanOrEqual(gib / 4);
    expect(sizes.nCtxSeq).toBeLessThanOrEqual(sizes.nCells);
    expect(sizesFor({}, model, 0).nCtxSeq).toBe(512);
  });

  test("shrinks to what GPUs have left, down to a context that is useful", () => {
    const cells = (kvBytesMax: number) => {
      const { nCtxSeq, nCells } = sizesFor({}, { ...model, kvBytesMax }, 16 * gib);
      return [nCtxSeq, nCells];
    };
    expect(cells(16 * gib)).toEqual([8192, 32_768]);
    expect(cells(10_000 * model.kvBytesPerCell)).toEqual([8192, 10_000]);
    expect(cells(-gib)).toEqual([8192, 8192]);
    const few = sizesFor({}, { ...model, kvBytesMax: 16 * gib }, gib / 10);
    expect(few).toEqual(sizesFor({}, model, gib / 10));
  });
});

/** What llama-server v0.5.0 shows in /props and /slots for the same flags. */
describe("by llama-server's rules", () => {
  test.each([
    ["-c 512 -np 2: an equal share each", { nCtx: 512, nParallel: 2 }, [256, 512]],
    ["-c 512 -np 3: shares are rounded up", { nCtx: 512, nParallel: 3 }, [256, 768]],
    ["-c 1000: rounded up", { nCtx: 1000, nParallel: 1 }, [1024, 1024]],
    [
      "-c 1024 -np 2 -kvu: all of it for each",
      { nCtx: 1024, nParallel: 2, kvUnified: true },
      [1024, 1024],
    ],
    [
      "-c 8192 -kvu: never more than trained for",
      { nCtx: 8192, nParallel: 4, kvUnified: true },
      [2048, 8192],
    ],
    ["-c 0: what it was trained for", { nCtx: 0, nParallel: 1 }, [2048, 2048]],
    ["-c 0 -np 4: that, shared out", { nCtx: 0, nParallel: 4 }, [512, 2048]],
    ["no -c: what it was trained for", { nParallel: 4, kvUnified: true }, [2048, 2048]],
    [
      "--kv-unified-per-slot caps a slot",
      { nCtx: 2048, nParallel: 4, kvUnified: true, nCtxSeq: 700 },
      [700, 2048],
    ],
    [
      "--kv-unified-per-slot without -c makes the context",
      { nParallel: 4, kvUnified: true, nCtxSeq: 512 },
      [512, 2048],
    ],
  ])("%s", (_, asked, expected) => {
    const { nCtxSeq, nCells } = sizesFor(asked, small, 64 * gib);
    expect([nCtxSeq, nCells]).toEqual(expected);
  });

  test("without -c, a context that memory cannot hold is smaller", () => {
    const { nCells } = sizesFor({ nParallel: 4, kvUnified: true }, model, gib);
    expect(nCells).toBeLessThan(model.nCtxTrain);
  });
});

describe("batches", () => {
  test.each([
    ["llama.cpp's own", {}, [2048, 512]],
    ["a batch is never larger than the context", { nCtx: 256, nParallel: 1 }, [256, 256]],
    ["a graph run is never larger than a batch", { nBatch: 32 }, [32, 32]],
    [
      "an embedding stays in one graph run",
      { purpose: "embed" as const, nUbatch: 128 },
      [128, 128],
    ],
  ])("%s", (_, asked, expected) => {
    const { nBatch, nUbatch } = sizesFor(asked, model, 64 * gib);
    expect([nBatch, nUbatch]).toEqual(expected);
  });

  test("an encoder's batch is not bound to a context: it has no cells", () => {
    const asked = { nCtx: 256, nParallel: 1, nBatch: 512, nUbatch: 512 };
    const { nBatch, nUbatch } = sizesFor(asked, { ...model, isWhole: true }, gib);
    expect([nBatch, nUbatch]).toEqual([512, 512]);
  });
});
