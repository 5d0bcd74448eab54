import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DecoderShape } from "../../scripts/gguf/decoder.ts";
import { readGguf } from "../../scripts/gguf/read.ts";
import { successorCycle } from "../../scripts/gguf/successor.ts";
import { writeRandomModel } from "../../scripts/random-model.ts";
import { EngineInProcess } from "../support/engine-in-process.ts";
import { tinyPath } from "../support/tiny-native.ts";

const folder = mkdtempSync(join(tmpdir(), "hutch-successor-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** Biases, grouped heads and both families of quants, as the benchmark's model. */
const shape: DecoderShape = {
  ...{ arch: "qwen2", nLayer: 4, nEmbd: 128, nHead: 4, nHeadKv: 2, nFf: 256, nCtx: 1024 },
  ...{ ropeFreqBase: 10_000, rmsEps: 1e-6, successor: true },
};

test("a successor model writes its cycle after any prompt that ends in it", async () => {
  const modelPath = join(folder, "successor.gguf");
  writeRandomModel(modelPath, "successor", shape, tinyPath, 1);
  const { metadata } = readGguf(modelPath);
  const tokens = metadata.get("tokenizer.ggml.tokens")?.value as string[];
  const cycle = successorCycle(metadata);
  const textOf = (ids: ArrayLike<number>) =>
    Array.from(ids, (id) => tokens[id]!.replace("Ġ", " ")).join("");

  const engine = new EngineInProcess({ modelPath, nCtx: 1024, nParallel: 1 });
  const prompt = `Hello${textOf([cycle[5]!, cycle[19]!])}`;
  for (const sampling of [{ temperature: 0 }, { temperature: 0.8, seed: 1 }]) {
    const text = await engine.write(prompt, { sampling, nPredict: 100 });
    expect(text).toBe(textOf(cycle.subarray(20, 120)));
  }
});
