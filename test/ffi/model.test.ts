import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Context } from "../../ffi/context.ts";
import { devices } from "../../ffi/devices.ts";
import type { Model } from "../../ffi/model.ts";
import type { ModelOptions } from "../../src/core/load.ts";
import { writeUnskilledModel } from "../support/float-models.ts";
import { answer, ask, loadModel, tinyContext } from "../support/tiny-native.ts";

const folder = mkdtempSync(join(tmpdir(), "hutch-model-"));
let model: Model;

beforeAll(() => {
  model = loadModel();
});
afterAll(() => {
  model[Symbol.dispose]();
  rmSync(folder, { recursive: true });
});

describe("what a model says about itself", () => {
  test("sizes and types", () => {
    expect([model.nLayer, model.nEmbdOutput, model.nClsOut]).toEqual([6, 192, 1]);
    expect(model.nBytes).toBeGreaterThan(model.nParams);
    expect(model.fileType).toBe("Q8_0");
    expect(model.vocabType).toBe(2); // LLAMA_VOCAB_TYPE_BPE
    expect([model.hasEncoder, model.hasDecoder, model.ownPooling]).toEqual([false, true, null]);
  });

  test("metadata, long values whole, missing ones null", () => {
    expect(model.metaString("general.name")).toBe("Hutch Tiny");
    expect(model.metaString("tokenizer.chat_template")?.length).toBeGreaterThan(1024);
    expect(model.metaString("no.such.key")).toBeNull();
  });

  test("special tokens, -1 for those that it lacks", () => {
    const text = (token: number) => model.detokenize([token], true);
    expect([text(model.bos), text(model.eos)]).toEqual(["<|endoftext|>", "<|im_end|>"]);
    expect([model.sep, model.mask]).toEqual([-1, -1]);
    expect([model.addsBos, model.addsEos]).toEqual([false, false]);
    const fim = Object.entries(model.fim).map(([kind, token]) => [kind, text(token)]);
    expect(Object.fromEntries(fim)).toEqual({
      pre: "<|fim_prefix|>",
      suf: "<|fim_suffix|>",
      mid: "<|fim_middle|>",
      rep: "<|repo_name|>",
      sep: "<|file_sep|>",
      pad: "<|fim_pad|>",
    });
    const path = join(folder, "unskilled.gguf");
    writeUnskilledModel(path);
    using unskilled = loadModel(path);
    expect(unskilled.fim).toMatchObject({ pre: -1, suf: -1, mid: -1, pad: -1 });
  });

  test("tokens become text again, special ones only if they are to be shown", () => {
    const tokens = model.tokenize("naïve 😀<|im_end|>", false, true);
    expect(model.detokenize(tokens, true)).toBe("naïve 😀<|im_end|>");
    expect(model.detokenize(tokens, false)).toBe("naïve 😀");
    expect(model.joinPieces(tokens, true)).toBe("naïve 😀<|im_end|>");
    expect(model.detokenize(tokens.subarray(0, 0), true)).toBe("");
  });
});

