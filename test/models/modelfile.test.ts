import { afterAll, describe, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Hub } from "../../src/models/hub.ts";
import { type LibrarySettings, LocalLibrary } from "../../src/models/library.ts";
import { parseModelfile } from "../../src/models/modelfile.ts";
import { describedModel, isModelfile, modelfileName } from "../../src/models/modelfile-model.ts";
import { toLoadOptions } from "../../src/models/modelfile-parameters.ts";

const dir = mkdtempSync(join(tmpdir(), "hutch-modelfile-"));
afterAll(() => rmSync(dir, { recursive: true }));

const parse = (text: string) => parseModelfile(new TextEncoder().encode(text)).commands;
const values = (text: string) => parse(text).map(({ name, key, value }) => [name, key, value]);

describe("the parser of Modelfiles", () => {
  test("reads every command, in any case, with comments and empty lines between", () => {
    const text = `
      # a comment
      FROM llama3.gguf
      parameter temperature 0.5
      Parameter stop "### "
      SYSTEM You are Mario.   \nMESSAGE user Hi # this is no comment
      MESSAGE assistant "Hello"
      ADAPTER ./a.gguf
      LICENSE MIT
      TEMPLATE {{ .Prompt }}
      RENDERER x\nPARSER y\nREQUIRES 0.5\nDRAFT d.gguf`;
    expect(values(text)).toEqual([
      ["from", "", "llama3.gguf"],
      ["parameter", "temperature", "0.5"],
      ["parameter", "stop", "### "],
      ["system", "", "You are Mario."],
      ["message", "user", "Hi # this is no comment"],
      ["message", "assistant", "Hello"],
      ["adapter", "", "./a.gguf"],
      ["license", "", "MIT"],
      ["template", "", "{{ .Prompt }}"],
      ["renderer", "", "x"],
      ["parser", "", "y"],
      ["requires", "", "0.5"],
      ["draft", "", "d.gguf"],
    ]);
  });

  test("quoted values go over several lines, and keep what is in them", () => {
    const text = 'FROM a\nSYSTEM """\nOne "two"\n\n# three\n"""\nMESSAGE user "four\nfive"\n';
    expect(values(text).slice(1)).toEqual([
      ["system", "", '\nOne "two"\n\n# three\n'],
      ["message", "user", "four\nfive"],
    ]);
  });

  test("quotes may follow anything on their line, and what is behind them belongs to it", () => {
    const text = 'FROM a\nSYSTEM """One  \n"two""" three\n"four""""\nMESSAGE user "a" and "b"';
    expect(values(text).slice(1)).toEqual([
      ["system", "", 'One  \n"two""" three\n"four"'],
      ["message", "user", 'a" and "b'],
    ]);
  });

  test("quoted values keep their line ends; fences hold lines that end with quotes", () => {
    const text = 'FROM a\r\nSYSTEM "b\r\nc"\r\nLICENSE ##"""d"""\ne"""#\nf"""##\r\n';
    expect(values(text).slice(1)).toEqual([
      ["system", "", "b\r\nc"],
      ["license", "", 'd"""\ne"""#\nf'],
    ]);
  });

  test("lines may end as on Windows, and the text may be UTF-16 or begin with a mark", () => {
    const text = "FROM a\r\nSYSTEM Größe";
    const utf16 = Buffer.from(`\ufeff${text}`, "utf16le");
    const swapped = Buffer.from(utf16).swap16();
    for (const bytes of [Buffer.from(`\ufeff${text}`), utf16, swapped]) {
      const { commands } = parseModelfile(bytes);
      expect(commands.map(({ value }) => value)).toEqual(["a", "Größe"]);
    }
  });

  test.each([
    ["SYSTEM hi", "the Modelfile has no FROM line"],
    ["FROM a\nFOO b", 'Modelfile (line 2): command must be one of "from", "license"'],
    ["FROM a\nMESSAGE tool b", 'message role must be one of "system", "user", or "assistant"'],
    [
      'FROM a\n\nSYSTEM """b\nc',
      "Modelfile (line 3): unexpected EOF: the quotes of SYSTEM do not end",
    ],
    ["FROM", "Modelfile (line 1): FROM needs a value"],
    ["FROM a\nPARAMETER top_k", "Modelfile (line 2): PARAMETER needs a value"],
  ])("%j is refused", (text, message) => {
    expect(() => parse(text)).toThrow(message);
  });
});

