import { afterAll, beforeAll, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { ask, type RunningServer, startServer, temporaryDir } from "../support/server.ts";

const dir = temporaryDir();
let server: RunningServer;
beforeAll(async () => {
  const path = join(dir.path, "brief.modelfile");
  const lines = [
    "FROM tiny",
    "PARAMETER num_predict 1",
    "PARAMETER temperature 0",
    "SYSTEM Be kind.",
  ];
  writeFileSync(path, lines.join("\n"));
  server = await startServer({ args: ["-m", path] });
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  dir[Symbol.dispose]();
});

const messages = [{ role: "user", content: "What is the capital of France?" }];

test("a Modelfile's parameters are what OpenAI's silent requests get", async () => {
  const silent = await ask(server, { messages });
  expect(silent).toMatchObject({
    model: "brief",
    choices: [{ finish_reason: "length" }],
    usage: { completion_tokens: 1 },
  });
  const { choices } = await ask(server, { messages, max_tokens: 50 });
  expect(choices).toMatchObject([{ finish_reason: "stop" }]);
  const props = await (await fetch(`${server.url}/props`)).json();
  expect(props).toMatchObject({ default_generation_settings: { params: { temperature: 0 } } });
});

test("its system message stands before conversations that have none", async () => {
  const { usage } = await ask(server, { messages });
  const said = [{ role: "system", content: "Be kind." }, ...messages];
  const own = await ask(server, { messages: said });
  expect(own.usage.prompt_tokens).toBe(usage.prompt_tokens);
  const other = await ask(server, { model: "tiny", messages });
  expect(other.usage.prompt_tokens).toBeLessThan(usage.prompt_tokens);
});
