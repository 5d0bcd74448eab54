import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import {
  isAlive,
  jsonOf,
  question,
  type RunningServer,
  say,
  sseEvents,
  startServer,
  until,
} from "../support/server.ts";

const chat = "/v1/chat/completions";
/** Long enough to be interrupted in the middle. */
const endless = question("Tell me a story.", { stream: true, max_tokens: 900, ignore_eos: true });

let server: RunningServer;
beforeAll(async () => {
  server = await startServer();
  await say(server, question("Hello!"));
});
afterAll(() => server[Symbol.asyncDispose]());

/** Begins the endless answer and reads its first piece. */
async function begun(of: RunningServer) {
  const response = await of.post(chat, endless);
  const reader = response.body!.getReader();
  const decoder = new TextDecoder();
  const read = async () => {
    const { value, done } = await reader.read();
    return done ? null : decoder.decode(value, { stream: true });
  };
  const first = (await read()) ?? "";
  const rest = async () => {
    let text = first;
    for (let piece = await read(); piece !== null; piece = await read()) text += piece;
    return text;
  };
  return { rest };
}

const lastError = (text: string) =>
  (sseEvents(text) as { error?: { code: string; message: string } }[]).findLast((e) => e.error)
    ?.error;

describe("an engine that hangs", () => {
  test("is ended: its streams end with an error, and the next request gets a fresh one", async () => {
    const [engine] = server.engines();
    const { rest } = await begun(server);
    process.kill(engine!, "SIGSTOP");
    const waiting = server.post(chat, question("Hello!"));
    expect(lastError(await rest())).toEqual(
      expect.objectContaining({
        code: "engine_crashed",
        message: expect.stringContaining("SIGSTOP"),
      }),
    );
    const response = await waiting;
    expect([response.status, (await jsonOf(response)).error.code]).toEqual([500, "engine_crashed"]);
    expect(isAlive(engine!)).toBe(false);
    await say(server, question("Hello!"));
    expect(server.engines()).not.toContain(engine);
  });
});

describe("engines end with their server", () => {
  test("when that is killed, even those that are stopped", async () => {
    const other = await startServer();
    await say(other, question("Hello!"));
    const [engine] = other.engines();
    process.kill(engine!, "SIGSTOP");
    process.kill(other.pid, "SIGKILL");
    await until("the engine is gone", () => !isAlive(engine!));
    await other[Symbol.asyncDispose]();
  });

  test("and not by signals that are meant for all of them", async () => {
    const [engine] = server.engines();
    const { rest } = await begun(server);
    for (const signal of ["SIGTERM", "SIGINT"]) process.kill(engine!, signal);
    expect(await rest()).toContain("[DONE]");
    expect(isAlive(engine!)).toBe(true);
  });
});

test("a model that crashes in a loop is left alone, and why is said", async () => {
  await using other = await startServer();
  let last = 0;
  const crash = async () => {
    const answer = other.post(chat, { ...endless, stream: false });
    await until("there is another engine", () => other.engines().some((pid) => pid !== last));
    [last = 0] = other.engines();
    process.kill(last, "SIGABRT");
    return (await answer).status;
  };
  for (let i = 0; i < 3; i++) expect(await crash()).toBe(500);
  const response = await other.post(chat, question("Hello!"));
  const { error } = await jsonOf(response);
  expect([response.status, error.code, error.message]).toEqual([
    503,
    "crash_loop",
    expect.stringMatching(/crashed 3 times in a row.*SIGABRT/),
  ]);
});
