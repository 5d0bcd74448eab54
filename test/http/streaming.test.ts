import { heapStats } from "bun:jsc";
import { afterEach, describe, expect, test } from "bun:test";
import { ListenError, type Listening, listen } from "../../src/http/listen.ts";
import {
  appOver,
  type Behaviour,
  crashesAfter,
  done,
  fallsSilent,
  json,
  neverEnds,
  says,
  sseEvents,
  text,
  waitsForAbort,
} from "../support/fake-engine.ts";

const path = "/v1/chat/completions";
const hi = { messages: [{ role: "user", content: "hi" }] };
const any = { hostname: "127.0.0.1", port: 0 };

describe("a stream that fails after its first word", () => {
  test("ends with an error event, and without [DONE]", async () => {
    const response = await appOver(crashesAfter(2)).post(path, { ...hi, stream: true });
    expect(response.status).toBe(200);
    const events = await sseEvents(response);
    expect(events).toHaveLength(4);
    expect(events.at(-1)).toEqual({
      error: {
        message: "the engine was killed by signal 9",
        type: "server_error",
        param: null,
        code: "engine_crashed",
      },
    });
  });

  test("says so as well when the engine just stops talking", async () => {
    const events = await sseEvents(
      await appOver(fallsSilent()).post(path, { ...hi, stream: true }),
    );
    expect(events.at(-1)).toMatchObject({
      error: { code: "engine_crashed", type: "server_error" },
    });
    const whole = await appOver(fallsSilent()).post(path, hi);
    expect(whole.status).toBe(500);
  });

  test("gives its lease back", async () => {
    const { post, supervisor, engine } = appOver(crashesAfter(1));
    await (await post(path, { ...hi, stream: true })).text();
    await post(path, hi);
    expect(engine.nRunning).toBe(0);
    await supervisor.stop();
  });
});

describe("streams that were read to their end", () => {
  /** Objects that outlive a collection, by the names of their classes. */
  function survivors(): Record<string, number> {
    Bun.gc(true);
    return heapStats().objectTypeCounts;
  }

  // A request's signal lives on in Bun for a while, and nobody ever aborts most of them.
  test.each([
    ["a stream of server-sent events", path, { ...hi, stream: true }],
    ["Ollama's lines", "/api/chat", hi],
  ])("leave nothing behind: %s", async (_what, url, body) => {
    const { post } = appOver(says("a", "b"));
    const client = new AbortController();
    const read = async (n: number) => {
      for (let i = 0; i < n; i++) await (await post(url, body, client.signal)).text();
    };
    await read(20);
    const before = survivors();
    const nStreams = 300;
    await read(nStreams);
    const after = survivors();
    for (const kind of ["AbortController", "AbortSignal", "ReadableStream", "Generator"]) {
      const nMore = (after[kind] ?? 0) - (before[kind] ?? 0);
      expect({ kind, areLeft: nMore >= nStreams / 10 }).toEqual({ kind, areLeft: false });
    }
  });
});

describe("a silent stream", () => {
  /** Goes silent after its first word until told to go on. */
  function pauses() {
    const gate = Promise.withResolvers<void>();
    const behaviour: Behaviour = async function* () {
      yield text("a");
      await gate.promise;
      yield done();
    };
    return { behaviour, goOn: () => gate.resolve() };
  }

  test("is pinged with comments, as often as the request asks", async () => {
    const { behaviour, goOn } = pauses();
    const body = { prompt: "a", stream: true, sse_ping_interval: 1 };
    const response = await appOver(behaviour).post("/completion", body);
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    expect((await reader?.read())?.value).toContain('"content":"a"');
    expect((await reader?.read())?.value).toBe(":\n\n");
    expect((await reader?.read())?.value).toBe(":\n\n");
    goOn();
    expect((await reader?.read())?.value).toContain('"stop":true');
    expect((await reader?.read())?.done).toBe(true);
  });

  test("has its status as soon as the work has begun, before the first word", async () => {
    const behaviour: Behaviour = async function* (_request, signal) {
      yield { type: "progress", nPrompt: 7, nCached: 0, nProcessed: 0, ms: 0 };
      yield* waitsForAbort(0)(_request, signal);
    };
    const response = await appOver(behaviour).post("/completion", { prompt: "a", stream: true });
    expect(response.status).toBe(200);
    await response.body?.cancel();
  });
});

