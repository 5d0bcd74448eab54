import { beforeAll, describe, expect, test } from "bun:test";
import { type ApiKey, apiKey, type KeyLimits } from "../../src/core/api-keys.ts";
import { noMetrics } from "../../src/core/calls.ts";
import type { HttpSettings } from "../../src/core/server.ts";
import type { Model } from "../../src/models/catalog.ts";
import {
  appOver,
  type Behaviour,
  fakeInfo,
  httpSettings,
  json,
  says,
  tiny,
  waitsForAbort,
} from "../support/fake-engine.ts";

const other: Model = { ...tiny, name: "other", path: "/models/other.gguf" };
const models: [Model, Model] = [tiny, other];
const limited = (name: string, limits: KeyLimits): ApiKey => ({ ...apiKey(name, name), limits });

interface Asked {
  key?: string;
  method?: string;
  body?: unknown;
  headers?: Record<string, string>;
  signal?: AbortSignal;
}

/** An app with these keys, whose names are the keys themselves. */
function appWith(
  apiKeys: ApiKey[],
  behaviour: Behaviour = says("a", "b"),
  settings: Partial<HttpSettings> = {},
) {
  const endpoints = { ...httpSettings.endpoints, metrics: true };
  const over = appOver(behaviour, {
    models,
    settings: { apiKeys, endpoints, ...settings },
    answers: {
      embed: ({ inputs }) => ({
        embeddings: inputs.map(() => [new Float32Array(2)]),
        nTokens: inputs.map(() => 10),
      }),
      rerank: ({ documents }) => ({ scores: documents.map(() => 1), nTokens: 10 }),
      metrics: () => noMetrics,
    },
    info: { ...fakeInfo, reranks: true },
  });
  const ask = async (path: string, { key, method, body, headers, signal }: Asked = {}) =>
    over.app.handle(
      new Request(`http://localhost${path}`, {
        method: method ?? (body === undefined ? "GET" : "POST"),
        headers: {
          ...(key !== undefined && { "x-api-key": key }),
          ...(body !== undefined && { "content-type": "application/json" }),
          ...headers,
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
        ...(signal && { signal }),
      }),
    );
  return { ...over, ask };
}

const messages = [{ role: "user", content: "hi" }];
const chat = (more: object = {}) => ({ model: "tiny", messages, ...more });

/** A request of every dialect's main routes, and where its errors have their words. */
const dialects: [path: string, body: object, words: string][] = [
  ["/v1/chat/completions", chat(), "error.message"],
  ["/v1/completions", { model: "tiny", prompt: "hi" }, "error.message"],
  ["/v1/responses", { model: "tiny", input: "hi" }, "error.message"],
  ["/v1/messages", chat({ max_tokens: 5 }), "error.message"],
  ["/api/chat", chat(), "error"],
  ["/api/generate", { model: "tiny", prompt: "hi" }, "error"],
  ["/completion", { model: "tiny", prompt: "hi" }, "error.message"],
  ["/v1/embeddings", { model: "tiny", input: "hi" }, "error.message"],
  ["/api/embed", { model: "tiny", input: "hi" }, "error"],
  ["/v1/rerank", { model: "tiny", query: "hi", documents: ["a"] }, "error.message"],
  ["/api/rerank", { model: "tiny", query: "hi", documents: ["a"] }, "error"],
];

const errorType: Record<string, string> = {
  "/v1/messages": "rate_limit_error",
  "/v1/chat/completions": "rate_limit_error",
};

describe.each(dialects)("%s", (path, body, words) => {
  const streamed = { ...body, stream: true };

  test("beyond the requests of a key is a 429 that says when to come back", async () => {
    const { ask } = appWith([limited("k", { requests: 1 }), apiKey("free", "free")]);
    expect((await ask(path, { key: "k", body })).status).toBe(200);
    const refused = await ask(path, { key: "k", body });
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get("retry-after"))).toBeWithin(1, 61);
    const answer = await json<Record<string, unknown>>(refused);
    expect(answer).toHaveProperty(words, expect.stringMatching(/"k" may use 1 requests a minute/));
    if (errorType[path]) expect(answer).toHaveProperty("error.type", errorType[path]);
    expect((await ask(path, { key: "free", body })).status).toBe(200);
  });

  test("beyond its tokens is one too, streaming or not, and loads nothing", async () => {
    const { ask } = appWith([limited("k", { tokens: 5 })]);
    await (await ask(path, { key: "k", body })).text();
    for (const again of [body, streamed]) {
      const refused = await ask(path, { key: "k", body: again });
      expect(refused.status).toBe(429);
      expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(1);
      expect(await refused.json()).toHaveProperty(words, expect.stringMatching(/5 tokens/));
    }
    expect((await ask("/v1/models", { key: "k" })).status).toBe(200);
  });

  test("is for no other models than those of the key, known or not", async () => {
    const { ask, engine, supervisor } = appWith([limited("k", { models: ["tiny"] })]);
    for (const model of ["other", "other:latest", "unknown"]) {
      const refused = await ask(path, { key: "k", body: { ...streamed, model } });
      expect(refused.status).toBe(403);
      const problem = `the API key "k" may not use model "${model}"; it may use tiny`;
      expect(await refused.json()).toHaveProperty(words, problem);
    }
    expect(engine.requests).toEqual([]);
    expect(supervisor.status(other).state).toBe("unloaded");
    expect((await ask(path, { key: "k", body })).status).toBe(200);
  });
});

