import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { UsageError } from "../../src/core/flags/flag.ts";
import type { LoadOptions } from "../../src/core/load.ts";
import type { ModelSource } from "../../src/core/server.ts";
import { Catalog, type Model } from "../../src/models/catalog.ts";
import { Hub } from "../../src/models/hub.ts";
import { parseIni } from "../../src/models/ini.ts";
import { type LibrarySettings, LocalLibrary } from "../../src/models/library.ts";
import { mergeLoad } from "../../src/models/load-options.ts";
import type { PresetReader } from "../../src/models/presets.ts";
import { commit, MockHub, someBytes } from "./mock-hub.ts";

const never = new AbortController().signal;

let dir: string;
let hub: Hub;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "hutch-library-"));
  hub = new Hub({
    endpoint: "http://127.0.0.1:1/",
    cacheDir: join(dir, "hub"),
    urlCacheDir: join(dir, "urls"),
    token: null,
    isOffline: true,
  });
});
afterEach(() => rmSync(dir, { recursive: true }));

/** Writes a file of `nBytes` bytes. @returns its path */
function put(path: string, nBytes = 1): string {
  const whole = join(dir, path);
  mkdirSync(dirname(whole), { recursive: true });
  writeFileSync(whole, "x".repeat(nBytes));
  return whole;
}

/** Puts a file into the hub's cache. */
function cached(repo: string, file: string): string {
  hub.cache.saveRef(repo, "main", commit);
  return put(`hub/models--${repo.replace("/", "--")}/snapshots/${commit}/${file}`);
}

/** Knows four flags; `c` and `temp` are numbers. */
const readPreset: PresetReader = (entries, where) => {
  const load: LoadOptions = {};
  const model: ModelSource = { mmprojAuto: true, aliases: [], tags: [] };
  for (const [key, value] of Object.entries(entries)) {
    if (key === "c" || key === "ctx-size") load.nCtx = Number(value);
    else if (key === "temp") load.sampling = { temperature: Number(value) };
    else if (key === "model") model.path = value;
    else if (key === "hf-repo") model.hfRepo = value;
    else if (key === "draft-repo") model.draft = { hfRepo: value };
    else if (key === "alias") model.aliases = value.split(",");
    else throw new UsageError(`${key} in ${where}`);
  }
  return { load, model };
};

const tiny: Model = { name: "tiny", path: "/tiny.gguf", sizeBytes: 5, modifiedAt: 0 };

function library(more: Partial<LibrarySettings> = {}, presets?: string) {
  const presetPath = presets === undefined ? null : join(dir, "presets.ini");
  if (presetPath !== null) writeFileSync(presetPath, presets ?? "");
  return new LocalLibrary(hub, {
    profile: "router",
    own: null,
    builtIn: [tiny],
    store: null,
    modelsDir: null,
    presetPath,
    load: {},
    readPreset,
    note: () => {},
    ...more,
  });
}

const own = (more: Partial<ModelSource>): ModelSource => ({
  mmprojAuto: true,
  aliases: [],
  tags: [],
  ...more,
});

const names = (models: readonly Model[]) => models.map(({ name }) => name);

async function only(lib: LocalLibrary): Promise<Model> {
  const [model, ...others] = await lib.read();
  if (!model || others.length > 0) throw new Error("not one model");
  return model;
}

describe("the command line's model", () => {
  test("is called by its file; the first alias in the alphabet takes its place", async () => {
    const path = put("some-model.gguf", 7);
    const [plain, second] = await library({ profile: "hutch", own: own({ path }) }).read();
    expect([plain, second]).toMatchObject([{ name: "some-model", path, sizeBytes: 7 }, tiny]);
    const aliases = ["zeta", "alpha", "zeta"];
    const [named] = await library({ profile: "hutch", own: own({ path, aliases }) }).read();
    expect(named).toMatchObject({ name: "alpha", aliases: ["zeta"] });
  });

  test("is the only one in llama-server's profile, and called by its path there", async () => {
    const path = put("m.gguf");
    cached("org/one", "m-Q8_0.gguf");
    const model = await only(library({ profile: "llama-server", own: own({ path }) }));
    expect(model.name).toBe(path);
  });

  test("takes a built-in model's name", async () => {
    const lib = library({ profile: "hutch", own: own({ path: put("tiny.gguf", 9) }) });
    expect(await only(lib)).toMatchObject({ name: "tiny", sizeBytes: 9 });
  });

  test("that is not there is an error that names it", async () => {
    const path = join(dir, "none.gguf");
    const lib = library({ own: own({ path }) });
    await expect(lib.read()).rejects.toThrow(`no such file: ${path}`);
  });

  test("may have to be fetched first", async () => {
    const hfRepo = "org/one:Q8_0";
    const lib = library({ profile: "llama-server", own: own({ hfRepo }) });
    const model = await only(lib);
    expect(model).toMatchObject({ name: hfRepo, path: "" });
    await expect(lib.fetch(model, () => {}, never)).rejects.toThrow("--offline");
    const path = cached("org/one", "m-Q8_0.gguf");
    expect(await lib.fetch(model, () => {}, never)).toMatchObject({ path, sizeBytes: 1 });
  });
});

