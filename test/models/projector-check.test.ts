import { afterAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { AppError } from "../../src/core/errors.ts";
import type { GgufValue } from "../../src/models/gguf-reader.ts";
import { checkProjector, missingTensors } from "../../src/models/projector-check.ts";
import { FaultyGguf } from "../support/gguf-faults.ts";

const tiny = new FaultyGguf(resolve(import.meta.dir, "../../assets/tiny-mmproj.gguf"));
const dir = mkdtempSync(join(tmpdir(), "hutch-projector-"));
afterAll(() => rmSync(dir, { recursive: true }));
const path = join(dir, "mmproj.gguf");

function complaint(): string | null {
  try {
    checkProjector(path);
    return null;
  } catch (error) {
    expect(error).toBeInstanceOf(AppError);
    expect((error as AppError).code).toBe("model_load_failed");
    return (error as AppError).message;
  }
}

describe("a projector", () => {
  test("that is whole passes", () => {
    tiny.writeWithout(path);
    expect(complaint()).toBeNull();
  });

  // llama.cpp adds them where they are, and some models have none of them.
  const optional = ["v.patch_embd.bias", "v.pre_ln.bias", "v.post_ln.bias"];

  test.each(tiny.tensors.filter((name) => !optional.includes(name)))("without %s", (name) => {
    tiny.writeWithout(path, name);
    expect(complaint()).toBe(`${path}: tensor ${name} is missing`);
  });

  test.each(["clip.has_vision_encoder", "clip.projector_type"])("without %s", (key) => {
    tiny.writeWithout(path, key);
    expect(complaint()).toBe(`${path}: key ${key} is missing`);
  });

  test("without several says how many", () => {
    tiny.writeWithout(path, "mm.0.bias", "v.patch_embd.weight", "v.blk.1.ln1.bias");
    expect(complaint()).toBe(`${path}: tensor v.patch_embd.weight is missing, and 2 more`);
  });

  test("without the queries of any layer", () => {
    const queries = tiny.tensors.filter((name) => name.includes("attn_q"));
    tiny.writeWithout(path, ...queries);
    expect(complaint()).toContain("tensor v.blk.0.attn_q.weight is missing");
  });

  test.each([0, 3, 24, 500, tiny.nHeaderBytes, tiny.nBytes - 1])("cut at %i", (nBytes) => {
    tiny.writeTruncated(path, nBytes);
    expect(complaint()).toStartWith(`${path} cannot be read: it `);
    expect(complaint()).toMatch(/ends too early|more than its \d+ bytes have room for/);
  });

  test("that is not there", () => {
    rmSync(path, { force: true });
    expect(complaint()).toBe(`no such file: ${path}`);
  });
});

describe("what projectors of other kinds may do without", () => {
  const missing = (kind: string, names: string[], metadata: Record<string, GgufValue> = {}) =>
    missingTensors({
      metadata: new Map(Object.entries({ "clip.projector_type": kind, ...metadata })),
      tensors: names.map((name) => ({ name, type: "F32", shape: [1] })),
    });

  const fused = (layer: number) => [`v.blk.${layer}.attn_qkv.weight`, `v.blk.${layer}.ln1.weight`];

  test("separate queries, where they are fused", () => {
    const all = ["v.patch_embd.weight", ...fused(0), ...fused(1)];
    expect(missing("dots_ocr", all)).toEqual([]);
    expect(missing("dots_ocr", all.slice(0, -2).concat("v.blk.1.ln1.weight"))).toEqual([
      "v.blk.1.attn_qkv.weight",
    ]);
  });

  test("feed-forward parts, in layers of experts", () => {
    const dense = [...fused(0), "v.blk.0.ffn_up.weight", "v.blk.0.ffn_down.weight"];
    const experts = [...fused(1), "v.blk.1.ffn_gate_exps.weight"];
    expect(missing("unknown", [...dense, ...experts])).toEqual([]);
  });

  test("parts that only some layers have", () => {
    const sinks = ["v.blk.0.attn_sinks", "v.blk.1.attn_q_norm.weight"];
    expect(missing("unknown", [...fused(0), ...fused(1), ...sinks])).toEqual([]);
  });

  test("the second layer of LLaVA's; its norms are wanted together", () => {
    const seeing = ["v.patch_embd.weight", "v.position_embd.weight", "mm.0.weight", "mm.0.bias"];
    expect(missing("mlp", seeing)).toEqual([]);
    expect(missing("mlp", [...seeing, "mm.3.weight"])).toEqual([
      "mm.1.weight",
      "mm.1.bias",
      "mm.3.bias",
      "mm.4.weight",
      "mm.4.bias",
    ]);
  });

  test("pictures, where it only hears", () => {
    expect(
      missing("", ["a.position_embd.weight"], { "clip.audio.projector_type": "qwen2a" }),
    ).toEqual([]);
    expect(missing("", [], { "clip.audio.projector_type": "qwen2a" })).toEqual([
      "a.position_embd.weight",
    ]);
  });
});
