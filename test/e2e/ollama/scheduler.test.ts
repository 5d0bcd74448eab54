import { describe, expect, test } from "bun:test";
import { cpSync } from "node:fs";
import { join, resolve } from "node:path";
import {
  type RunningServer,
  type StartOptions,
  startServer,
  temporaryDir,
  until,
} from "../../support/server.ts";

const tinyFile = resolve(import.meta.dir, "../../../assets/tiny-text.gguf");
const paris = "The capital of France is Paris.";
/** What an engine takes beside its model, as the server reckons. */
const processBytes = 64 * 1024 ** 2;

interface Loaded {
  name: string;
  size: number;
  expires_at: string;
  context_length: number;
}

/** A server of so many copies of the tiny model: one, two, three … */
async function serverOf(names: string[], { args = [], ...options }: StartOptions = {}) {
  const dir = temporaryDir();
  for (const name of names) cpSync(tinyFile, join(dir.path, `${name}.gguf`));
  const server = await startServer({
    args: ["-t", "1", "--models-dir", dir.path, ...args],
    ...options,
  });
  const stop = async () => {
    await server[Symbol.asyncDispose]();
    dir[Symbol.dispose]();
  };
  return { server, [Symbol.asyncDispose]: stop };
}

const chat = (model: string, more: object = {}) => ({
  model,
  messages: [{ role: "user", content: "What is the capital of France?" }],
  stream: false,
  options: { temperature: 0 },
  ...more,
});

async function ask(server: RunningServer, model: string, more: object = {}, signal?: AbortSignal) {
  const response = await server.post("/api/chat", chat(model, more), signal);
  const body = (await response.json()) as { message?: { content: string }; error?: string };
  return { status: response.status, text: body.message?.content ?? body.error ?? "" };
}

async function loaded(server: RunningServer): Promise<Loaded[]> {
  const response = await fetch(`${server.url}/api/ps`);
  return ((await response.json()) as { models: Loaded[] }).models;
}

const namesIn = async (server: RunningServer) => (await loaded(server)).map(({ name }) => name);

/** How often the model was loaded, by the log. */
const nLoads = (server: RunningServer, name: string) =>
  server.output().split(`loading ${name} (`).length - 1;

/** The model that is there at the start takes room of its own. */
async function withoutTiny(server: RunningServer): Promise<void> {
  await until("tiny is there", async () => (await namesIn(server)).includes("tiny:latest"));
  await server.post("/api/chat", { model: "tiny", keep_alive: 0 });
  await until("tiny is gone", async () => server.engines().length === 0);
}

describe("scheduler-multimodel", () => {
  test("several models answer at once, and stay beside each other", async () => {
    await using running = await serverOf(["one", "two", "three"]);
    const { server } = running;
    const names = ["one", "two", "three", "one", "two", "three"];
    const answers = await Promise.all(names.map((name) => ask(server, name)));
    expect(answers).toEqual(names.map(() => ({ status: 200, text: paris })));
    expect(names.map((name) => nLoads(server, name))).toEqual(names.map(() => 1));
    expect(await namesIn(server)).toEqual(
      expect.arrayContaining(["one:latest", "two:latest", "three:latest"]),
    );
  }, 60_000);

  test("under --models-max the one unused for longest makes room", async () => {
    await using running = await serverOf(["one", "two", "three"], { args: ["--models-max", "2"] });
    const { server } = running;
    await withoutTiny(server);
    for (const name of ["one", "two", "one", "three"]) await ask(server, name);
    expect((await namesIn(server)).sort()).toEqual(["one:latest", "three:latest"]);
    expect(["one", "two", "three"].map((name) => nLoads(server, name))).toEqual([1, 1, 1]);
  }, 60_000);

  test("under --memory-budget as many stay as it has room for", async () => {
    const size = await sizeOfOne();
    const budget = String(Math.round(2.5 * (size + processBytes)));
    await using running = await serverOf(["one", "two", "three"], {
      args: ["--memory-budget", budget],
    });
    const { server } = running;
    await withoutTiny(server);
    for (const name of ["one", "two", "one", "three"]) await ask(server, name);
    expect((await namesIn(server)).sort()).toEqual(["one:latest", "three:latest"]);
    await ask(server, "two");
    expect((await namesIn(server)).sort()).toEqual(["three:latest", "two:latest"]);
  }, 60_000);

  test("a model alone is tried under any budget, unless its files are far beyond it", async () => {
    await using running = await serverOf(["one"], { args: ["--memory-budget", "3MB"] });
    expect(await ask(running.server, "one")).toEqual({ status: 200, text: paris });
    await using hopeless = await serverOf(["one"], { args: ["--memory-budget", "1MB"] });
    expect(await ask(hopeless.server, "one")).toEqual({
      status: 500,
      text: expect.stringMatching(
        /^model requires more system memory \(.* GiB\) than is available \(.* GiB\)$/,
      ),
    });
  }, 60_000);
});

describe("models in turns", () => {
  test("two that fit are loaded once each, whoever alternates", async () => {
    await using running = await serverOf(["one", "two"]);
    const { server } = running;
    for (let i = 0; i < 4; i++) for (const name of ["one", "two"]) await ask(server, name);
    expect([nLoads(server, "one"), nLoads(server, "two")]).toEqual([1, 1]);
  }, 60_000);

  test("two that do not fit are served in batches, and nobody is left out", async () => {
    await using running = await serverOf(["one", "two"], { args: ["--models-max", "1"] });
    const { server } = running;
    await ask(server, "one");
    const names = Array.from({ length: 24 }, (_, i) => (i % 2 === 0 ? "one" : "two"));
    const answers = await Promise.all(names.map((name) => ask(server, name)));
    expect(answers).toEqual(names.map(() => ({ status: 200, text: paris })));
    // Not one for each request: those that wait for the same model are served together.
    expect(nLoads(server, "one") + nLoads(server, "two")).toBeLessThanOrEqual(4);
  }, 60_000);
});