describe("a folder of models", () => {
  test("has files, and folders with split models, projectors and drafts", async () => {
    put("models/one.gguf");
    put("models/mmproj-one.gguf");
    put("models/mtp-one.gguf");
    put("models/notes.txt");
    put("models/split/m-00001-of-00002.gguf", 2);
    put("models/split/m-00002-of-00002.gguf", 3);
    put("models/cut/m-00001-of-00002.gguf");
    put("models/sees/m.gguf");
    const mmprojPath = put("models/sees/mmproj-F16.gguf");
    const draft_model = put("models/sees/mtp-m.gguf");
    mkdirSync(join(dir, "models", "empty"));
    const models = await library({ modelsDir: join(dir, "models") }).read();
    expect(models).toMatchObject([
      { name: "one", origin: "models_dir", mmprojPath: undefined },
      { name: "sees", mmprojPath, load: { speculation: { draft_model } } },
      { name: "split", sizeBytes: 5 },
    ]);
    expect(models).toHaveLength(3);
  });

  test("that is not there is an error", () =>
    expect(library({ modelsDir: join(dir, "none") }).read()).rejects.toThrow("no such folder"));
});

describe("cached models", () => {
  test("go by repository and quantization, and are used without asking the hub", async () => {
    const path = cached("org/one", "m-Q8_0.gguf");
    const mmprojPath = cached("org/one", "mmproj-F16.gguf");
    const lib = library();
    const model = await only(lib);
    expect(model).toMatchObject({ name: "org/one:Q8_0", origin: "cache", path, mmprojPath });
    expect(await lib.fetch(model, () => {}, never)).toMatchObject({ path, mmprojPath });
  });

  test("are located on the hub and downloaded even with --offline: somebody said so", async () => {
    using mock = new MockHub({ "org/new": { "m-Q8_0.gguf": { bytes: someBytes(9) } } });
    const settings = { cacheDir: join(dir, "hub"), urlCacheDir: dir, token: null };
    hub = new Hub({ ...settings, endpoint: mock.endpoint, isOffline: true });
    const lib = library();
    const located = await lib.locate("org/new:Q8_0", never);
    expect(located).toMatchObject({ name: "org/new:Q8_0", origin: "cache", path: "" });
    await lib.fetch(located, () => {}, never);
    expect(await only(lib)).toMatchObject({ name: "org/new:Q8_0", sizeBytes: 9 });
    await expect(lib.locate("org/new:F16", never)).rejects.toThrow(
      'no GGUF file for "org/new:F16"',
    );
    await expect(lib.locate("org/none", never)).rejects.toThrow("no such repository");
  });

  test("are not offered while a part is missing", async () => {
    cached("org/half", "m-Q8_0-00001-of-00002.gguf");
    expect(await library().read()).toEqual([]);
  });

  test("can be removed, other models cannot", async () => {
    cached("org/one", "m-Q8_0.gguf");
    const lib = library();
    await lib.remove(await only(lib));
    expect(await lib.read()).toEqual([]);
    await expect(lib.remove(tiny)).rejects.toThrow('model "tiny" is not removable');
  });
});

