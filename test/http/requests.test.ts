import { describe, expect, test } from "bun:test";
import { apiKey } from "../../src/core/api-keys.ts";
import { AppError } from "../../src/core/errors.ts";
import type { RequestRecord } from "../../src/http/request-record.ts";
import {
  type AppOverOptions,
  appOver,
  type Behaviour,
  crashesAfter,
  FakeEngine,
  json,
  says,
  waitsForAbort,
} from "../support/fake-engine.ts";

const chat = { messages: [{ role: "user", content: "the secret" }] };
const streamed = { ...chat, stream: true };

function over(behaviour: Behaviour, options: AppOverOptions = {}) {
  const ended: RequestRecord[] = [];
  return {
    ...appOver(behaviour, { ...options, onRequest: (record) => ended.push(record) }),
    ended,
  };
}

const request = (headers: Record<string, string> = {}) =>
  new Request("http://localhost/v1/models", { headers });

describe("the id of a request", () => {
  test("is the client's own, or a new one", async () => {
    const { app } = over(says("a"));
    const idOf = async (headers?: Record<string, string>) =>
      (await app.handle(request(headers))).headers.get("x-request-id");
    expect(await idOf({ "x-request-id": "trace-1.2:3" })).toBe("trace-1.2:3");
    const [one, two] = [await idOf(), await idOf()];
    expect(one).toMatch(/^[\da-f-]{36}$/);
    expect(one).not.toBe(two);
    for (const bad of ['a"b', "a b", "x".repeat(129)]) {
      expect(await idOf({ "x-request-id": bad })).toMatch(/^[\da-f-]{36}$/);
    }
  });

  test("comes with errors, too", async () => {
    const { post } = over(says("a"));
    const response = await post("/v1/chat/completions", {});
    expect([response.status, response.headers.has("x-request-id")]).toEqual([400, true]);
  });
});

describe("the record of a request", () => {
  const seen = ({ method, path, status, outcome, model, nPrompt, nPredicted }: RequestRecord) => [
    method,
    path,
    status,
    outcome,
    model,
    nPrompt,
    nPredicted,
  ];

  test("has its model and its tokens", async () => {
    const { post, ended } = over(says("a", "b"));
    await post("/v1/chat/completions?x=secret", chat);
    expect(ended.map(seen)).toEqual([["POST", "/v1/chat/completions", 200, "done", "tiny", 7, 2]]);
  });

  test("has the name of its key, and nothing of others", async () => {
    const settings = { apiKeys: [apiKey("k", "laptop")] };
    const { app, ended } = over(says("a"), { settings });
    await app.handle(request({ authorization: "Bearer k" }));
    await app.handle(request({ authorization: "Bearer wrong" }));
    expect(ended.map(({ status, keyName }) => [status, keyName])).toEqual([
      [200, "laptop"],
      [401, null],
    ]);
  });

  test("is complete when its stream is", async () => {
    const { post, ended } = over(says("a", "b"));
    const response = await post("/api/chat", { model: "tiny", ...streamed });
    expect(ended).toEqual([]);
    await response.text();
    expect(ended.map(seen)).toEqual([["POST", "/api/chat", 200, "done", "tiny", 7, 2]]);
  });

  test("tells what went wrong, before the answer and in it", async () => {
    const { post, ended } = over(crashesAfter(1));
    await post("/v1/chat/completions", chat);
    await (await post("/v1/messages", { ...streamed, max_tokens: 9 })).text();
    await post("/v1/chat/completions", { messages: 1 });
    expect(ended.map(({ status, outcome }) => [status, outcome])).toEqual([
      [500, "engine_crashed"],
      [200, "engine_crashed"],
      [400, "invalid_request"],
    ]);
  });

  test("ends when the client leaves its stream", async () => {
    const { post, ended } = over(waitsForAbort(1));
    const client = new AbortController();
    const response = await post("/v1/chat/completions", streamed, client.signal);
    const reader = response.body?.getReader();
    await reader?.read();
    client.abort();
    await reader?.cancel();
    expect(ended.map(({ outcome }) => outcome)).toEqual(["cancelled"]);
  });
});

