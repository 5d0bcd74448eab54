import { afterEach, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { readFileSync, rmSync, truncateSync } from "node:fs";
import { join } from "node:path";
import { type Capability, capabilitiesOf } from "../../src/models/capabilities.ts";
import { Catalog, type Model } from "../../src/models/catalog.ts";
import { detailsOf, digestOf } from "../../src/models/model-details.ts";
import { requireName } from "../../src/models/name.ts";
import { Store } from "../../src/models/store.ts";
import { requireBlobs, storedModel } from "../../src/models/stored-model.ts";
import { writeFloatModel } from "../support/float-models.ts";
import { temporaryDir } from "../support/server.ts";
import { storeLibrary } from "../support/store-library.ts";
import {
  type HandMadeModel,
  layOut,
  library,
  putManifest,
  sha256,
  tinyMmproj,
  tinyText,
} from "../support/stored-models.ts";

let dir: ReturnType<typeof temporaryDir>;
let store: Store;
let notes: string[];
beforeEach(() => {
  dir = temporaryDir();
  store = new Store(dir.path);
  notes = [];
});
afterEach(() => dir[Symbol.dispose]());

const blob = (content: Uint8Array | string) => join(dir.path, `blobs/sha256-${sha256(content)}`);

/** The model as it is after being laid out. */
function made(parts: HandMadeModel, path = library("demo")): Model {
  layOut(dir.path, path, parts);
  const [, namespace, model, tag] = path.split("/");
  const stored = store.find(requireName(`${namespace}/${model}:${tag}`));
  if (!stored) throw new Error(`there is no ${path}`);
  return storedModel(store, stored, (text) => notes.push(text));
}

describe("a model of the store", () => {
  test("is its layers", () => {
    const [adapter, draft] = [Buffer.from("adapter"), Buffer.from("draft")];
    const model = made({
      projector: tinyMmproj(),
      adapters: [adapter],
      draft,
      template: "{{ .System }}|{{ .Prompt }}",
      system: "Be kind.",
      params: { temperature: 0.5, stop: ["a", "b"], num_ctx: 256, seed: null },
      messages: [
        { role: "user", content: "hi" },
        { role: "nobody", content: "?" },
      ],
    });
    expect(model).toMatchObject({
      name: "demo:latest",
      path: blob(tinyText()),
      mmprojPath: blob(tinyMmproj()),
      load: {
        sampling: { temperature: 0.5 },
        stop: ["a", "b"],
        nCtxSeq: 256,
        lora: [{ path: blob(adapter), scale: 1 }],
        speculation: { draft_model: blob(draft) },
        chat: {
          goTemplate: "{{ .System }}|{{ .Prompt }}",
          system: "Be kind.",
          messages: [{ role: "user", content: "hi" }],
        },
      },
    });
    expect(notes).toEqual([]);
  });

  test("its size is that of all blobs, its digest and time those of its manifest", () => {
    const model = made({ system: "Be kind." });
    const config = model.stored?.manifest.config.size ?? 0;
    expect(model.sizeBytes).toBe(tinyText().length + "Be kind.".length + config);
    expect(digestOf(model)).toBe(model.stored?.digest ?? "");
    expect(Math.abs(Date.now() - model.modifiedAt)).toBeLessThan(60_000);
  });

  test("a parameter that does not fit costs only itself, and is told about", () => {
    const { load } = made({ params: { top_k: "many", temperature: 0, no_such: 1, tfs_z: 1 } });
    expect(load).toEqual({ sampling: { temperature: 0 } });
    expect(notes).toEqual([
      'demo:latest: PARAMETER top_k must be a number, not "many"',
      "demo:latest: PARAMETER no_such has no effect: there is no such parameter",
      "demo:latest: PARAMETER tfs_z has no effect: llama.cpp no longer has it",
    ]);
  });

  test.each<[string, HandMadeModel, boolean]>([
    ["a template", { template: "{{ .Prompt }}!" }, true],
    ["one that says nothing", { template: "{{ .Prompt }}" }, false],
    ["one for a renderer", { template: "x{{ .Prompt }}", config: { renderer: "qwen3" } }, false],
    [
      "one for a renderer, and the GGUF has none",
      { template: "x{{ .Prompt }}", config: { renderer: "r" }, model: tinyMmproj() },
      true,
    ],
  ])("%s: is it used?", (_what, parts, isUsed) => {
    const { chat } = made(parts).load ?? {};
    expect(chat?.goTemplate).toBe(isUsed ? parts.template : undefined);
  });

  test("what was called a prompt at first is the template", () => {
    const model = made({ template: "{{ .Prompt }}!" });
    const manifest = JSON.stringify(model.stored?.manifest).replace(
      "image.template",
      "image.prompt",
    );
    putManifest(dir.path, library("demo"), manifest);
    const stored = store.find(requireName("demo"));
    const old = stored && storedModel(store, stored, () => {});
    expect(old?.load?.chat?.goTemplate).toBe("{{ .Prompt }}!");
  });

  test.each([
    ["missing", () => rmSync(blob(tinyText())), "is missing; pull it again"],
    ["cut", () => truncateSync(blob(tinyText()), 9), "has 9 bytes instead of"],
  ])("with a blob that is %s it is listed, and loading says what is wrong", (_what, spoil, why) => {
    made({});
    spoil();
    const model = asItLies();
    expect(detailsOf(model)).toMatchObject({ family: "llama", parameterSize: "3.05M" });
    expect(capabilitiesOf(model)).toEqual([]);
    expect(() => requireBlobs(store, model)).toThrow(`sha256:${sha256(tinyText())}`);
    expect(() => requireBlobs(store, model)).toThrow(why);
  });

  /** The demo as it lies there. */
  function asItLies(): Model {
    const stored = store.find(requireName("demo"));
    if (!stored) throw new Error("there is no demo");
    return storedModel(store, stored, () => {});
  }

  test("one that runs elsewhere is listed, and cannot be loaded", () => {
    const config = { remote_host: "https://example.com", capabilities: ["completion", "magic"] };
    const model = made({ config });
    expect(() => requireBlobs(store, model)).toThrow("runs on https://example.com");
    expect(capabilitiesOf({ ...model, path: "" })).toEqual(["completion"]);
  });

  test("an empty config of early days: the file itself says what the model is", () => {
    const bare = {
      model_format: undefined,
      model_family: undefined,
      model_families: undefined,
      model_type: undefined,
      file_type: undefined,
    };
    expect(detailsOf(made({ config: bare }))).toEqual({
      format: "gguf",
      family: "llama",
      families: ["llama"],
      parameterSize: "3.05M",
      quantizationLevel: "Q8_0",
      contextLength: 1024,
      embeddingLength: 192,
    });
  });
});

describe("capabilities", () => {
  /** The tiny model as if it knew tools and no thoughts, and could not fill gaps. */
  let plain: Uint8Array;
  beforeAll(() => {
    using place = temporaryDir();
    const path = join(place.path, "plain.gguf");
    writeFloatModel(path, "F16", {
      "tokenizer.chat_template": { type: "string", value: "{{ tools }}{{ messages }}" },
      "tokenizer.ggml.fim_pre_token_id": null,
      "tokenizer.ggml.fim_suf_token_id": null,
      "tokenizer.ggml.fim_mid_token_id": null,
    });
    plain = readFileSync(path);
  });

  const thinking = { template: "{{ if .Think }}x{{ end }}{{ .Prompt }}" };

  test.each<[string, HandMadeModel, Capability[]]>([
    ["the GGUF's template", {}, ["completion", "tools"]],
    ["a projector", { projector: tinyMmproj() }, ["completion", "vision", "tools"]],
    ["a Go template without tools", { template: "{{ .Prompt }}!" }, ["completion"]],
    ["one with them", { template: "{{ .Tools }}{{ .Prompt }}" }, ["completion", "tools"]],
    ["one with a suffix", { template: "{{ .Prompt }}{{ .Suffix }}" }, ["completion", "insert"]],
    ["one that thinks", thinking, ["completion", "thinking"]],
    ["one that does not parse", { template: "{{ if }}" }, ["completion"]],
  ])("come from %s", (_what, parts, expected) => {
    expect(capabilitiesOf(made({ model: plain, ...parts }))).toEqual(expected);
  });

  test.each<[string, Capability[]]>([
    ["{{ tools }}", ["completion", "tools"]],
    ["{% if enable_thinking %}", ["completion", "thinking"]],
    ["<think>", ["completion", "thinking"]],
    ["{{ messages }}", ["completion"]],
  ])("come from a Jinja template: %s", (template, expected) => {
    const model = { ...made({ model: plain }), load: { chat: { template } } };
    expect(capabilitiesOf(model)).toEqual(expected);
  });

  test.each<[string, HandMadeModel, Capability[]]>([
    ["its own template", {}, ["completion", "tools", "insert", "thinking"]],
    ["another that does not think", { template: "{{ .Prompt }}!" }, ["completion", "insert"]],
    ["another that thinks", thinking, ["completion", "insert", "thinking"]],
    ["one that does not parse", { template: "{{ if }}" }, ["completion", "insert"]],
  ])("come from the tokens to fill gaps with, and %s", (_what, parts, expected) => {
    expect(capabilitiesOf(made(parts))).toEqual(expected);
  });
});

describe("the catalog", () => {
  const builtIn: Model = { name: "tiny", path: "/tiny.gguf", sizeBytes: 1, modifiedAt: 1 };
  const read = async (own: readonly Model[] = [builtIn]) => {
    const source = storeLibrary(store, own);
    return new Catalog(await source.read(), (name) => source.arrived(name));
  };

  test.each([
    "llama3.2",
    "llama3.2:latest",
    "LLAMA3.2",
    "library/llama3.2",
    "registry.ollama.ai/library/llama3.2:latest",
    "Registry.ollama.ai/Library/Llama3.2:Latest",
  ])("knows a model of the store as %s", async (name) => {
    layOut(dir.path, library("llama3.2"));
    const catalog = await read();
    expect(catalog.find(name).name).toBe("llama3.2:latest");
    expect(catalog.lookUp("llama3.2:1b")).toBeUndefined();
    expect(catalog.lookUp("me/llama3.2")).toBeUndefined();
  });

  test("knows plain files with a tag and without", async () => {
    const catalog = await read();
    expect(catalog.find("tiny").name).toBe("tiny");
    expect(catalog.find("tiny:latest").name).toBe("tiny");
    expect(catalog.lookUp("Tiny")).toBeUndefined();
  });

  test("the store's model wins over what comes with the program", async () => {
    layOut(dir.path, library("Tiny"));
    const catalog = await read();
    expect(catalog.models.map(({ name }) => name)).toEqual(["Tiny:latest"]);
    expect(catalog.find("tiny").stored).toBeDefined();
  });

  test("a model that another program pulled is found without being told", async () => {
    const catalog = await read();
    expect(catalog.lookUp("late")).toBeUndefined();
    layOut(dir.path, library("late"));
    expect(catalog.lookUp("late")?.name).toBe("late:latest");
    expect(catalog.models.map(({ name }) => name)).toEqual(["tiny", "late:latest"]);
  });

  test.each([
    ["a path", "../../../etc/passwd"],
    ["a NUL", "x\0"],
    ["a folder", ".."],
    ["an absolute path", "/etc/passwd"],
    ["an encoded path", "%2e%2e/x"],
    ["10 kB", "a".repeat(10_000)],
  ])("%s is no model, and looks nowhere", async (_, name) => {
    layOut(dir.path, library("demo"));
    const catalog = await read();
    expect(catalog.lookUp(name)).toBeUndefined();
    expect(() => catalog.find(name)).toThrow("not found");
  });

  test("a model that another program pulled anew is loaded as it is now", async () => {
    layOut(dir.path, library("demo"), { system: "Be kind." });
    const source = storeLibrary(store, []);
    const [old] = await source.read();
    if (!old) throw new Error("there is no demo");
    layOut(dir.path, library("demo"), { system: "Be brief." });
    rmSync(blob("Be kind."));
    const fetched = await source.fetch(old, () => {}, new AbortController().signal);
    expect(fetched.load?.chat?.system).toBe("Be brief.");
  });

  test("a corrupt manifest is left out, and asking for it is not worse", async () => {
    layOut(dir.path, library("demo"));
    putManifest(dir.path, library("bad"), "{");
    const catalog = await read();
    expect(catalog.models.map(({ name }) => name)).toEqual(["tiny", "demo:latest"]);
    expect(catalog.lookUp("bad")).toBeUndefined();
  });
});

test("a plain file's digest stays until the file changes", () => {
  const file = { name: "x", path: "/x.gguf", sizeBytes: 1, modifiedAt: 1 };
  expect(digestOf(file)).toMatch(/^[0-9a-f]{64}$/);
  expect(digestOf({ ...file })).toBe(digestOf(file));
  expect(digestOf({ ...file, modifiedAt: 2 })).not.toBe(digestOf(file));
});
