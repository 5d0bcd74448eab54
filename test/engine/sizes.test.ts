import { expect, test } from "bun:test";
import { sizesFor } from "../../src/engine/sizes.ts";

const gib = 1024 ** 3;
const spec = { libraryDir: "", modelPath: "" };
const model = { nCtxTrain: 32_768, kvBytesPerCell: 32_768 };

test("takes the model's own context when it is short", () => {
  const { nCtxSeq, nCells } = sizesFor(spec, { nCtxTrain: 1024, kvBytesPerCell: 4608 }, 16 * gib);
  expect([nCtxSeq, nCells]).toEqual([1024, 16 * 1024]);
});

test("an explicit context and number of sequences are given in full", () => {
  const sizes = sizesFor({ ...spec, nCtxSeq: 2048, nParallel: 8 }, model, gib / 100);
  expect([sizes.nCtxSeq, sizes.nCells]).toEqual([2048, 16_384]);
});

test("never exceeds what the model was trained with", () => {
  expect(sizesFor({ ...spec, nCtxSeq: 99_999, nParallel: 1 }, model, gib).nCtxSeq).toBe(32_768);
});

test("shrinks to the memory there is, but stays usable", () => {
  const sizes = sizesFor(spec, model, gib);
  expect(sizes.nCells * model.kvBytesPerCell).toBeLessThanOrEqual(gib / 4);
  expect(sizes.nCtxSeq).toBeLessThanOrEqual(sizes.nCells);
  expect(sizesFor(spec, model, 0).nCtxSeq).toBe(512);
});