describe("scheduler-max-queue", () => {
  const busy = "server busy, please try again.  maximum pending requests exceeded";

  test("503 for the overflow in every dialect, the others succeed", async () => {
    const env = { OLLAMA_MAX_QUEUE: "4", OLLAMA_NUM_PARALLEL: "1" };
    await using running = await serverOf(["one"], { env });
    const { server } = running;
    await withoutTiny(server);
    await ask(server, "one");
    const [engine = 0] = server.engines();
    process.kill(engine, "SIGSTOP"); // until everybody is there
    const refused: unknown[] = [];
    const all = Array.from({ length: 12 }, async () => {
      const answer = await ask(server, "one");
      if (answer.status !== 200) refused.push(answer);
      return answer;
    });
    // One runs and four wait for its place.
    await until("the others are refused", () => refused.length === 12 - 5);
    expect(refused).toEqual(refused.map(() => ({ status: 503, text: busy })));
    const { messages } = chat("one");
    for (const path of ["/v1/chat/completions", "/v1/messages", "/v1/responses"]) {
      const body = { model: "one", messages, input: "hi", max_tokens: 9 };
      const response = await server.post(path, body);
      expect([path, response.status, await response.text()]).toEqual([
        path,
        503,
        expect.stringContaining(busy),
      ]);
    }
    expect((await ask(server, "tiny")).status).toBe(503);
    process.kill(engine, "SIGCONT");
    const answered = (await Promise.all(all)).filter(({ status }) => status === 200);
    expect(answered).toEqual(Array.from({ length: 5 }, () => ({ status: 200, text: paris })));
  }, 60_000);
});

describe("how long a model stays", () => {
  test("OLLAMA_KEEP_ALIVE is what requests without keep_alive have", async () => {
    await using running = await serverOf(["one", "two"], { env: { OLLAMA_KEEP_ALIVE: "200ms" } });
    const { server } = running;
    await ask(server, "one");
    await ask(server, "two", { keep_alive: -1 });
    await until("the others have gone", async () => {
      const names = await namesIn(server);
      return names.length === 1 && names[0] === "two:latest";
    });
    await until("their processes as well", () => server.engines().length === 1);
    expect(await ask(server, "one")).toEqual({ status: 200, text: paris }); // and comes back
    expect(nLoads(server, "one")).toBe(2);
  }, 60_000);

  test("keep_alive 0 unloads a model right after its answer, or without one", async () => {
    await using running = await serverOf(["one"]);
    const { server } = running;
    await withoutTiny(server);
    expect(await ask(server, "one", { keep_alive: 0 })).toEqual({ status: 200, text: paris });
    await until("it is gone", () => server.engines().length === 0);
    expect(await namesIn(server)).toEqual([]);
    await ask(server, "one");
    expect(await namesIn(server)).toEqual(["one:latest"]);
    await server.post("/api/generate", { model: "one", keep_alive: 0 });
    await until("it is gone again", () => server.engines().length === 0);
  }, 60_000);
});

describe("options of loading", () => {
  test("a model is loaded anew when a request names another value, and only then", async () => {
    await using running = await serverOf(["one"]);
    const { server } = running;
    await ask(server, "one");
    await ask(server, "one", { options: { num_batch: 64 } });
    expect(nLoads(server, "one")).toBe(2);
    await ask(server, "one", { options: { num_batch: 64, num_gpu: 0 } });
    await ask(server, "one");
    expect(nLoads(server, "one")).toBe(2);
  }, 60_000);

  test("num_ctx above the usual is part of the first load", async () => {
    const env = { OLLAMA_CONTEXT_LENGTH: "256" };
    await using running = await serverOf(["one"], { env });
    const { server } = running;
    await ask(server, "one", { options: { num_ctx: 700 } });
    expect(nLoads(server, "one")).toBe(1);
    const [one] = (await loaded(server)).filter(({ name }) => name === "one:latest");
    expect(one?.context_length).toBe(700);
  }, 60_000);
});

test("a client that hangs up while its model loads ends the load", async () => {
  await using running = await serverOf(["one"]);
  const { server } = running;
  await withoutTiny(server);
  for (let hasEnded = false; !hasEnded; ) {
    const client = new AbortController();
    const asking = ask(server, "one", {}, client.signal).then(
      () => "answered", // the load was faster than we are: again
      (error) => error.name,
    );
    await until("the load has begun", () => server.engines().length === 1);
    client.abort();
    const isReady = (await namesIn(server)).length > 0;
    if (!isReady) expect(await asking).toBe("AbortError");
    else await server.post("/api/generate", { model: "one", keep_alive: 0 });
    await until("its process is gone", () => server.engines().length === 0);
    hasEnded = !isReady;
  }
}, 60_000);

test("an engine that dies costs its requests, and the next one gets another", async () => {
  await using running = await serverOf(["one"]);
  const { server } = running;
  await withoutTiny(server);
  await ask(server, "one");
  const [pid] = server.engines();
  process.kill(pid ?? 0, "SIGKILL");
  await until("it is noticed", async () => (await namesIn(server)).length === 0);
  expect(await ask(server, "one")).toEqual({ status: 200, text: paris });
  expect(nLoads(server, "one")).toBe(2);
}, 60_000);

async function sizeOfOne(): Promise<number> {
  await using running = await serverOf(["one"]);
  await ask(running.server, "one");
  const models = await loaded(running.server);
  return models.find(({ name }) => name === "one:latest")?.size ?? 0;
}