describe("tokens", () => {
  const usedBy = async (ask: ReturnType<typeof appWith>["ask"], key: string) => {
    const text = await (await ask("/metrics", { key })).text();
    const figure = (name: string) =>
      Number(new RegExp(`hutch_key_${name}_tokens_total{key="${key}"} (\\d+)`).exec(text)?.[1]);
    return [figure("prompt"), figure("predicted")];
  };

  test("of a stream count, and those of a client that hangs up", async () => {
    const { ask } = appWith([apiKey("k", "k")]);
    const stream = await ask("/v1/chat/completions", { key: "k", body: chat({ stream: true }) });
    await stream.text();
    expect(await usedBy(ask, "k")).toEqual([7, 2]);

    const leaving = appWith([apiKey("k", "k")], waitsForAbort(3));
    const client = new AbortController();
    const { signal } = client;
    const body = chat({ stream: true });
    const open = await leaving.ask("/v1/chat/completions", { key: "k", body, signal });
    const reader = open.body!.getReader();
    let text = "";
    while (text.split("word ").length < 4)
      text += new TextDecoder().decode((await reader.read()).value);
    client.abort();
    await reader.cancel().catch(() => {});
    while (leaving.engine.nRunning > 0) await Bun.sleep(1);
    expect(await usedBy(leaving.ask, "k")).toEqual([7, 3]);
  });

  test("are counted for the key that asked, of several at once", async () => {
    const { ask } = appWith([apiKey("a", "a"), apiKey("b", "b")]);
    const keys = ["a", "b", "a", "b", "a"];
    const answers = keys.map((key) => ask("/v1/chat/completions", { key, body: chat() }));
    await Promise.all(answers.map(async (answer) => (await answer).text()));
    expect([await usedBy(ask, "a"), await usedBy(ask, "b")]).toEqual([
      [21, 6],
      [14, 4],
    ]);
  });

  test("of a drop-in for llama-server count too", async () => {
    const settings = { profile: "llama-server" as const };
    const { ask, supervisor } = appWith([limited("k", { tokens: 5 })], says("a"), settings);
    supervisor.preload();
    while (supervisor.status(tiny).state !== "ready") await Bun.sleep(1);
    await ask("/completion", { key: "k", body: { prompt: "hi" } });
    const refused = await ask("/completion", { key: "k", body: { prompt: "hi" } });
    expect(await refused.json()).toMatchObject({ error: { code: 429, type: "rate_limit_error" } });
  });
});

describe("a key for some models", () => {
  const { ask } = appWith([limited("k", { models: ["tiny"] }), apiKey("all", "all")]);
  beforeAll(async () => {
    for (const model of ["tiny", "other"]) {
      await ask("/v1/completions", { key: "all", body: { model, prompt: "hi" } });
    }
  });

  test.each(["/v1/models", "/models", "/api/tags", "/api/ps"])(
    "sees no others in %s",
    async (path) => {
      expect(await (await ask(path, { key: "all" })).text()).toContain("other");
      const text = await (await ask(path, { key: "k" })).text();
      expect(text).toContain("tiny");
      expect(text).not.toContain("other");
    },
  );

  test("nor in Anthropic's list, nor one of them alone", async () => {
    const headers = { "anthropic-version": "2023-06-01" };
    expect(await (await ask("/v1/models", { key: "k", headers })).text()).not.toContain("other");
    expect((await ask("/v1/models/tiny", { key: "k" })).status).toBe(200);
    for (const name of ["other", "unknown"]) {
      expect((await ask(`/v1/models/${name}`, { key: "k" })).status).toBe(403);
    }
  });

  test("does not get the default model for being silent", async () => {
    const { ask } = appWith([limited("k", { models: ["other"] })]);
    const refused = await ask("/completion", { key: "k", body: { prompt: "hi" } });
    expect(refused.status).toBe(403);
    expect(await refused.text()).toContain("may not use the default model; it may use other");
  });

  test("reaches the others by no route, whatever it asks", async () => {
    const { app, ask, engine } = appWith([limited("k", { models: ["tiny"] })]);
    const reached: string[] = [];
    const wanted = {
      ...chat({ model: "other", name: "other", source: "other", destination: "x", from: "other" }),
      ...{ prompt: "a", input: "a", content: "a", query: "a", documents: ["a"], tokens: [1] },
      ...{ max_tokens: 5, input_prefix: "a", input_suffix: "b", conversation_ids: ["a"] },
      ...{
        llama_model_path: "other",
        id: "a",
        state: "a",
        questions: { a: { type: "noul", instructions: "?" } },
      },
    };
    const calls = app.routes.filter(({ path }) => !/\*|^\/swagger/.test(path));
    expect(calls.length).toBeGreaterThan(80);
    for (const { method, path } of calls) {
      const url = `${path.replaceAll(/:\w+/g, "other")}?model=other`;
      const hasBody = method === "POST" || method === "DELETE";
      const response = await ask(url, { key: "k", method, ...(hasBody && { body: wanted }) });
      const text = await response.text();
      if (response.ok && text.includes("other")) reached.push(`${method} ${path}`);
    }
    expect(reached).toEqual([]);
    expect([engine.requests, engine.questions]).toEqual([[], []]);
  });
});

