import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { isWhole, outcomeOf } from "../../scripts/faults/answer.ts";
import { chats, embeddings } from "../../scripts/faults/traffic.ts";
import { colours, pngOf } from "../support/pictures.ts";
import { question, type RunningServer, say, startServer } from "../support/server.ts";
import { expectErrors, outcomesAfter } from "./outcomes.ts";
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

  test("in decode is ended: its requests get errors, the next one works", async () => {
    await say(server, question("Hello!", { max_tokens: 4 }));
    const [engine = 0] = server.engines();
    const answers = some.map(({ path, body }) => server.post(path, body));
    await Promise.race(answers);
    const { outcomes, tookMs } = await outcomesAfter(answers.map(outcomeOf), () =>
      process.kill(engine, "SIGSTOP"),
    );
    expect(expectErrors(outcomes, 'the engine of "tiny"')).toBeGreaterThan(0);
    figure("SIGSTOP in decode, --step-timeout 2s: until the last request had failed, ms", tookMs);
    await say(server, question("Hello!", { max_tokens: 4 }));
    expect(server.engines()).not.toContain(engine);
  });

  test.each([
    ["generations", some],
    ["embeddings", embeddings("tiny", ["The ship sails."])],
  ])("%s that it had not heard of are answered by the next one", async (_, requests) => {
    await say(server, question("Hello!", { max_tokens: 4 }));
    const [engine = 0] = server.engines();
    process.kill(engine, "SIGSTOP");
    const answers = requests.map(({ path, body }) => server.post(path, body));
    for (const outcome of await Promise.all(answers.map(outcomeOf))) {
      expect([outcome.error, isWhole(outcome)]).toEqual([null, true]);
    }
    await say(server, question("Hello!", { max_tokens: 4 }));
    expect(server.engines()).not.toContain(engine);
  });
});
