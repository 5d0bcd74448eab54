import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { EncoderShape } from "../../scripts/gguf/encoder.ts";
import { projectorMetadata, projectorTensors } from "../../scripts/gguf/projector.ts";
import { randomFill } from "../../scripts/gguf/random-data.ts";
import { readGguf } from "../../scripts/gguf/read.ts";
import { writeGguf } from "../../scripts/gguf/write.ts";
import { writeRandomModel } from "../../scripts/random-model.ts";

const folder = mkdtempSync(join(tmpdir(), "hutch-random-encoder-"));
const vocabulary = join(folder, "vocabulary.gguf");

const shape: EncoderShape = {
  arch: "bert",
  nLayer: 2,
  nEmbd: 64,
  nHead: 2,
  nFf: 128,
  nCtx: 32,
  pooling: "cls",
};

function make(name: string, changes: Partial<EncoderShape> = {}, seed = 1): string {
  const path = join(folder, `${name}.gguf`);
  writeRandomModel(path, "random test", { ...shape, ...changes }, vocabulary, seed);
  return path;
}

/** "TYPE shape" of every tensor by its name. */
const tensorsOf = (path: string) =>
  new Map(readGguf(path).tensors.map(({ name, type, shape }) => [name, `${type} ${shape}`]));

beforeAll(() => {
  const tokens = Array.from({ length: 100 }, (_, i) => `token ${i}`);
  const metadata = new Map([
    ["bert.embedding_length", { type: "uint32", value: 999 }],
    ["tokenizer.ggml.model", { type: "string", value: "bert" }],
    ["tokenizer.ggml.tokens", { type: "array", itemType: "string", value: tokens }],
  ] as const);
  writeGguf(vocabulary, metadata, []);
});
afterAll(() => rmSync(folder, { recursive: true }));

describe("a random encoder", () => {
  test("takes the tokenizer from the vocabulary file and the rest from the shape", () => {
    const { metadata } = readGguf(make("a"));
    expect(metadata.get("general.architecture")?.value).toBe("bert");
    expect(metadata.get("bert.embedding_length")?.value).toBe(64);
    expect(metadata.get("bert.attention.causal")?.value).toBe(false);
    expect(metadata.get("bert.pooling_type")?.value).toBe(2);
    expect(metadata.get("tokenizer.ggml.model")?.value).toBe("bert");
    expect(metadata.has("tokenizer.chat_template")).toBe(false);
  });

  test("has the same bytes for the same seed and others for another", () => {
    const [a, b, c] = [make("a"), make("b"), make("c", {}, 2)].map((path) => readFileSync(path));
    expect(a?.equals(b!)).toBe(true);
    expect(a?.equals(c!)).toBe(false);
  });

  test("has quantized matrices, and what llama-quantize leaves alone in full", () => {
    const tensors = tensorsOf(make("a"));
    expect(tensors.get("token_embd.weight")).toBe("Q8_0 64,100");
    expect(tensors.get("blk.1.ffn_down.weight")).toBe("Q8_0 128,64");
    expect(tensors.get("position_embd.weight")).toBe("F32 64,32");
    expect(tensors.get("blk.1.ffn_down.bias")).toBe("F32 64");
    expect(tensors.get("token_embd_norm.weight")).toBe("F32 64");
  });

  test("has a head of one score as a reranker only", () => {
    const tensors = tensorsOf(make("rank", { pooling: "rank" }));
    expect(tensors.get("cls.output.weight")).toBe("Q8_0 64,1");
    expect(tensorsOf(make("a")).has("cls.output.weight")).toBe(false);
  });
});

describe("a random projector", () => {
  test("has a position for each patch, and ends in the model's width", () => {
    const vit = { imageSize: 64, patchSize: 16, nLayer: 3, nEmbd: 64, nHead: 2, nFf: 96, nOut: 32 };
    const path = join(folder, "mmproj.gguf");
    writeGguf(path, projectorMetadata(vit, "test"), projectorTensors(vit, randomFill(1)));
    const tensors = tensorsOf(path);
    expect(tensors.get("v.position_embd.weight")).toBe("F32 64,16");
    expect(tensors.get("v.patch_embd.weight")).toBe("F32 16,16,3,64");
    expect(tensors.get("v.blk.2.ffn_up.weight")).toBe("Q8_0 64,96");
    expect(tensors.get("mm.0.weight")).toBe("Q8_0 64,32");
    expect(tensors.get("mm.2.weight")).toBe("Q8_0 32,32");
    const { metadata } = readGguf(path);
    expect(metadata.get("clip.vision.feature_layer")?.value).toEqual([3]);
    expect(metadata.get("clip.vision.projection_dim")?.value).toBe(32);
  });
});
