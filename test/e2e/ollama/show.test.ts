import { afterAll, beforeAll, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Ollama } from "ollama";
import { type RunningServer, startServer, temporaryDir } from "../../support/server.ts";
import { layOut, library, tinyMmproj, tinyText } from "../../support/stored-models.ts";

const dir = temporaryDir();
let server: RunningServer;
let client: Ollama;
beforeAll(async () => {
  const store = join(dir.path, "store");
  layOut(store, library("demo"), {
    projector: tinyMmproj(),
    params: { temperature: 0.5, stop: ["###"] },
    licenses: ["MIT"],
  });
  writeFileSync(join(dir.path, "plain.gguf"), tinyText());
  writeFileSync(
    join(dir.path, "kind.modelfile"),
    "FROM plain.gguf\nSYSTEM Be kind.\nPARAMETER top_k 3\nLICENSE MIT\n",
  );
  writeFileSync(join(dir.path, "derived.modelfile"), "FROM demo\nSYSTEM Be brief.\n");
  server = await startServer({
    args: ["-t", "1", "--models-dir", dir.path],
    env: { HUTCH_MODELS: store },
  });
  client = new Ollama({ host: server.url });
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  dir[Symbol.dispose]();
});

test("api-show-model", async () => {
  const shown = await client.show({ model: "demo" });
  expect(shown).toMatchObject({
    license: "MIT",
    modelfile: expect.stringContaining("# FROM demo:latest"),
    parameters: expect.stringMatching(/^temperature {20}0\.5\nstop {27}"###"$/),
    details: { family: "llama" },
    capabilities: ["completion", "vision", "tools", "insert", "thinking"],
    projector_info: { "general.architecture": "clip" },
  });
  expect(shown.model_info).toMatchObject({ "general.parameter_count": 3_049_920 });
});

test("models that are plain files are shown as those of the store are", async () => {
  const plain = await client.show({ model: "plain" });
  expect(plain.modelfile).toContain(`\nFROM ${join(dir.path, "plain.gguf")}\n`);
  expect(plain.capabilities).toEqual(["completion", "tools", "insert", "thinking"]);
  const tiny = await client.show({ model: "tiny" });
  expect(tiny.capabilities).toEqual(["completion", "vision", "tools", "insert", "thinking"]);
});

test("models that a Modelfile describes are shown with what it says", async () => {
  expect(await client.show({ model: "kind" })).toMatchObject({
    system: "Be kind.",
    parameters: "top_k                          3",
    license: "MIT",
    details: { parameter_size: "3.05M" },
  });
});

test("a Modelfile may go out from a model of the store", async () => {
  const { system, capabilities, modelfile } = await client.show({ model: "derived" });
  expect([system, capabilities]).toEqual([
    "Be brief.",
    ["completion", "vision", "tools", "insert", "thinking"],
  ]);
  expect(modelfile).toMatch(/\nFROM .*\/blobs\/sha256-[0-9a-f]{64}\n/);
  const messages = [{ role: "user", content: "What is the capital of France?" }];
  const options = { temperature: 0 };
  const { message } = await client.chat({ model: "derived", messages, options });
  expect(message.content).toBe("Paris");
});

test("nobody has no details", async () => {
  await expect(client.show({ model: "nobody" })).rejects.toThrow("model 'nobody:latest' not found");
});

test("a Modelfile that is shown makes the same model again", async () => {
  const { modelfile } = await client.show({ model: "demo" });
  writeFileSync(join(dir.path, "again.modelfile"), modelfile);
  await using other = await startServer({ args: ["-t", "1", "--models-dir", dir.path] });
  const again = await new Ollama({ host: other.url }).show({ model: "again" });
  expect(again).toMatchObject({
    parameters: expect.stringContaining('stop                           "###"'),
    capabilities: ["completion", "vision", "tools", "insert", "thinking"],
  });
});