describe("parameters of a Modelfile", () => {
  const options = (lines: string[], notes: string[] = []) =>
    toLoadOptions(
      parse(`FROM a\n${lines.map((line) => `PARAMETER ${line}`).join("\n")}`).slice(1),
      (note) => notes.push(note),
    );

  test("are what silent requests get, by core's names", () => {
    const lines = ["temperature 0.1", "top_k 5", "top_p 1", "min_p 0.2", "seed 7", "mirostat 2"];
    expect(options(lines)).toEqual({
      sampling: { temperature: 0.1, topK: 5, topP: 1, minP: 0.2, seed: 7, mirostat: 2 },
    });
    const load = ["num_ctx 4096", "num_predict 20", "num_keep 4", "num_thread 3", "num_gpu 9"];
    expect(options(load)).toEqual({
      nCtxSeq: 4096,
      nPredict: 20,
      nKeep: 4,
      threads: { n_threads: 3 },
      model: { n_gpu_layers: 9 },
    });
  });

  test("what requests can have decided at loading, a Modelfile can, too", () => {
    expect(options(["numa true", "draft_num_predict 6", "use_mlock true"])).toEqual({
      numa: "distribute",
      speculation: { draft_n_max: 6 },
      model: { load_mode: "mmap+mlock" },
    });
    expect(options(["numa false"])).toEqual({});
  });

  test("every stop counts; of the others, the last one", () => {
    expect(options(["stop a", "top_k 1", 'stop "b "', "top_k 2"])).toEqual({
      stop: ["a", "b "],
      sampling: { topK: 2 },
    });
  });

  test("Ollama's words for its own choice leave it to the engine", () => {
    expect(options(["seed -1", "num_predict -1", "num_gpu -1", "num_thread 0"])).toEqual({});
  });

  test("what has no effect is said", () => {
    const notes: string[] = [];
    expect(options(["tfs_z 1", "foo 2"], notes)).toEqual({});
    expect(notes).toEqual([
      "line 2: PARAMETER tfs_z has no effect: llama.cpp no longer has it",
      "line 3: PARAMETER foo has no effect: there is no such parameter",
    ]);
  });

  test.each([
    ["temperature hot", "PARAMETER temperature must be a number"],
    ["top_k 1.5", "PARAMETER top_k must be a whole number"],
    ["rope_frequency_base 0.5", "PARAMETER rope_frequency_base must be from 1 to"],
    ["num_ctx 0", "PARAMETER num_ctx must be at least 1"],
    ["use_mmap maybe", "PARAMETER use_mmap must be true or false"],
    ["mirostat 3", "PARAMETER mirostat must be 0, 1 or 2"],
  ])("%s is refused", (line, message) => {
    expect(() => options([line])).toThrow(message);
  });
});

