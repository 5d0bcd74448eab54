import { afterAll, describe, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promptToCopy } from "../../scripts/bench/workloads/copy.ts";
import type { DecoderShape } from "../../scripts/gguf/decoder.ts";
import { readGguf } from "../../scripts/gguf/read.ts";
import { successorCycle } from "../../scripts/gguf/successor.ts";
import { writeRandomModel } from "../../scripts/random-model.ts";

const folder = mkdtempSync(join(tmpdir(), "hutch-successor-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** Biases, grouped heads and both families of quants, as the benchmark's model. */
const shape: DecoderShape = {
  ...{ arch: "qwen2", nLayer: 4, nEmbd: 128, nHead: 4, nHeadKv: 2, nFf: 256, nCtx: 1024 },
  ...{ ropeFreqBase: 10_000, rmsEps: 1e-6, successor: true },
};

const tinyPath = resolve(import.meta.dir, "../../assets/tiny-text.gguf");
const path = join(folder, "successor.gguf");
writeRandomModel(path, "successor", shape, tinyPath, 1);
const { metadata, tensors } = readGguf(path);
const cycle = successorCycle(metadata);
const tokens = metadata.get("tokenizer.ggml.tokens")?.value as string[];

describe("successorCycle", () => {
  test("holds every word with a space before it once, in no order of their numbers", () => {
    const words = tokens.flatMap((text, id) => (/^Ġ[A-Za-z]+$/.test(text) ? id : []));
    expect(cycle.toSorted()).toEqual(Uint32Array.from(words));
    expect(Array.from(cycle)).not.toEqual(words);
    expect(successorCycle(metadata)).toEqual(cycle);
  });
});

describe("a successor model", () => {
  test("has the embedding of a token in the output row of the next, and zeros elsewhere", () => {
    const file = readFileSync(path);
    const row = (name: string, id: number) => {
      const tensor = tensors.find((one) => one.name === name)!;
      const rowBytes = tensor.sizeBytes / tokens.length;
      const start = tensor.offset + id * rowBytes;
      return file.subarray(start, start + rowBytes);
    };
    const follows = (id: number, next: number) =>
      row("output.weight", next).equals(row("token_embd.weight", id));
    expect(Array.from(cycle, (id, i) => follows(id, cycle[(i + 1) % cycle.length]!))).toEqual(
      Array.from(cycle, () => true),
    );
    const other = tokens.findIndex((_, id) => !cycle.includes(id));
    expect(row("output.weight", other).every((byte) => byte === 0)).toBe(true);
  });
});

describe("promptToCopy", () => {
  test("is a stretch of the cycle with some tokens changed, and its first token again", () => {
    const prompt = promptToCopy(cycle, 3);
    const stretch = prompt.slice(0, -1);
    const start = cycle.indexOf(stretch[0]!);
    expect(prompt.at(-1)).toBe(stretch[0]!);
    const changed = stretch.filter((id, i) => id !== cycle[(start + i) % cycle.length]).length;
    expect(changed).toBeGreaterThan(stretch.length / 100);
    expect(changed).toBeLessThan(stretch.length / 10);
    expect(promptToCopy(cycle, 4)).not.toEqual(prompt);
  });
});