describe("a client that hangs up", () => {
  let server: Listening | undefined;
  afterEach(() => server?.stop());

  /** Longest that an abandoned generation may go on, milliseconds. */
  const releaseMsMax = 200;

  /** Milliseconds until `condition` holds. */
  async function until(condition: () => boolean): Promise<number> {
    const start = performance.now();
    while (!condition()) {
      if (performance.now() - start > 5000) throw new Error("it never came true");
      await Bun.sleep(1);
    }
    return performance.now() - start;
  }

  async function hangUp(behaviour: Behaviour, url: string, body: object, nWords: number) {
    const { app, engine } = appOver(behaviour);
    server = listen(app, any);
    const client = new AbortController();
    const request = { method: "POST", body: JSON.stringify(body), signal: client.signal };
    const answer = fetch(server.url + url, request).then((response) => response.text());
    answer.catch(() => {}); // it is aborted
    await until(() => engine.nEvents === nWords + 1);
    expect(engine.nRunning).toBe(1);
    client.abort();
    return until(() => engine.nRunning === 0);
  }

  test.each([
    ["a stream", path, { ...hi, stream: true }, 2],
    ["a stream before its first word", path, { ...hi, stream: true }, 0],
    ["an answer in one piece", path, hi, 2],
    ["Ollama's stream", "/api/chat", hi, 2],
    ["Ollama's answer in one piece", "/api/chat", { ...hi, stream: false }, 2],
    ["llama-server's stream", "/completion", { prompt: "hi", stream: true }, 2],
    ["llama-server's answer in one piece", "/completion", { prompt: "hi" }, 2],
  ])("frees the engine at once: %s", async (_what, url, body, nWords) => {
    const ms = await hangUp(waitsForAbort(nWords), url, body, nWords);
    expect(ms).toBeLessThan(releaseMsMax);
  });

  test("frees the engine even when it had stopped reading", async () => {
    const { app, engine } = appOver(neverEnds());
    server = listen(app, any);
    const client = new AbortController();
    const body = JSON.stringify({ ...hi, stream: true });
    const response = await fetch(server.url + path, {
      method: "POST",
      body,
      signal: client.signal,
    });
    await response.body?.getReader().read();
    let seen = -1;
    await until(() => {
      const still = engine.nEvents === seen;
      seen = engine.nEvents;
      return still;
    });
    client.abort();
    expect(await until(() => engine.nRunning === 0)).toBeLessThan(releaseMsMax);
  });

  test("while the model loads, no longer waits for it", async () => {
    const { post, supervisor } = appOver(says(), { start: () => new Promise(() => {}) });
    const client = new AbortController();
    const answer = post(path, hi, client.signal);
    await Bun.sleep(0);
    client.abort();
    expect((await answer).status).toBe(499);
    expect(supervisor.status(supervisor.catalog.default).state).toBe("loading");
  });

  test("does not disturb others", async () => {
    const { app } = appOver(says("fine"));
    server = listen(app, any);
    const client = new AbortController();
    client.abort();
    await fetch(server.url, { signal: client.signal }).catch(() => {});
    const response = await fetch(server.url + path, { method: "POST", body: JSON.stringify(hi) });
    expect(await json<object>(response)).toMatchObject({
      choices: [{ message: { content: "fine" } }],
    });
  });
});

describe("a reader that cancels the stream", () => {
  test("frees the engine", async () => {
    const { post, engine } = appOver(waitsForAbort(1));
    const response = await post(path, { ...hi, stream: true });
    const reader = response.body?.getReader();
    await reader?.read();
    await reader?.cancel();
    await Bun.sleep(0);
    expect(engine.nRunning).toBe(0);
  });

  test("is not left waiting when its request is aborted", async () => {
    const { post } = appOver(waitsForAbort(1));
    const client = new AbortController();
    const response = await post(path, { ...hi, stream: true }, client.signal);
    const text = response.text();
    client.abort();
    expect(text).rejects.toThrow("abort");
  });

  test("is the pace: the engine is not asked for more than is read", async () => {
    const { post, engine } = appOver(neverEnds());
    const response = await post(path, { ...hi, stream: true });
    await Bun.sleep(20);
    expect(engine.nEvents).toBeLessThan(10);
    await response.body?.cancel();
  });
});

describe("listen", () => {
  test("streams over a real socket, frame by frame", async () => {
    const server = listen(appOver(says("Par", "is")).app, any);
    const body = JSON.stringify({ ...hi, stream: true });
    const response = await fetch(server.url + path, { method: "POST", body });
    expect(response.headers.get("content-type")).toBe("text/event-stream");
    expect(response.headers.get("x-accel-buffering")).toBe("no");
    expect(await sseEvents(response)).toHaveLength(5);
    await server.stop();
  });

  test("a taken port is an error that says what to change", async () => {
    const server = listen(appOver(says()).app, any);
    const port = Number(new URL(server.url).port);
    const again = () => listen(appOver(says()).app, { hostname: "127.0.0.1", port });
    expect(again).toThrow(ListenError);
    expect(again).toThrow(
      `port ${port} of 127.0.0.1 is already in use: choose another with --port or HUTCH_HOST`,
    );
    await server.stop();
  });

  test("a body beyond the limit is a 413", async () => {
    const server = listen(appOver(says()).app, any);
    const post = async (to: string, body: Uint8Array<ArrayBuffer> | ReadableStream) => {
      const response = await fetch(server.url + to, { method: "POST", body });
      const { error } = (await response.json()) as { error: object };
      return [response.status, error];
    };
    const body = new Uint8Array(65 * 1024 * 1024);
    const message = "the body is larger than 64 MB (the server's --max-body-size)";
    const about = { message, code: "body_too_large" };
    expect(await post(path, body)).toEqual([413, expect.objectContaining(about)]);
    const chunked = new ReadableStream({
      pull(controller) {
        controller.enqueue(new Uint8Array(2 ** 20));
      },
    });
    expect(await post(path, chunked)).toEqual([413, expect.objectContaining(about)]);
    const anthropics = { type: "request_too_large", message };
    expect(await post("/v1/messages", body)).toEqual([413, expect.objectContaining(anthropics)]);
    await server.stop();
  });
});