describe("presets", () => {
  test("come over the global section, and the command line over them", async () => {
    const path = put("m.gguf", 3);
    const text = `[*]\nc = 8192\ntemp = 1\n[mine]\nmodel = ${path}\nctx-size = 512\nalias = me`;
    const model = await only(library({ load: { nParallel: 2 } }, text));
    expect(model).toMatchObject({ name: "mine", origin: "preset", aliases: ["me"], path });
    expect(model.load).toEqual({ nCtx: 512, sampling: { temperature: 1 }, nParallel: 2 });
    const [over] = await library({ load: { nCtx: 64 } }, text).read();
    expect(over?.load?.nCtx).toBe(64);
  });

  test("change a model that is there, whatever the case of its quantization", async () => {
    const path = cached("org/one", "m-Q8_0.gguf");
    const model = await only(library({}, "[org/one:q8_0]\nc = 512"));
    expect(model).toMatchObject({ name: "org/one:Q8_0", path, load: { nCtx: 512 } });
    expect(model.from?.hfRepo).toBe("org/one:Q8_0");
  });

  test("say what is no flag: when to load, how long to wait, whom to hide", async () => {
    cached("org/one", "m-Q8_0.gguf");
    cached("org/two", "m-Q8_0.gguf");
    cached("org/three", "m-Q8_0.gguf");
    const text = [
      "version = 1",
      "[mine]",
      "hf-repo = org/one",
      "draft-repo = org/two",
      "load-on-startup = true",
      "stop-timeout = 3",
      "dedup-cache-models = 1",
    ].join("\n");
    const models = await library({}, text).read();
    expect(names(models)).toEqual(["mine", "org/one:Q8_0", "org/three:Q8_0", "org/two:Q8_0"]);
    expect(models.map(({ isHidden = false }) => isHidden)).toEqual([false, true, false, true]);
    expect(models[0]).toMatchObject({ loadsAtStart: true, stopSeconds: 3 });
  });

  test("of a file that is not there are an error, and so is a bad option", async () => {
    await expect(library({ presetPath: join(dir, "none.ini") }).read()).rejects.toThrow("none.ini");
    await expect(library({}, "[a]\nfoo = 1").read()).rejects.toMatchObject({
      code: "invalid_request",
      message: expect.stringContaining("foo in [a] of"),
    });
    await expect(library({}, "[a]\nstop-timeout = x").read()).rejects.toThrow("stop-timeout");
  });
});

describe("parseIni", () => {
  test("reads sections, comments, spaces and repeated keys", () => {
    const text =
      "; first\r\n a = 1 ; one\n[ s:x ]\nb.c-d=two words  # two\nb.c-d = 3\n\n[t]\nempty =";
    expect([...parseIni(text, "f")]).toEqual([
      ["default", { a: "1" }],
      ["s:x", { "b.c-d": "3" }],
      ["t", { empty: "" }],
    ]);
  });

  test.each(["[open", "no value", "= 1", "1a = 2"])("refuses %p, and names the line", (line) =>
    expect(() => parseIni(`a = 1\n${line}`, "f.ini")).toThrow("f.ini:2"),
  );
});

test("options are laid over each other group by group", () => {
  const below = { nCtx: 1, model: { main_gpu: 1, check_tensors: true }, stop: ["a", "b"] };
  const above = { nCtx: undefined, model: { main_gpu: 2 }, stop: ["c"], lora: [] };
  expect(mergeLoad(below, undefined, above)).toEqual({
    nCtx: 1,
    model: { main_gpu: 2, check_tensors: true },
    stop: ["c"],
    lora: [],
  });
  expect(below.model.main_gpu).toBe(1);
});

describe("Catalog", () => {
  const one: Model = { ...tiny, name: "one", aliases: ["uno"] };

  test("finds models by name, alias, or Ollama's :latest", () => {
    const catalog = new Catalog([tiny, one]);
    const found = ["one", "uno", "one:latest", undefined, ""].map((name) => catalog.find(name));
    expect(names(found)).toEqual(["one", "one", "one", "tiny", "tiny"]);
    expect(() => catalog.find("two")).toThrow('"two" not found; this server has "tiny", "one"');
    const long = `model "${"x".repeat(200)}…" not found`;
    expect(() => catalog.find("x".repeat(1000))).toThrow(long);
  });

  test("without models knows none, not even a default one", () => {
    expect(() => new Catalog([]).default).toThrow("no models");
    expect(() => new Catalog([]).find("x")).toThrow("this server has no models");
  });

  test("refuses two models of one name, and stays as it was", () => {
    const catalog = new Catalog([one]);
    const other: Model = { ...tiny, aliases: ["uno"] };
    expect(() => catalog.replaceAll([one, other])).toThrow(
      '"uno" of model "tiny" already means "one"',
    );
    expect(catalog.models).toEqual([one]);
  });
});
