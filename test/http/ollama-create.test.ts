import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { toRecipe, toRecipeOfModelfile } from "../../src/http/ollama/create-request.ts";
import type { CreateRequest } from "../../src/http/ollama/create-schema.ts";
import { ServerFiles } from "../../src/http/ollama/server-files.ts";
import { parseModelfile } from "../../src/models/modelfile.ts";
import { requireName } from "../../src/models/name.ts";
import { Store } from "../../src/models/store.ts";

const dir = mkdtempSync(join(tmpdir(), "hutch-create-request-"));
const models = join(dir, "models");
const store = new Store(join(dir, "store"));
let digest = "";

beforeAll(async () => {
  mkdirSync(models);
  for (const name of ["b.gguf", "a.gguf", "notes.txt"]) writeFileSync(join(models, name), name);
  writeFileSync(join(dir, "secret.gguf"), "secret");
  symlinkSync(join(dir, "secret.gguf"), join(models, "link.gguf"));
  digest = (await store.blobs.put("a blob")).digest;
});
afterAll(() => rmSync(dir, { recursive: true }));

describe("a request in today's form", () => {
  test("has its fields of both generations", () => {
    const body: CreateRequest = {
      name: "own",
      from: "tiny",
      license: "MIT",
      quantization: "q4_k_m",
      requires: "v0.14.0",
      messages: [{ role: "user", content: "a" }],
    };
    expect(toRecipe(body, store)).toMatchObject({
      name: requireName("own"),
      base: "tiny",
      licenses: ["MIT"],
      quantize: "Q4_K_M",
      requires: "0.14.0",
      messages: [{ role: "user", content: "a" }],
    });
    const both = { ...body, model: "other", quantize: "Q8_0", license: ["a", "b"] };
    const { name, quantize, licenses } = toRecipe(both, store);
    expect([name.model, quantize, licenses]).toEqual(["other", "Q8_0", ["a", "b"]]);
  });

  test("names blobs, however their digest is written", () => {
    const source = { name: "x/a.gguf", path: store.blobs.path(digest), digest };
    for (const text of [digest, digest.replace(":", "-").toUpperCase().replace("SHA", "sha")]) {
      const body = { model: "own", files: { "x/a.gguf": text }, adapters: { "x/a.gguf": text } };
      expect(toRecipe(body, store)).toMatchObject({ base: [source], adapters: [source] });
    }
  });

  test.each(["/a.gguf", "a/../b.gguf", "./a.gguf", "a//b", "", "C:\\a.gguf", "a\\b"])(
    "a file is never called %j",
    (name) => {
      const body = { model: "own", files: { [name]: digest } };
      expect(() => toRecipe(body, store)).toThrow("file path must be relative");
    },
  );

  test("too many files are refused", () => {
    const files = Object.fromEntries(Array.from({ length: 1025 }, (_, i) => [`${i}`, digest]));
    expect(() => toRecipe({ model: "own", files }, store)).toThrow("too many files: 1025");
  });
});

describe("a Modelfile of a client", () => {
  const recipe = (text: string, path?: string) => {
    const modelfile = parseModelfile(new TextEncoder().encode(text));
    return toRecipeOfModelfile({ model: "own" }, modelfile, new ServerFiles(store, [models], path));
  };

  test("says what a request of today does", () => {
    const lines = [
      "FROM tiny:latest",
      "PARAMETER stop a",
      "PARAMETER stop b",
      "PARAMETER top_k 3",
      "PARAMETER use_mmap false",
      "SYSTEM Hi",
      "LICENSE MIT",
    ];
    expect(recipe(lines.join("\n"))).toMatchObject({
      base: "tiny:latest",
      parameters: { stop: ["a", "b"], top_k: 3, use_mmap: false },
      system: "Hi",
      licenses: ["MIT"],
      messages: undefined,
      template: undefined,
    });
  });

  test("names files from its folder on, whole folders, and blobs", () => {
    const file = (name: string) => ({ name, path: join(models, name) });
    const path = join(models, "Modelfile");
    expect(recipe("FROM a.gguf", path).base).toEqual([file("a.gguf")]);
    expect(recipe("FROM ./a.gguf\nFROM b.gguf", path).base).toEqual(["a.gguf", "b.gguf"].map(file));
    const blob = { name: digest, path: store.blobs.path(digest), digest };
    expect(recipe(`FROM @${digest}\nADAPTER ${digest}`)).toMatchObject({
      base: [blob],
      adapters: [blob],
    });
    const inStore = { ...blob, name: basename(blob.path) };
    expect(recipe(`FROM ${blob.path}`).base).toEqual([inStore]);
    rmSync(join(models, "link.gguf"));
    expect(recipe(`FROM ${models}`).base).toEqual(["a.gguf", "b.gguf"].map(file));
    symlinkSync(join(dir, "secret.gguf"), join(models, "link.gguf"));
  });

  test.each([
    ["a link that leads out of the folder", "FROM ./link.gguf"],
    ["a folder with such a link", "FROM ."],
    ["what lies beside it", "FROM ../secret.gguf"],
    ["what is not there", "FROM ../nothing.gguf"],
  ])("%s is not for clients", (_what, text) => {
    const reading = () => recipe(text, join(models, "Modelfile"));
    expect(reading).toThrow("FROM names a file in no folder whose files clients may name");
  });

  test("a file that is not in the folder is said", () => {
    const reading = () => recipe("FROM ./c.gguf", join(models, "Modelfile"));
    expect(reading).toThrow("FROM: no such file: ./c.gguf");
  });
});
