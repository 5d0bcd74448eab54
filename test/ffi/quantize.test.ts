import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Context } from "../../ffi/context.ts";
import { openNative } from "../../ffi/native.ts";
import { Quantization, type QuantizationOptions } from "../../ffi/quantize.ts";
import { readGguf } from "../../scripts/gguf/read.ts";
import { quantizationTypes } from "../../src/core/quantization.ts";
import { readHeader } from "../../src/models/gguf-reader.ts";
import { writeFloatModel, writeSplitModel } from "../support/float-models.ts";
import { answer, ask, loadModel, tinyContext, tinyPath } from "../support/tiny-native.ts";

const dir = mkdtempSync(join(tmpdir(), "hutch-quantize-"));
const float = join(dir, "f32.gguf");
const target = join(dir, "out.gguf");

beforeAll(() => {
  openNative(process.env.HUTCH_LIBRARY_DIR ?? "", 5);
  writeFloatModel(float, "F32");
});
afterAll(() => rmSync(dir, { recursive: true }));

/** Runs to the end. @returns every state that was seen */
async function quantize(source: string, options: QuantizationOptions, to = target) {
  using quantization = new Quantization(source, to, { n_threads: 1, ...options });
  const seen: [number, number][] = [];
  for (;;) {
    const { nDone, nTensors, hasEnded } = quantization.poll();
    seen.push([nDone, nTensors]);
    if (hasEnded) return seen;
    await Bun.sleep(1);
  }
}

function capitalOfFrance(path: string): string {
  using model = loadModel(path);
  using context = new Context(model, tinyContext);
  const tokens = answer(model, context, ask("What is the capital of France?"));
  return tokens.map((token) => Buffer.from(model.pieceView(token, false)).toString()).join("");
}

describe("writing a model anew", () => {
  test.each(Object.entries(quantizationTypes))("as %s", async (name, type) => {
    const nTensors = readGguf(float).tensors.length;
    const seen = await quantize(float, { type });
    expect(seen.at(-1)).toEqual([nTensors, nTensors]);
    expect(readHeader(target).metadata.get("general.file_type")).toBe(type);
    if (name !== "F32") expect(statSync(target).size).toBeLessThan(statSync(float).size);
  });

  test("it answers as before", async () => {
    const expected = capitalOfFrance(float);
    expect(expected).toContain("Paris");
    await quantize(float, { type: quantizationTypes.Q8_0 });
    expect(capitalOfFrance(target)).toBe(expected);
  });

  test("without a type, parts are put together and nothing else changes", async () => {
    const [first = ""] = writeSplitModel(join(dir, "split"), 3);
    await quantize(first, {});
    const { metadata, tensors } = readGguf(target);
    expect([...metadata.keys()].filter((key) => key.startsWith("split."))).toEqual([]);
    expect(tensors.filter(({ type }) => type === "F16").length).toBeGreaterThan(0);
    expect(capitalOfFrance(target)).toContain("Paris");
  });

  test("a dry run writes nothing", async () => {
    const none = join(dir, "none.gguf");
    await quantize(tinyPath, { dry_run: true }, none);
    expect(existsSync(none)).toBe(false);
  });

  test("what is quantised already, no model, or nowhere to write is refused", async () => {
    const type = quantizationTypes.Q4_0;
    await expect(quantize(tinyPath, { type })).rejects.toThrow("requantizing from type q8_0");
    await expect(quantize(import.meta.path, { dry_run: true })).rejects.toThrow("magic");
    await expect(quantize(float, { type }, "/dev/null/x")).rejects.toThrow("failed to quantize");
    expect(() => new Quantization(float, target, { type: -1 })).toThrow("type");
  });
});