describe("the model of a Modelfile", () => {
  const assets = join(import.meta.dir, "../../assets");
  const put = (name: string, text: string) => {
    const path = join(dir, name);
    writeFileSync(path, text);
    return path;
  };
  const tiny = { name: "tiny", path: join(assets, "tiny-text.gguf"), sizeBytes: 1, modifiedAt: 1 };
  const find = (name: string) => (name === "tiny" ? tiny : undefined);

  const libraryOf = (more: Partial<LibrarySettings>) => {
    const hub = new Hub({
      endpoint: "http://127.0.0.1:1/",
      cacheDir: join(dir, "hub"),
      urlCacheDir: join(dir, "urls"),
      token: null,
      isOffline: true,
    });
    return new LocalLibrary(hub, {
      profile: "hutch",
      own: null,
      builtIn: [tiny],
      store: null,
      modelsDir: null,
      presetPath: null,
      load: {},
      readPreset: () => ({ load: {}, model: { mmprojAuto: true, aliases: [], tags: [] } }),
      note: () => {},
      ...more,
    });
  };

  test("is named after the file, or its folder", () => {
    expect([isModelfile("x/Modelfile"), isModelfile("mario.modelfile")]).toEqual([true, true]);
    expect([isModelfile("x.gguf"), isModelfile("notmodelfile")]).toEqual([false, false]);
    expect(modelfileName("x/mario.Modelfile")).toBe("mario");
    expect(modelfileName("x/luigi/Modelfile")).toBe("luigi");
  });

  test("has the files that FROM names, a projector among them", () => {
    const path = put("see.modelfile", `FROM ${tiny.path}\nFROM ${assets}/tiny-mmproj.gguf`);
    const { model } = describedModel(path, find);
    expect(model).toMatchObject({
      name: "see",
      path: tiny.path,
      mmprojPath: join(assets, "tiny-mmproj.gguf"),
    });
  });

  test("may go out from a model of the server, with system prompt and examples", () => {
    const lines = ["FROM tiny", "SYSTEM Be brief.", "MESSAGE user a", "MESSAGE assistant b"];
    const { model } = describedModel(put("brief.modelfile", lines.join("\n")), find);
    expect(model).toMatchObject({ name: "brief", path: tiny.path });
    expect(model.load).toEqual({
      chat: {
        system: "Be brief.",
        messages: [
          { role: "user", content: "a" },
          { role: "assistant", content: "b" },
        ],
      },
    });
  });

  test("may have a template in Go's language, and says what it says", () => {
    const lines = ["FROM tiny", "TEMPLATE {{ .Prompt }}", "PARAMETER top_k 3", "PARAMETER stop 4"];
    const { model } = describedModel(put("go.modelfile", lines.join("\n")), find);
    expect(model.load?.chat).toEqual({ goTemplate: "{{ .Prompt }}" });
    expect(model.described).toMatchObject({
      from: ["tiny"],
      template: "{{ .Prompt }}",
      parameters: [
        ["top_k", 3],
        ["stop", "4"],
      ],
    });
  });

  test.each([
    ["FROM nowhere.gguf", "line 1: FROM nowhere.gguf: no such file, nor a model of this server"],
    ["FROM tiny\nADAPTER nowhere.gguf", "no such file"],
    [`FROM ${assets}/tiny-mmproj.gguf`, "FROM must name one model"],
    ["FROM tiny\nTEMPLATE {{ if }}", "template error: "],
  ])("%j is refused", (text, message) => {
    const path = put("bad.modelfile", text);
    expect(() => describedModel(path, find)).toThrow(message);
  });

  test("a bad one on the command line is named", async () => {
    const path = put("none.modelfile", "SYSTEM no");
    const own = { path, mmprojAuto: true, aliases: [], tags: [] };
    const why = `${path}: the Modelfile has no FROM line`;
    await expect(libraryOf({ own }).read()).rejects.toThrow(why);
  });

  test("a folder of models may hold some; a bad one is said and hides nobody", async () => {
    const models = join(dir, "models");
    mkdirSync(join(models, "luigi"), { recursive: true });
    writeFileSync(join(models, "luigi/Modelfile"), "FROM tiny\nPARAMETER temperature 0");
    writeFileSync(join(models, "bad.modelfile"), "SYSTEM no");
    const notes: string[] = [];
    const library = libraryOf({
      modelsDir: models,
      load: { sampling: { topK: 3 } },
      note: (text) => notes.push(text),
    });
    const read = await library.read();
    expect(read.map(({ name, load }) => [name, load])).toEqual([
      ["tiny", undefined],
      ["luigi", { chat: {}, sampling: { temperature: 0, topK: 3 } }],
    ]);
    expect(notes).toEqual([expect.stringContaining("bad.modelfile is left out")]);
  });
});
