import { afterAll, describe, expect, test } from "bun:test";
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AppError } from "../../src/core/errors.ts";
import { ClientFiles } from "../../src/http/nitro/client-files.ts";
import type { Model } from "../../src/models/catalog.ts";
import { appOver, FakeEngine, says } from "../support/fake-engine.ts";
import { tinyMmproj, tinyModel } from "../support/llamacpp.ts";

const root = realpathSync(mkdtempSync(join(tmpdir(), "hutch-nitro-")));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const allowed = join(root, "allowed");
const at = (name: string) => join(allowed, name);
for (const dir of ["llava", "two", "empty", "split", "outside", "escaping"]) {
  mkdirSync(dir === "outside" ? join(root, dir) : at(dir), { recursive: true });
}
copyFileSync(tinyModel, at("llava/model.gguf"));
copyFileSync(tinyMmproj, at("llava/projector.gguf")); // its name does not say what it is
copyFileSync(tinyModel, at("two/a.gguf"));
copyFileSync(tinyModel, at("two/b.gguf"));
copyFileSync(tinyModel, at("split/m-00001-of-00002.gguf"));
copyFileSync(tinyModel, at("split/m-00002-of-00002.gguf"));
copyFileSync(tinyModel, at("escaping/m-00001-of-00002.gguf"));
copyFileSync(tinyModel, join(root, "outside/secret.gguf"));
symlinkSync(join(root, "outside/secret.gguf"), at("escaping/m-00002-of-00002.gguf"));
symlinkSync(join(root, "outside"), at("link"));
symlinkSync(join(root, "outside/secret.gguf"), at("link.gguf"));
symlinkSync(join(root, "outside/nothing.gguf"), at("dangling.gguf"));
symlinkSync(allowed, join(root, "alias"));
writeFileSync(at("text.gguf"), "no model");
writeFileSync(at("answers.gbnf"), 'root ::= "yes"');
writeFileSync(at("large.gbnf"), " ".repeat(2 ** 20 + 1));

const files = new ClientFiles([allowed]);
const named = (path: string) => ({ param: "llama_model_path", path });

/** Code and words of a refusal. */
function refusal(look: () => unknown): { code: string; message: string } {
  try {
    look();
  } catch (error) {
    if (error instanceof AppError) return { code: error.code, message: error.message };
  }
  throw new Error("it was let through");
}

describe("what clients may name", () => {
  test.each([
    [at("llava/model.gguf"), at("llava/model.gguf")],
    [at("llava"), at("llava/model.gguf")],
    [`${at("llava")}/`, at("llava/model.gguf")],
    [at("two/../llava/./model.gguf"), at("llava/model.gguf")],
    [at("split"), at("split/m-00001-of-00002.gguf")],
  ])("%s is a model", (path, file) => expect(files.model(named(path))).toBe(file));

  test("a folder that is allowed may be a link, and be named by either name", () => {
    const viaLink = new ClientFiles([join(root, "alias")]);
    expect(viaLink.model(named(join(root, "alias/llava")))).toBe(
      join(root, "alias/llava/model.gguf"),
    );
    expect(viaLink.model(named(at("llava")))).toBe(at("llava/model.gguf"));
  });

  test("a projector is found by what it says that it is", () => {
    expect(files.projector(named(at("llava/")))).toBe(at("llava/projector.gguf"));
    expect(refusal(() => files.projector(named(at("two/a.gguf")))).message).toContain(
      "no projector",
    );
    expect(refusal(() => files.model(named(at("llava/projector.gguf")))).message).toContain(
      "is a projector, no model",
    );
  });

  test.each([
    ["two", "holds several models: a.gguf, b.gguf"],
    ["empty", "holds no GGUF model"],
    ["missing.gguf", `no such file: ${at("missing.gguf")}`],
    ["missing/deep.gguf", "no such file"],
    ["text.gguf", `${at("text.gguf")} is no GGUF file`],
    ["a\0b", "no such file"],
    ["x".repeat(300), "no such file"],
  ])("%j is wrong, and says why", (name, message) => {
    const { code, message: said } = refusal(() => files.model(named(at(name))));
    expect([code, said]).toEqual(["invalid_request", expect.stringContaining(message)]);
  });

  test("a grammar is read, if it is not too large", () => {
    expect(files.grammar(named(at("answers.gbnf")))).toBe('root ::= "yes"');
    expect(refusal(() => files.grammar(named(at("large.gbnf")))).message).toContain("larger than");
  });
});

describe("what lies elsewhere", () => {
  const paths = [
    join(root, "outside/secret.gguf"),
    join(root, "outside/missing.gguf"),
    join(root, "outside"),
    root,
    "/",
    "/etc/passwd",
    `${allowed}-not/x.gguf`,
    at("../outside/secret.gguf"),
    at("../outside/missing.gguf"),
    at("link.gguf"),
    at("dangling.gguf"),
    at("link"),
    at("link/secret.gguf"),
    at("link/missing.gguf"),
    at("link/missing/deeper.gguf"),
    "secret.gguf",
    "../secret.gguf",
  ];

  test.each(paths)("%s is forbidden in words that tell nothing about it", (path) => {
    const { code, message } = refusal(() => files.model(named(path)));
    expect(code).toBe("forbidden");
    const other = refusal(() => files.model(named("/no/such/place")));
    expect(message).toBe(other.message);
    expect(refusal(() => files.grammar(named(path))).code).toBe("forbidden");
    expect(refusal(() => files.projector(named(path))).code).toBe("forbidden");
  });

  test("a part of a model may not lie there either", () => {
    expect(refusal(() => files.model(named(at("escaping")))).code).toBe("forbidden");
  });

  test("without a folder, nothing is allowed", () => {
    for (const dirs of [[], [join(root, "none")]]) {
      const none = new ClientFiles(dirs);
      expect(refusal(() => none.model(named(join(root, "none/x.gguf")))).code).toBe("forbidden");
    }
  });
});

describe("POST /inferences/llamacpp/loadmodel", () => {
  const load = async (body: object) => {
    const started: Model[] = [];
    const start = async (model: Model) => {
      started.push(model);
      return new FakeEngine(says());
    };
    const app = appOver(says(), { start, settings: { clientModelDirs: [allowed] } });
    const { status } = await app.post("/inferences/llamacpp/loadmodel", body);
    return { status, model: started[0] };
  };

  test("loads the files that it names", async () => {
    const { status, model } = await load({
      llama_model_path: `${at("llava")}/`,
      mmproj: `${at("llava")}/`,
      grammar_file: at("answers.gbnf"),
    });
    expect(status).toBe(200);
    expect(model).toMatchObject({
      name: "model",
      path: at("llava/model.gguf"),
      mmprojPath: at("llava/projector.gguf"),
      load: { constraint: { grammar: 'root ::= "yes"' } },
    });
  });

  test("a split model is called by what its parts share", async () => {
    expect((await load({ llama_model_path: at("split") })).model?.name).toBe("m");
  });

  test("a projector can be given to a model of the server", async () => {
    const { model } = await load({ llama_model_path: "tiny", mmproj: at("llava") });
    expect(model).toMatchObject({ name: "tiny-nitro", mmprojPath: at("llava/projector.gguf") });
  });

  test.each(["llama_model_path", "mmproj", "grammar_file"])(
    "%s may not lie elsewhere",
    async (field) => {
      const body = { llama_model_path: "tiny", [field]: "/etc/passwd" };
      expect(await load(body)).toEqual({ status: 403, model: undefined });
    },
  );
});
