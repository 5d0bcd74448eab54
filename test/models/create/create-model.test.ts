import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { copyFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { writeTinyLora } from "../../../scripts/tiny-models.ts";
import { AppError } from "../../../src/core/errors.ts";
import type { Quantize } from "../../../src/core/quantization.ts";
import { requireName } from "../../../src/models/name.ts";
import { storeViolations } from "../../support/check-store.ts";
import { writeFloatModel, writeSplitModel } from "../../support/float-models.ts";
import { assets, tinyPath } from "../../support/tiny-native.ts";
import { copies, TestWorkshop, type Wanted } from "./set-up.ts";

const mmprojPath = join(assets, "tiny-mmproj.gguf");

let shop: TestWorkshop;
beforeEach(() => {
  shop = new TestWorkshop();
});
afterEach(() => shop[Symbol.dispose]());

/** A base called `base`, of the tiny model and what is given. */
async function withBase(wanted: Wanted = {}): Promise<void> {
  await shop.create({ name: "base", base: [await shop.upload(tinyPath)], ...wanted });
}

describe("creating a model", () => {
  test("TestCreateFromBin: of a file, with a config by what it says", async () => {
    const source = await shop.upload(tinyPath);
    const said = await shop.create({ base: [source], template: "{{ .Prompt }}" });
    expect(said.map((status) => status.replace(/sha256:\w+/, ""))).toEqual([
      "parsing GGUF",
      "using existing layer ",
      "creating new layer ",
      "writing manifest",
    ]);
    expect(shop.layers()).toEqual([
      ["model", source.digest ?? ""],
      ["template", "{{ .Prompt }}"],
    ]);
    expect(shop.config()).toEqual({
      model_format: "gguf",
      model_family: "llama",
      model_families: ["llama"],
      model_type: "3.05M",
      file_type: "Q8_0",
      architecture: "amd64",
      os: "linux",
      rootfs: { type: "layers", diff_ids: shop.manifest().layers.map(({ digest }) => digest) },
    });
    expect(await storeViolations(shop.store.dir)).toEqual([]);
  });

  test("TestCreateFromModel: of another one, whose layers it shares", async () => {
    await withBase({ system: "Hi", licenses: ["MIT"], parameters: { top_k: 3 } });
    const said = await shop.create({ base: "BASE:latest" });
    expect(shop.manifest().layers).toEqual(shop.manifest("base").layers);
    expect(said.filter((status) => status.startsWith("creating"))).toEqual([]);
  });

  test("TestCreateRemovesLayers: what only its old self needed goes", async () => {
    await withBase({ template: "{{ .Prompt }}", system: "One" });
    await shop.create({ name: "base", base: "base", template: "{{ .Prompt }} x", system: "Two" });
    expect(shop.texts("system", "base")).toEqual(["Two"]);
    expect(await storeViolations(shop.store.dir)).toEqual([]);
    expect(shop.store.blobs.files()).toHaveLength(4);
  });

  test("TestCreateUnsetsSystem: what is empty is not there; what is absent stays", async () => {
    const messages = [{ role: "user" as const, content: "a" }];
    await withBase({ system: "Hi", template: "{{ .Prompt }}", messages, licenses: ["MIT"] });
    await shop.create({ base: "base", system: "", messages: [] });
    expect(shop.layers().map(([type]) => type)).toEqual(["model", "template", "license"]);
    await shop.create({ base: "base", template: "", licenses: [] });
    expect(shop.layers().map(([type]) => type)).toEqual(["model", "system", "messages"]);
  });

  test("TestCreateMergeParameters: over the base's, in the right types; null takes away", async () => {
    await withBase({ parameters: { temperature: 1, top_k: 10, stop: ["USER:", "ASSISTANT:"] } });
    await shop.create({ base: "base", parameters: { temperature: "0.6", use_mmap: "false" } });
    expect(JSON.parse(shop.texts("params")[0] ?? "")).toEqual({
      stop: ["USER:", "ASSISTANT:"],
      temperature: 0.6,
      top_k: 10,
      use_mmap: false,
    });
    await shop.create({ base: "test", parameters: { stop: "<|end|>", top_k: null } });
    expect(JSON.parse(shop.texts("params")[0] ?? "")).toEqual({
      stop: ["<|end|>"],
      temperature: 0.6,
      use_mmap: false,
    });
    await shop.create({ base: "test", parameters: { stop: [] } });
    expect(JSON.parse(shop.texts("params")[0] ?? "")).toEqual({
      temperature: 0.6,
      use_mmap: false,
    });
  });

  test("TestCreateReplacesMessages", async () => {
    await withBase({ messages: [{ role: "assistant", content: "one" }] });
    const messages = [
      { role: "user" as const, content: "two" },
      { role: "assistant" as const, content: "three" },
    ];
    await shop.create({ base: "base", messages });
    expect(shop.texts("messages").map((text) => JSON.parse(text))).toEqual([messages]);
    await shop.create({ name: "again", base: "test" });
    expect(shop.texts("messages", "again")).toEqual(shop.texts("messages"));
  });

  test("TestCreateTemplateSystem: the last word counts; a bad template is refused", async () => {
    await withBase({ template: "{{ .Prompt }}", system: "Say hello!" });
    await shop.create({
      base: "base",
      template: "{{ .System }} {{ .Prompt }}",
      system: "Say bye!",
    });
    expect(shop.layers().slice(1)).toEqual([
      ["template", "{{ .System }} {{ .Prompt }}"],
      ["system", "Say bye!"],
    ]);
    for (const template of ["{{ .Prompt", "{{ if }}", "{{ .Prompt }}{{ end }}"]) {
      const creating = shop.create({ name: "bad", base: "base", template });
      await expect(creating).rejects.toThrow(/^template error: /);
    }
    expect(shop.store.find(requireName("bad"))).toBeNull();
  });

  test("TestCreateLicenses: several, in place of the base's", async () => {
    await withBase({ licenses: ["MIT"] });
    await shop.create({ base: "base", licenses: ["MIT", "Apache-2.0"] });
    expect(shop.texts("license")).toEqual(["MIT", "Apache-2.0"]);
  });

  test("TestCreateDetectTemplate: by the file's own, unless it has one, or a renderer", async () => {
    const base = [await shop.upload(tinyPath)];
    expect(await shop.create({ base })).toContain("using autodetected template chatml-thinking");
    expect(shop.texts("template")[0]).toMatch(/<\|im_start\|>[\s\S]*<think>/);
    expect(JSON.parse(shop.texts("params")[0] ?? "").stop).toContain("<|im_end|>");
    await shop.create({ base, template: "", parameters: { stop: ["x"] } });
    expect(shop.layers().slice(1)).toEqual([["params", '{"stop":["x"]}']]);
    await shop.create({ base, renderer: "qwen3" });
    expect(shop.texts("template")).toEqual([]);
    await shop.create({ base, parameters: { stop: ["x"], top_k: 1 } });
    expect(shop.texts("params")).toEqual(['{"stop":["x"],"top_k":1}']);
  });

  test("TestCreateInheritsRendererParser: unless it has its own", async () => {
    await withBase({ renderer: "a", parser: "b", requires: "0.14.0" });
    await shop.create({ base: "base", parser: "c" });
    expect(shop.config()).toMatchObject({ renderer: "a", parser: "c", requires: "0.14.0" });
  });

  test.each([
    [{ capabilities: "completion" }, 'info field "capabilities" must be an array of strings'],
    [{ capabilities: ["a", 1] }, 'info field "capabilities" element 1 must be a string'],
    [{ model_family: 3 }, 'info field "model_family" must be a string'],
    [{ context_length: "4096" }, 'info field "context_length" must be a number'],
    [{ embedding_length: -1 }, 'info field "embedding_length" must be a non-negative integer'],
  ])("TestCreateInvalidInfoTypes: %j", async (info, message) => {
    await withBase();
    await expect(shop.create({ base: "base", info })).rejects.toThrow(message);
  });

  test("its info is shown in place of what the files say", async () => {
    const info = { model_family: "x", quantization_level: "Q1", context_length: 7 };
    await withBase({ info: { ...info, capabilities: ["vision"] } });
    expect(shop.config("base")).toMatchObject({
      model_family: "x",
      model_families: ["x"],
      file_type: "Q1",
      context_length: 7,
      capabilities: ["vision"],
    });
  });
});

describe("the files of a model", () => {
  test("are told apart by what they say: model, projector, adapter", async () => {
    const lora = join(shop.dir, "lora.gguf");
    writeTinyLora(lora, { modelPath: tinyPath });
    const projector = await shop.upload(mmprojPath, "x.gguf");
    const adapter = await shop.upload(lora, "y.gguf");
    const model = await shop.upload(tinyPath);
    await shop.create({ base: [projector, model], adapters: [adapter] });
    expect(shop.layers().slice(0, 3)).toEqual([
      ["model", model.digest ?? ""],
      ["projector", projector.digest ?? ""],
      ["adapter", adapter.digest ?? ""],
    ]);
    expect(shop.config().model_families).toEqual(["llama", "clip"]);
    const wrong = shop.create({ base: [model], adapters: [projector] });
    await expect(wrong).rejects.toThrow("x.gguf is no LoRA adapter");
  });

  test("an adapter for another architecture is refused", async () => {
    const path = join(shop.dir, "lora.gguf");
    writeTinyLora(path, { modelPath: tinyPath, architecture: "gpt2" });
    await withBase();
    const creating = shop.create({ base: "base", adapters: [await shop.upload(path, "y.gguf")] });
    const message = 'y.gguf is an adapter for "gpt2" models, this one is "llama"';
    await expect(creating).rejects.toThrow(message);
  });

  test("in parts are put together, whatever their names", async () => {
    const paths = writeSplitModel(join(shop.dir, "m"), 3);
    const parts = await Promise.all(paths.map((path, i) => shop.upload(path, `${9 - i}.gguf`)));
    const seen: string[] = [];
    const quantize: Quantize = async (job, onProgress, signal) => {
      seen.push(job.source.replace(/.*\//, ""));
      await copies(job, onProgress, signal);
    };
    const steps = new TestWorkshop({ store: shop.store, quantize });
    expect(await steps.create({ base: [...parts].reverse() })).toContain(
      "merging 3 parts of the model",
    );
    expect(seen).toEqual(["m-00001-of-00003.gguf", "m-00001-of-00003.gguf"]);
    expect(shop.texts("model")).toHaveLength(1);
    const lacking = shop.create({ base: parts.slice(1) });
    await expect(lacking).rejects.toThrow("invalid split GGUF: part 1 of 3 is missing");
    const twice = shop.create({ base: [...parts, ...parts.slice(0, 1)] });
    await expect(twice).rejects.toThrow("part 1 of 3 is there several times");
    steps[Symbol.dispose]();
  });

  test.each([
    ["several models", ["model", "model"], "the files hold several models: 0.gguf, 1.gguf"],
    ["a projector alone", ["projector"], "none of the files is a model"],
    ["nothing", [], "no files provided to convert"],
  ])("of %s are refused", async (_what, kinds, message) => {
    const paths = kinds.map((kind) => (kind === "model" ? tinyPath : mmprojPath));
    const base = await Promise.all(paths.map((path, i) => shop.upload(path, `${i}.gguf`)));
    await expect(shop.create({ base })).rejects.toThrow(message);
  });

  test.each([
    ["a.gguf", "hello", "a.gguf: supplied file was not in GGUF format"],
    ["a.gguf", "", "a.gguf: supplied file was not in GGUF format"],
    ["a.gguf", "GGUF\x03\0\0\0", "a.gguf: it ends too early"],
    ["model.safetensors", "x", "model.safetensors is a safetensors file; convert it to GGUF first"],
    ["pytorch_model.bin", "PK", "pytorch_model.bin is a PyTorch file; convert it to GGUF first"],
  ])("%s with %j is refused", async (name, content, message) => {
    const path = join(shop.dir, "file");
    writeFileSync(path, content);
    await expect(shop.create({ base: [{ name, path }] })).rejects.toThrow(message);
    expect(shop.store.names()).toEqual([]);
  });

  test.each([
    (source: string) => [`llama_model_quantize: failed to quantize: bad ${source}`],
    (source: string) => [
      `gguf_init: bad ${source}`,
      `llama_model_quantize: failed to quantize: loader: failed to load model from ${source}`,
    ],
  ])("that llama.cpp refuses are refused in its words: case %#", async (says) => {
    const quantize: Quantize = async ({ source }) => {
      const lines = ["llama.cpp cannot use the model", ...says(source)];
      throw new AppError("invalid_request", lines.join("\n"));
    };
    const strict = new TestWorkshop({ store: shop.store, quantize });
    const steps = strict.steps({ base: [await shop.upload(tinyPath, "odd.gguf")] });
    await expect(steps.next()).rejects.toThrow("odd.gguf: llama.cpp cannot use it: bad odd.gguf");
    strict[Symbol.dispose]();
  });

  test("that are no blobs are copied: what happens to them later does not matter", async () => {
    const path = join(shop.dir, "own.gguf");
    copyFileSync(tinyPath, path);
    const said = await shop.create({ base: [{ name: "own.gguf", path }] });
    expect(said).toContain("copying own.gguf");
    rmSync(path);
    expect(await storeViolations(shop.store.dir)).toEqual([]);
  });
});

describe("a base that is not in the store", () => {
  const served = { name: "plain", path: tinyPath, sizeBytes: 1, modifiedAt: 1 };

  test("is copied from where it is served, with what its Modelfile says", async () => {
    const described = {
      from: [tinyPath],
      system: "Hi",
      parameters: [["top_k", 3] as [string, number]],
      messages: [],
      renderer: "r",
    };
    const model = { ...served, mmprojPath, described };
    const find = (name: string) => (name === "plain" ? model : undefined);
    using made = new TestWorkshop({ store: shop.store, find });
    await made.create({ base: "plain", parameters: { top_p: 0.5 } });
    expect(shop.layers().map(([type]) => type)).toEqual(["model", "projector", "system", "params"]);
    expect(shop.texts("params")).toEqual(['{"top_k":3,"top_p":0.5}']);
    expect(shop.config().renderer).toBe("r");
  });

  test("is pulled, and its steps are reported", async () => {
    const { store } = shop;
    const pull = async function* () {
      yield { status: "pulling manifest" };
      const { digest, size } = await store.blobs.put(await Bun.file(tinyPath).bytes());
      const config = { mediaType: "c", ...(await store.blobs.put("{}")) };
      const layers = [{ mediaType: "application/vnd.ollama.image.model", digest, size }];
      const rest = { schemaVersion: 2 as const, mediaType: "m" };
      await store.write(requireName("far"), { ...rest, config, layers });
      yield { status: "success" };
    };
    using made = new TestWorkshop({ store, pull });
    const said = await made.create({ base: "far", system: "Hi" });
    expect(said.slice(0, 1)).toEqual(["pulling manifest"]);
    expect(said).not.toContain("success");
    expect(shop.texts("system")).toEqual(["Hi"]);
  });

  test("that nobody has is not found", async () => {
    await expect(shop.create({ base: "nobody" })).rejects.toThrow("model 'nobody' not found");
    await expect(shop.create({ base: "no body" })).rejects.toThrow("invalid model name");
  });

  test("that lacks a blob is refused", async () => {
    await withBase({ system: "Hi" });
    const system = shop.manifest("base").layers.at(-1)?.digest ?? "";
    rmSync(shop.store.blobs.path(system));
    await expect(shop.create({ base: "base" })).rejects.toThrow(`blob "${system}" is missing`);
  });
});

describe("quantizing", () => {
  const floatModel = async () => {
    const path = join(shop.dir, "f16.gguf");
    writeFloatModel(path);
    return await shop.upload(path);
  };

  test("says what it does, and how far it is", async () => {
    const steps: object[] = [];
    const base = [await floatModel()];
    for await (const step of shop.steps({ base, quantize: "Q4_K_M" })) steps.push(step);
    const size = shop.store.blobs.size(base[0]?.digest ?? "") ?? 0;
    const status = "quantizing F16 model to Q4_K_M";
    const digest = "0000000000000000000";
    expect(steps).toContainEqual({ status, digest, total: size, completed: 0 });
  });

  test.each(["file", "base"])("takes no model that is quantised already: a %s", async (kind) => {
    await withBase();
    const base = kind === "base" ? "base" : [await shop.upload(tinyPath)];
    const creating = shop.create({ base, quantize: "Q4_0" });
    const message = "quantization is only supported for F16, BF16 and F32 models";
    await expect(creating).rejects.toThrow(message);
  });

  test("of a draft model needs one", async () => {
    await withBase();
    const creating = shop.create({ base: "base", quantizeDraft: "Q8_0" });
    await expect(creating).rejects.toThrow("there is no draft model");
  });

  test("that fails leaves nothing, nor does a client that hangs up", async () => {
    const begun = Promise.withResolvers<void>();
    const quantize: Quantize = async ({ target, type }, onProgress, signal) => {
      if (target === null) return;
      writeFileSync(target, "half");
      if (type === "Q4_0") throw new Error("out of luck");
      begun.resolve();
      onProgress(0.5);
      await new Promise((_resolve, reject) => signal.addEventListener("abort", reject));
    };
    using strict = new TestWorkshop({ store: shop.store, quantize });
    const base = [await floatModel()];
    const before = shop.store.blobs.files();
    await expect(strict.create({ base, quantize: "Q4_0" })).rejects.toThrow("out of luck");
    expect(shop.store.blobs.files()).toEqual(before);

    const steps = strict.steps({ base, quantize: "Q8_0", system: "never kept" });
    for (let status = ""; !status.startsWith("quantizing"); ) {
      const step = await steps.next();
      status = step.done ? "quantizing never began" : step.value.status;
    }
    await begun.promise;
    await steps.return(undefined);
    expect(shop.store.blobs.files()).toEqual(before);
    expect(shop.store.names()).toEqual([]);
  });
});

test("creating, copying and removing at once leaves every model whole", async () => {
  await withBase({ system: "Same", licenses: ["MIT"] });
  const names = Array.from({ length: 12 }, (_, i) => `m${i}`);
  await Promise.all(
    names.map(async (name, i) => {
      await shop.create({ name, base: "base", system: i % 2 ? "Same" : `Own ${i % 3}` });
      if (i % 3 === 0) await shop.store.remove(requireName(name));
    }),
  );
  expect(shop.store.names()).toHaveLength(9);
  expect(await storeViolations(shop.store.dir)).toEqual([]);
});
