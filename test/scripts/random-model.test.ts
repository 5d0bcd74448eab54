import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DecoderShape } from "../../scripts/gguf/decoder.ts";
import { readGguf } from "../../scripts/gguf/read.ts";
import { writeGguf } from "../../scripts/gguf/write.ts";
import { writeRandomModel } from "../../scripts/random-model.ts";

const folder = mkdtempSync(join(tmpdir(), "hutch-random-model-"));
const vocabulary = join(folder, "vocabulary.gguf");

/** Rows of 96 fit no K-quant and rows of 256 do, as 896 and 4864 in the benchmark's model. */
const shape: DecoderShape = {
  arch: "qwen2",
  nLayer: 8,
  nEmbd: 96,
  nHead: 6,
  nHeadKv: 2,
  nFf: 256,
  nCtx: 128,
  ropeFreqBase: 10_000,
  rmsEps: 1e-6,
};

function make(name: string, seed: number, changes: Partial<DecoderShape> = {}): string {
  const path = join(folder, `${name}.gguf`);
  writeRandomModel(path, "random test", { ...shape, ...changes }, vocabulary, seed);
  return path;
}

const digest = (path: string) => Bun.SHA256.hash(readFileSync(path), "hex");

const typesOf = (path: string) =>
  new Map(readGguf(path).tensors.map((tensor) => [tensor.name, tensor.type as string]));

beforeAll(() => {
  const tokens = Array.from({ length: 100 }, (_, i) => `token ${i}`);
  const metadata = new Map([
    ["general.architecture", { type: "string", value: "other" }],
    ["tokenizer.ggml.model", { type: "string", value: "gpt2" }],
    ["tokenizer.ggml.tokens", { type: "array", itemType: "string", value: tokens }],
  ] as const);
  writeGguf(vocabulary, metadata, []);
});
afterAll(() => rmSync(folder, { recursive: true }));

describe("a random model", () => {
  test("has the same bytes for the same seed and others for another", () => {
    expect(digest(make("a", 1))).toBe(digest(make("b", 1)));
    expect(digest(make("a", 1))).not.toBe(digest(make("c", 2)));
  });

  test("takes the tokenizer from the vocabulary file and the rest from the shape", () => {
    const { metadata } = readGguf(make("a", 1));
    expect(metadata.get("general.architecture")).toEqual({ type: "string", value: "qwen2" });
    expect(metadata.get("qwen2.embedding_length")).toEqual({ type: "uint32", value: 96 });
    expect(metadata.get("tokenizer.ggml.model")).toEqual({ type: "string", value: "gpt2" });
    expect(metadata.get("tokenizer.chat_template")?.value).toContain("<|im_start|>");
  });

  test("has one row of embeddings per token and no output matrix", () => {
    const { tensors } = readGguf(make("a", 1));
    const embeddings = tensors.find((tensor) => tensor.name === "token_embd.weight");
    expect(embeddings?.shape).toEqual([96, 100]);
    expect(tensors.some((tensor) => tensor.name === "output.weight")).toBe(false);
  });

  test("falls back to blocks of 32 where rows are not whole blocks of 256", () => {
    const types = typesOf(make("a", 1));
    expect(types.get("token_embd.weight")).toBe("Q8_0");
    expect(types.get("blk.1.attn_q.weight")).toBe("Q5_0");
    expect(types.get("blk.0.attn_v.weight")).toBe("Q8_0");
    expect(types.get("blk.1.attn_v.weight")).toBe("Q5_0");
    expect(types.get("blk.0.ffn_down.weight")).toBe("Q6_K");
    expect(types.get("blk.1.ffn_down.weight")).toBe("Q4_K");
  });

  test("keeps K-quants where they fit", () => {
    const types = typesOf(make("wide", 1, { nEmbd: 512, nHead: 8, nHeadKv: 8 }));
    expect(types.get("token_embd.weight")).toBe("Q6_K");
    expect(types.get("blk.1.attn_q.weight")).toBe("Q4_K");
  });

  test("has biases for qwen2 and none for llama", () => {
    expect(typesOf(make("a", 1)).get("blk.0.attn_q.bias")).toBe("F32");
    expect(typesOf(make("l", 1, { arch: "llama" })).has("blk.0.attn_q.bias")).toBe(false);
  });

  test("has Q8_0 weights of the deviation that keeps activations at size 1", () => {
    const path = make("a", 1);
    const tensor = readGguf(path).tensors.find(({ name }) => name === "token_embd.weight")!;
    const file = readFileSync(path);
    const block = new DataView(file.buffer, file.byteOffset + tensor.offset, tensor.sizeBytes);
    let sum = 0;
    let sumOfSquares = 0;
    for (let start = 0; start < tensor.sizeBytes; start += 34) {
      for (let i = 2; i < 34; i++) {
        const weight = block.getFloat16(start, true) * block.getInt8(start + i);
        sum += weight;
        sumOfSquares += weight ** 2;
      }
    }
    const nWeights = 96 * 100;
    expect(Math.sqrt(sumOfSquares / nWeights)).toBeCloseTo(1 / Math.sqrt(96), 2);
    expect(sum / nWeights).toBeCloseTo(0, 2);
  });
});