describe("metrics", () => {
  test("tell of keys by their names, and of those who have none", async () => {
    const keys = [limited("laptop", { requests: 2 }), { ...apiKey("s3cret", "owner") }];
    const { ask } = appWith(keys);
    for (let i = 0; i < 3; i++) await ask("/v1/models", { key: "laptop" });
    await ask("/v1/models", { key: "wrong-one" });
    await ask("/v1/models");
    const text = await (await ask("/metrics", { key: "s3cret" })).text();
    expect(text).toContain('hutch_key_requests_total{key="laptop"} 3\n');
    expect(text).toContain('hutch_key_refusals_total{key="laptop",limit="requests"} 1\n');
    expect(text).toContain('hutch_key_requests_total{key="owner"} 1\n');
    expect(text).toContain("hutch_unauthorized_requests_total 2\n");
    expect(text).not.toMatch(/s3cret|wrong-one/);
  });
});

describe("without a valid key", () => {
  test("a 401 says how keys are sent, and in which scheme", async () => {
    const { ask } = appWith([apiKey("k", "k")]);
    const missing = await ask("/api/tags");
    expect([missing.status, missing.headers.get("www-authenticate")]).toEqual([401, "Bearer"]);
    expect(await missing.text()).toContain("Authorization: Bearer KEY");
    expect(await (await ask("/api/tags", { key: "x" })).json()).toEqual({
      error: "Invalid API Key",
    });
  });
});

describe("what one key has made, another does not find", () => {
  const keys = [apiKey("mine", "mine"), apiKey("other", "other")];

  test("a stored answer: 404 to read, delete, list its input, or go on from", async () => {
    const { ask } = appWith(keys);
    const first = await ask("/v1/responses", { key: "mine", body: { input: "hi" } });
    const { id, output } = await json<{ id: string; output: { id: string }[] }>(first);
    const path = `/v1/responses/${id}`;
    const statusOf = async (key: string, method: string, of = path) =>
      (await ask(of, { key, method })).status;
    expect(await statusOf("other", "GET")).toBe(404);
    expect(await statusOf("other", "GET", `${path}/input_items`)).toBe(404);
    expect(await statusOf("other", "DELETE")).toBe(404);
    const on = { input: "and?", previous_response_id: id };
    expect((await ask("/v1/responses", { key: "other", body: on })).status).toBe(400);
    const item = { input: [{ type: "item_reference", id: output[0]?.id }] };
    expect((await ask("/v1/responses", { key: "other", body: item })).status).toBe(404);
    expect((await ask("/v1/responses", { key: "mine", body: on })).status).toBe(200);
    expect(await statusOf("mine", "GET")).toBe(200);
    expect(await statusOf("mine", "DELETE")).toBe(200);
  });

  test("a stream that is kept: 404 to read; neither stopped, looked up nor replaced", async () => {
    const { ask } = appWith(keys, waitsForAbort(1));
    const begin = (key: string) =>
      ask("/v1/chat/completions", {
        key,
        body: chat({ stream: true }),
        headers: { "x-conversation-id": "c" },
      });
    await begin("mine");
    const lookUp = async (key: string) =>
      json<object[]>(ask("/v1/streams/lookup", { key, body: { conversation_ids: ["c"] } }));
    expect((await ask("/v1/stream?conv_id=c", { key: "other" })).status).toBe(404);
    await ask("/v1/stream?conv_id=c", { key: "other", method: "DELETE" });
    expect(await lookUp("other")).toEqual([]);
    await begin("other");
    await ask("/v1/stream?conv_id=c", { key: "other", method: "DELETE" });
    expect(await lookUp("mine")).toMatchObject([{ is_done: false }]);
    await ask("/v1/stream?conv_id=c", { key: "mine", method: "DELETE" });
    expect(await lookUp("mine")).toEqual([]);
  });

  test("but the next key of the same name does", async () => {
    const named = ["old", "new"].map(
      (key): ApiKey => ({ ...apiKey(key, "laptop"), isNamed: true }),
    );
    const { ask } = appWith(named);
    const first = await ask("/v1/responses", { key: "old", body: { input: "hi" } });
    const { id } = await json<{ id: string }>(first);
    expect((await ask(`/v1/responses/${id}`, { key: "new" })).status).toBe(200);
  });
});
