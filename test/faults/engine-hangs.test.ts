import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { outcomeOf } from "../../scripts/faults/answer.ts";
import { chats, embeddings } from "../../scripts/faults/traffic.ts";
import { colours, pngOf } from "../support/pictures.ts";
import { question, type RunningServer, say, startServer } from "../support/server.ts";
import { figure } from "./sizes.ts";

const picture = pngOf({ shape: "circle", colour: colours.red, background: colours.white });

describe("an engine that hangs (SIGSTOP)", () => {
  let server: RunningServer;
  beforeAll(async () => {
    server = await startServer({ args: ["-t", "1", "--step-timeout", "2s"] });
  });
  afterAll(() => server[Symbol.asyncDispose]());

  const all = chats({ model: "tiny", picture, nPredict: 800 });
  const some = all.filter(({ name }) => /^(OpenAI|Ollama|Anthropic)/.test(name)).slice(0, 6);

  test.each([
    ["in decode", some, true],
    ["before the first token", some, false],
    ["before embeddings", embeddings("tiny", ["The ship sails."]), false],
  ])("%s is ended: its requests get errors, the next one works", async (name, requests, begins) => {
    await say(server, question("Hello!", { max_tokens: 4 }));
    const [engine = 0] = server.engines();
    if (!begins) process.kill(engine, "SIGSTOP");
    const answers = requests.map(({ path, body }) => server.post(path, body));
    if (begins) await Promise.race(answers);
    const stoppedMs = performance.now();
    process.kill(engine, "SIGSTOP");
    for (const { status, error } of await Promise.all(answers.map(outcomeOf))) {
      expect([200, 500]).toContain(status);
      expect(error).toContain('the engine of "tiny"');
    }
    const tookMs = performance.now() - stoppedMs;
    figure(`SIGSTOP ${name}, --step-timeout 2s: until the last request had ended, ms`, tookMs);
    await say(server, question("Hello!", { max_tokens: 4 }));
    expect(server.engines()).not.toContain(engine);
  });
});
