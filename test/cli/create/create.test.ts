import { describe, expect, test } from "bun:test";
import { mkdirSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Client } from "../../../src/cli/client/client.ts";
import { type LocalFile, namedFiles } from "../../../src/cli/create/local-files.ts";
import { createRequest } from "../../../src/cli/create/request.ts";
import { digestOf, uploaded } from "../../../src/cli/create/upload.ts";
import { parseModelfile } from "../../../src/models/modelfile.ts";
import { fakeOllama } from "../../support/fake-ollama.ts";
import { temporaryDir } from "../../support/server.ts";

const commandsOf = (text: string) => parseModelfile(Buffer.from(text)).commands;

/** A folder with these files, empty ones. */
function folder(...names: string[]) {
  const dir = temporaryDir();
  for (const name of names) {
    mkdirSync(join(dir.path, name, ".."), { recursive: true });
    writeFileSync(join(dir.path, name), name);
  }
  return dir;
}

describe("files of a Modelfile", () => {
  const named = (text: string, dir: { path: string }) => {
    const { from, files, adapters, drafts } = namedFiles(commandsOf(text), dir.path);
    const names = (group: LocalFile[]) => group.map(({ name }) => name);
    return { from, files: names(files), adapters: names(adapters), drafts: names(drafts) };
  };

  test("are found from its folder: by path, by pattern, a folder of them", () => {
    using dir = folder("a.gguf", "set/m-00001-of-00002.gguf", "set/m-00002-of-00002.gguf", "set/x");
    expect(named("FROM ./a.gguf", dir).files).toEqual(["a.gguf"]);
    expect(named("FROM a.gguf", dir).files).toEqual(["a.gguf"]);
    const both = ["m-00001-of-00002.gguf", "m-00002-of-00002.gguf"];
    expect(named("FROM set", dir).files).toEqual(both);
    expect(named("FROM ./set/m-*.gguf", dir).files).toEqual(both);
    expect(named("FROM ./s*/m-0000?-*.gguf", dir).files).toEqual(both);
    expect(named(`FROM ${dir.path}/*/m-*.gguf`, dir).files).toEqual(both);
    expect(named(`FROM ${dir.path}/a.gguf`, dir).files).toEqual(["a.gguf"]);
  });

  test("a name that no file has is a model's", () => {
    using dir = folder("lora.gguf", "draft.gguf");
    expect(named("FROM llama3.2:1b\nADAPTER lora.gguf\nDRAFT draft.gguf", dir)).toEqual({
      from: "llama3.2:1b",
      files: [],
      adapters: ["lora.gguf"],
      drafts: ["draft.gguf"],
    });
  });

  test.each([
    ["FROM ./none.gguf", "Modelfile (line 1): FROM ./none.gguf: no such file"],
    ["FROM none.gguf", "Modelfile (line 1): FROM none.gguf: no such file"],
    ["FROM x\nADAPTER none", "Modelfile (line 2): ADAPTER none: no such file"],
    ["FROM empty", "Modelfile (line 1): FROM empty: no .gguf file in this folder"],
    ["FROM ./*.gguf", "Modelfile (line 1): FROM ./*.gguf: no file of such a name"],
    ["FROM ./no*/m.gguf", "Modelfile (line 1): FROM ./no*/m.gguf: no file of such a name"],
    ["FROM none/*.gguf", "Modelfile (line 1): FROM none/*.gguf: no file of such a name"],
    ["FROM a/m.bin\nFROM b/m.bin", "two files are called m.bin"],
  ])("%p is refused", (text, problem) => {
    using dir = folder("empty/x", "a/m.bin", "b/m.bin");
    expect(() => namedFiles(commandsOf(text), dir.path)).toThrow(problem);
  });
});

test("a Modelfile becomes a request with all that it says", () => {
  using dir = folder("m.gguf");
  const commands = commandsOf(`FROM m.gguf
TEMPLATE """{{ .Prompt }}"""
SYSTEM old
SYSTEM be brief
PARAMETER temperature 0.5
PARAMETER stop a
PARAMETER stop b
PARAMETER use_mmap false
MESSAGE user hi
MESSAGE assistant hello
LICENSE one
LICENSE two
REQUIRES 0.5.0`);
  const request = createRequest(commands, namedFiles(commands, dir.path), () => "sha256:x");
  expect(request).toEqual({
    files: { "m.gguf": "sha256:x" },
    template: "{{ .Prompt }}",
    system: "be brief",
    requires: "0.5.0",
    license: ["one", "two"],
    messages: [
      { role: "user", content: "hi" },
      { role: "assistant", content: "hello" },
    ],
    parameters: { temperature: 0.5, stop: ["a", "b"], use_mmap: false },
  });
});

describe("a file on its way", () => {
  test("is hashed and sent in pieces, with its length", async () => {
    using dir = folder("m.gguf");
    const path = join(dir.path, "m.gguf");
    truncateSync(path, 3_000_000);
    const digest = `sha256:${new Bun.CryptoHasher("sha256").update(await Bun.file(path).bytes()).digest("hex")}`;
    const file = { name: "m.gguf", path, sizeBytes: 3_000_000 };
    const reading = digestOf(file);
    let step = await reading.next();
    while (!step.done) step = await reading.next();
    expect(step.value).toBe(digest);
    await using server = fakeOllama({
      "HEAD /api/blobs/*": () => new Response(null, { status: 404 }),
      "POST /api/blobs/*": () => new Response(null, { status: 201 }),
    });
    const client = new Client({ url: server.url, source: null }, null);
    const steps = await Array.fromAsync(uploaded(client, file, digest));
    expect(steps.at(-1)).toEqual({
      status: "sending m.gguf",
      digest,
      total: 3_000_000,
      completed: 3_000_000,
    });
    const [, post] = server.asked;
    expect([post?.path, post?.headers.get("content-length")]).toEqual([
      `/api/blobs/${digest}`,
      "3000000",
    ]);
    expect(String(post?.body).length).toBe(3_000_000);
  });

  test("stays where the server has it already", async () => {
    await using server = fakeOllama({ "HEAD /api/blobs/*": () => new Response(null) });
    const client = new Client({ url: server.url, source: null }, null);
    const file = { name: "x", path: "/nowhere", sizeBytes: 1 };
    expect(await Array.fromAsync(uploaded(client, file, "sha256:0"))).toEqual([]);
    expect(server.asked.map(({ method }) => method)).toEqual(["HEAD"]);
  });
});