describe("a server that is to end", () => {
  test("lets streams go on, refuses new work in everybody's words, and says so", async () => {
    const goOn = Promise.withResolvers<void>();
    const slow: Behaviour = async function* (request, signal) {
      for await (const event of says("a", "b")(request, signal)) {
        if (event.type === "text" && event.nPredicted === 2) await goOn.promise;
        yield event;
      }
    };
    const { app, get, post } = over(slow);
    const running = await post("/v1/chat/completions", streamed);
    expect((await get("/ready")).status).toBe(200);
    let isDrained = false;
    const drained = app.requests.drain(30).then(() => {
      isDrained = true;
    });
    const message = "the server is shutting down";
    const refusals: [string, object][] = [
      ["/v1/chat/completions", { error: { message, code: "overloaded" } }],
      ["/v1/messages", { type: "error", error: { type: "overloaded_error", message } }],
      ["/api/chat", { error: message }],
      ["/completion", { error: { code: 503, message, type: "unavailable_error" } }],
    ];
    for (const [path, body] of refusals) {
      const response = await post(path, { ...chat, model: "tiny", max_tokens: 1, prompt: "a" });
      expect([path, response.status, response.headers.get("retry-after")]).toEqual([
        path,
        503,
        "30",
      ]);
      expect(await json<object>(response)).toMatchObject(body);
    }
    const ready = await get("/ready");
    expect([ready.status, await json<object>(ready)]).toMatchObject([503, { error: { message } }]);
    expect((await get("/health")).status).toBe(200);
    expect((await get("/v1/models")).status).toBe(200);
    expect(isDrained).toBe(false);
    goOn.resolve();
    expect(await running.text()).toContain("[DONE]");
    await drained;
  });

  test("without anything to do ends at once, and with something after a while", async () => {
    const { app, post } = over(waitsForAbort(1));
    await app.requests.drain(30);
    const other = over(waitsForAbort(1));
    void other.post("/v1/chat/completions", chat).catch(() => {});
    await Bun.sleep(0);
    await other.app.requests.drain(0.01);
    expect(other.app.requests.nWorking).toBe(1);
    expect((await post("/v1/chat/completions", chat)).status).toBe(503);
  });
});

describe("GET /ready", () => {
  test("is 503 while the default model loads, and says why it could not", async () => {
    const loaded = Promise.withResolvers<FakeEngine>();
    const { get, supervisor } = over(says(), { start: () => loaded.promise });
    supervisor.preload();
    const loading = await get("/ready");
    expect([loading.status, loading.headers.get("retry-after")]).toEqual([503, "1"]);
    loaded.resolve(new FakeEngine(says()));
    await Bun.sleep(0);
    expect((await get("/ready")).status).toBe(200);
    const start = () => Promise.reject(new AppError("model_load_failed", "no GGUF"));
    const broken = over(says(), { start });
    broken.supervisor.preload();
    await Bun.sleep(0);
    expect(await json<object>(broken.get("/ready"))).toMatchObject({
      error: { message: "no GGUF" },
    });
  });

  test("needs no key", async () => {
    const { get, supervisor } = over(says(), { settings: { apiKeys: [apiKey("k", "laptop")] } });
    supervisor.preload();
    await Bun.sleep(0);
    expect((await get("/ready")).status).toBe(200);
  });
});

test("a 503 says when to ask again: as soon as the reason is over, if that is known", async () => {
  const start = () => {
    const context = { retryAfterSeconds: 40 };
    return Promise.reject(new AppError("crash_loop", "it crashes", context));
  };
  for (const path of ["/v1/chat/completions", "/api/chat", "/v1/messages"]) {
    const { post } = over(says(), { start });
    const response = await post(path, { ...chat, model: "tiny", max_tokens: 1 });
    expect([path, response.status, response.headers.get("retry-after")]).toEqual([path, 503, "40"]);
  }
});
