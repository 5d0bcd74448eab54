import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { DatagramReceiver } from "../ffi/datagram-receiver.ts";
import {
  endless,
  isAlive,
  jsonOf,
  question,
  type RunningServer,
  say,
  sseEvents,
  startServer,
  temporaryDir,
  until,
} from "../support/server.ts";

const chat = "/v1/chat/completions";

/** On a busy machine threads wait for each other for long. */
const args = ["--threads", "1", "--threads-batch", "1"];

let server: RunningServer;
beforeAll(async () => {
  server = await startServer({ args });
  await say(server, question("Hello!"));
});
afterAll(() => server[Symbol.asyncDispose]());

/** What can be waited for. */
const long = { ...endless, max_tokens: 200 };

/** Begins a long answer and reads its first piece. */
async function begun(of: RunningServer, body = endless) {
  const response = await of.post(chat, body);
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
  test("is ended, its streams with an error; what it has not heard gets a fresh one", async () => {
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
    expect((await waiting).status).toBe(200);
    expect(isAlive(engine!)).toBe(false);
    expect(server.engines()).not.toContain(engine);
  });

  test("leaves a report, which says nothing of what was asked", () => {
    const dir = join(server.home, ".hutch", "crashes");
    const [name = ""] = readdirSync(dir);
    const text = readFileSync(join(dir, name), "utf8");
    expect(JSON.parse(text)).toMatchObject({
      model: "tiny",
      reason: expect.stringContaining("SIGSTOP"),
      phase: "running",
      requests_in_progress: [{ kind: "chat" }, { kind: "chat" }],
    });
    expect(text).not.toMatch(/story|Hello/);
    expect(server.output()).toContain(`see ${join(dir, name)}`);
  });
});

describe("engines end with their server", () => {
  test("when that is killed, even those that are stopped", async () => {
    const other = await startServer({ args });
    await say(other, question("Hello!"));
    const [engine] = other.engines();
    process.kill(engine!, "SIGSTOP");
    process.kill(other.pid, "SIGKILL");
    await until("the engine is gone", () => !isAlive(engine!));
    await other[Symbol.asyncDispose]();
  });

  test("and not by signals that are meant for all of them", async () => {
    const [engine] = server.engines();
    const { rest } = await begun(server, long);
    for (const signal of ["SIGTERM", "SIGINT"]) process.kill(engine!, signal);
    expect(await rest()).toContain("[DONE]");
    expect(isAlive(engine!)).toBe(true);
  });
});

test("a model that crashes in a loop is left alone, and why is said", async () => {
  await using other = await startServer({ args });
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

describe("SIGTERM", () => {
  test("lets streams come to their end, refuses new work meanwhile, and then all ends", async () => {
    const other = await startServer({ args });
    const { rest } = await begun(other, long);
    const [engine] = other.engines();
    process.kill(engine!, "SIGSTOP"); // so that the stream lasts until everything was looked at
    process.kill(other.pid, "SIGTERM");
    await until("it says so", () => other.output().includes("ending: no new requests; 1 in"));
    const refused = await other.post(chat, question("Hello!"));
    expect([refused.status, refused.headers.get("retry-after")]).toEqual([
      503,
      expect.stringMatching(/^(30|29|28)$/),
    ]);
    const statusOf = async (path: string) => (await fetch(other.url + path)).status;
    expect([await statusOf("/ready"), await statusOf("/health")]).toEqual([503, 200]);
    process.kill(engine!, "SIGCONT");
    expect(await rest()).toContain("[DONE]");
    expect(await other.exited).toBe(0);
    await until("the engine is gone", () => !isAlive(engine!));
    await other[Symbol.asyncDispose]();
  });

  test("ends what takes too long with an error, and still everything", async () => {
    const other = await startServer({ args: [...args, "--drain-timeout", "0"] });
    const { rest } = await begun(other);
    const [engine] = other.engines();
    process.kill(engine!, "SIGSTOP");
    process.kill(other.pid, "SIGTERM");
    expect(lastError(await rest())).toMatchObject({
      code: "overloaded",
      message: "the server is shutting down",
    });
    expect(await other.exited).toBe(0);
    expect(isAlive(engine!)).toBe(false);
    await other[Symbol.asyncDispose]();
  });

  test("twice ends everything at once", async () => {
    const other = await startServer({ args });
    const { rest } = await begun(other);
    const [engine] = other.engines();
    process.kill(engine!, "SIGSTOP");
    process.kill(other.pid, "SIGINT");
    await until("it says so", () => other.output().includes("ending"));
    process.kill(other.pid, "SIGTERM");
    expect(await other.exited).toBe(1);
    await rest().catch(() => {}); // it was cut
    await until("the engine is gone", () => !isAlive(engine!));
    await other[Symbol.asyncDispose]();
  });
});

test("systemd is told that the server is ready, lives, and ends", async () => {
  using dir = temporaryDir();
  const path = join(dir.path, "notify");
  using receiver = new DatagramReceiver(path);
  const env = { NOTIFY_SOCKET: path, WATCHDOG_USEC: "100000" };
  const other = await startServer({ args, env });
  const told: string[] = [];
  const isTold = (text: string) => {
    told.push(...receiver.take());
    return told.some((one) => one.startsWith(text));
  };
  await until("it is ready", () => isTold("READY=1\nSTATUS=Listening on http://127.0.0.1:"));
  told.length = 0;
  await until("it lives", () => isTold("WATCHDOG=1"));
  process.kill(other.pid, "SIGTERM");
  expect(await other.exited).toBe(0);
  expect(isTold("STOPPING=1\nSTATUS=Ending\nEXTEND_TIMEOUT_USEC=40000000")).toBe(true);
  await other[Symbol.asyncDispose]();
});

describe("the log", () => {
  test("has a line for every request, with its id and without its text", async () => {
    const headers = { "x-request-id": "trace-77", "content-type": "application/json" };
    const body = JSON.stringify(question("Hello!"));
    const response = await fetch(server.url + chat, { method: "POST", headers, body });
    await response.text();
    expect(response.headers.get("x-request-id")).toBe("trace-77");
    const line =
      /^POST \/v1\/chat\/completions: 200 after [\d.]+ ms, tiny, \d+ . \d+ tokens, id trace-77$/m;
    await until("it is logged", () => line.test(server.output()));
    expect(server.output()).not.toContain("Hello!");
  });

  test("is JSON when it goes to no terminal", async () => {
    await using other = await startServer({ args, env: { LLAMA_ARG_LOG_JSONL: "" } });
    await say(other, question("Hello!"));
    await until("it is logged", () => other.output().includes('"status":200'));
    const lines = other
      .output()
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(lines).toContainEqual(
      expect.objectContaining({ level: "info", path: chat, status: 200, model: "tiny" }),
    );
  });
});