describe("options of a load", () => {
  const load = (options: Parameters<typeof loadModel>[1]) =>
    loadModel(undefined, options)[Symbol.dispose]();

  test.each<ModelOptions>([
    { devices: ["none"], n_gpu_layers: 0 },
    { override_kv: ["llama.context_length=int:256", "tokenizer.ggml.add_bos_token=bool:true"] },
    { override_tensor: ["blk\\.0\\.ffn_up.*=CPU"] },
    { split_mode: "none", main_gpu: 0, tensor_split: [3, 1] },
    { load_mode: "none", check_tensors: true, use_extra_bufts: false, no_host: true },
    { load_mode: "mmap" },
  ])("takes %j", (options) => expect(() => load(options)).not.toThrow());

  test("override_kv overrides", () => {
    using changed = loadModel(undefined, {
      override_kv: ["llama.context_length=int:256", "tokenizer.ggml.add_bos_token=bool:true"],
    });
    expect([changed.nCtxTrain, changed.addsBos]).toEqual([256, true]);
  });

  test.each([
    [{ devices: ["CUDA99"] }, /no device "CUDA99"/],
    [{ devices: ["none", "CUDA99"] }, /no device "none"/],
    [{ override_kv: ["llama.context_length"] }, /override_kv "llama.context_length"/],
    [{ override_kv: ["a=int:1", "b=number:2"] }, /override_kv "b=number:2"/],
    [{ override_tensor: ["blk"] }, /override_tensor "blk"/],
    [{ override_tensor: ["blk=NOWHERE"] }, /buffer type "NOWHERE"; there is .*CPU/],
    [{ tensor_split: new Array(500).fill(1) }, /tensor_split has 500 values/],
    [{ split_mode: "diagonal" as "row" }, /split_mode .*"diagonal"/],
    [{ load_mode: "fast" as "auto" }, /load mode: fast/],
    [{ lazy_mode: "maybe" as "auto" }, /lazy_mode must be .* not "maybe"/],
    [{ main_gpu: -1 }, /main_gpu must be .* from 0 to 2147483647, not -1/],
    [{ n_gpu_layers: 2 ** 31 }, /n_gpu_layers must be .* not 2147483648/],
    [{ n_gpu_layers: 1.5 }, /n_gpu_layers must be a whole number .* not 1.5/],
    [{ tensor_split: [1, -1] }, /tensor_split must have numbers of at least 0/],
  ])("refuses %j", (options, reason) => expect(() => load(options)).toThrow(reason));

  test("names the devices that there are", () => {
    const names = devices()
      .map(({ name }) => name)
      .filter((name) => name !== "CPU");
    const expected = names.length === 0 ? "no device but the CPU" : names.join(", ");
    expect(() => load({ devices: ["CUDA99"] })).toThrow(expected);
  });
});

describe("options of a context", () => {
  const answered = (options: object) => {
    using context = new Context(model, { ...tinyContext, ...options });
    return model.detokenize(answer(model, context, ask("What is the capital of France?")), false);
  };

  test.each([
    {},
    { type_k: "q8_0", type_v: "q8_0", flash_attn: "on" },
    { offload_kqv: false, op_offload: false },
    { kv_unified: false },
    { rope_scaling: "none", rope_freq_base: 10_000, rope_freq_scale: 1 },
    { rope_scaling: "yarn", yarn_orig_ctx: 1024, yarn_ext_factor: 0, yarn_beta_fast: 32 },
  ])("answers with %j", (options) => {
    expect(answered(options)).toBe("The capital of France is Paris.");
  });

  test("another rotary base is another model", () => {
    expect(answered({ rope_freq_base: 10 })).not.toBe("The capital of France is Paris.");
  });

  test.each([
    [{ type_k: "q3_x" }, /"q3_x"; there is f32, f16, bf16, q8_0/],
    [{ flash_attn: "maybe" as "on" }, /flash_attn .*"maybe"/],
    [{ rope_scaling: "cubic" as "yarn" }, /rope_scaling .*"cubic"/],
    [{ pooling: "max" as "mean" }, /pooling .*"max"/],
    [{ type_v: "q8_0", flash_attn: "off" as const }, /V cache.*requires .*flash/i],
  ])("refuses %j", (options, reason) => {
    expect(() => new Context(model, { ...tinyContext, ...options })).toThrow(reason);
  });

  test("knows its sizes", () => {
    using shared = new Context(model, tinyContext);
    using split = new Context(model, { ...tinyContext, kv_unified: false });
    expect([shared.nCtx, shared.nCtxSeq, split.nCtxSeq]).toEqual([512, 512, 256]);
    expect([shared.hasMemory, shared.canMoveCells, shared.pooling]).toEqual([true, true, "none"]);
  });
});

test("what a model and its context take, by kind of memory", () => {
  const sumOf = (context: Context, key: "model" | "context" | "compute") =>
    context.buffers.reduce((sum, buffers) => sum + buffers[key], 0);
  using small = new Context(model, tinyContext);
  using large = new Context(model, { ...tinyContext, n_ctx: 4 * tinyContext.n_ctx });
  expect(sumOf(small, "model")).toBeGreaterThanOrEqual(model.nBytes);
  expect(sumOf(small, "model")).toBe(sumOf(large, "model"));
  const nCellsMore = 3 * tinyContext.n_ctx;
  expect(sumOf(large, "context") - sumOf(small, "context")).toBe(nCellsMore * model.kvBytesPerCell);
  expect(sumOf(small, "compute")).toBeGreaterThan(0);
  const hasGpu = devices().some(({ isGpu }) => isGpu);
  expect(small.buffers.some(({ gpu }) => gpu)).toBe(hasGpu);
});
