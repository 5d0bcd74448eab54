import { describe, expect, test } from "bun:test";
import type { ChatCompletion } from "../../src/http/openai/chat-answer-schema.ts";
import type { Wish } from "../../src/supervisor/supervisor.ts";
import { appOver, json, says, sseEvents } from "../support/fake-engine.ts";

/** The app, and what its requests wish of the engine. */
function watched() {
  const app = appOver(says("a"));
  const wishes: Wish[] = [];
  const acquire = app.supervisor.acquire.bind(app.supervisor);
  app.supervisor.acquire = (name, signal, wish) => {
    if (wish) wishes.push(wish);
    return acquire(name, signal, wish);
  };
  return { ...app, wishes };
}

describe.each([
  ["/v1/chat/completions", { messages: [{ role: "user", content: "hi" }] }],
  ["/v1/completions", { prompt: "hi" }],
  ["/api/chat", { messages: [{ role: "user", content: "hi" }], stream: false }],
])("Ollama's options in POST %s", (path, hi) => {
  test("reach the engine", async () => {
    const { post, engine } = watched();
    const options = { temperature: 0.5, top_k: 3, num_predict: 9, num_keep: 4, stop: "x" };
    expect((await post(path, { ...hi, options })).status).toBe(200);
    expect(engine.requests[0]).toMatchObject({
      nPredict: 9,
      nKeep: 4,
      stop: ["x"],
      sampling: { temperature: 0.5, topK: 3 },
    });
  });

  test("num_ctx is for the request and its engine", async () => {
    const { post, engine, wishes } = watched();
    await post(path, { ...hi, options: { num_ctx: 512 } });
    expect(engine.requests[0]?.nCtx).toBe(512);
    expect(wishes.length).toBeGreaterThan(0);
    expect(new Set(wishes.map(({ nCtx }) => nCtx))).toEqual(new Set([512]));
  });

  test.each([
    [{ keep_alive: "5m" }, 300_000],
    [{ keep_alive: 10 }, 10_000],
    [{ keep_alive: 0 }, 0],
    [{ keep_alive: -1 }, Number.POSITIVE_INFINITY],
    [{ options: { keep_alive: "1h30m" } }, 5_400_000],
    [{ keep_alive: 1, options: { keep_alive: 2 } }, 1000],
    [{}, undefined],
  ])("%j keeps the engine for %p ms", async (more, expected) => {
    const { post, wishes } = watched();
    await post(path, { ...hi, ...more });
    expect(wishes.at(-1)?.keepAliveMs).toBe(expected);
  });
});

test.each(["soon", "1m".repeat(51)])("keep_alive %j is refused by name", async (keep_alive) => {
  const { post } = watched();
  const messages = [{ role: "user", content: "hi" }];
  const response = await post("/v1/chat/completions", { messages, keep_alive });
  expect(response.status).toBe(400);
  expect(await response.json()).toMatchObject({ error: { param: "keep_alive" } });
});

test("a request's own fields win over its options", async () => {
  const { post, engine } = watched();
  const options = { temperature: 0.5, seed: 1, num_predict: 9, stop: "x", num_keep: 4 };
  const own = { temperature: 1, max_completion_tokens: 3, stop: ["y"], n_keep: 5 };
  const messages = [{ role: "user", content: "hi" }];
  await post("/v1/chat/completions", { messages, ...own, options });
  expect(engine.requests[0]).toMatchObject({
    nPredict: 3,
    nKeep: 5,
    stop: ["y"],
    sampling: { temperature: 1, seed: 1 },
  });
});

test("options have Ollama's words for loading", async () => {
  const { post, wishes } = watched();
  const options = {
    num_batch: 64,
    num_gpu: 3,
    main_gpu: 1,
    use_mmap: false,
    use_mlock: true,
    numa: true,
    num_thread: 2,
    rope_frequency_base: 1e6,
    rope_frequency_scale: 0.5,
    draft_num_predict: 4,
  };
  await post("/v1/chat/completions", { messages: [{ role: "user", content: "hi" }], options });
  const load = {
    nBatch: 64,
    model: { n_gpu_layers: 3, main_gpu: 1, load_mode: "mlock" },
    numa: "distribute",
    threads: { n_threads: 2 },
    context: { rope_freq_base: 1e6, rope_freq_scale: 0.5 },
    speculation: { draft_n_max: 4 },
  };
  expect(wishes).not.toBeEmpty();
  expect(wishes).toEqual(wishes.map(() => expect.objectContaining({ load })));
});

test("options that say how it is anyway are no reason to load a model anew", async () => {
  const { post, wishes } = watched();
  const nothing = { num_gpu: -1, num_thread: 0, use_mmap: true, use_mlock: false, numa: false };
  const options = { ...nothing, rope_frequency_base: 0, rope_frequency_scale: 0, num_ctx: 0 };
  await post("/v1/chat/completions", { messages: [{ role: "user", content: "hi" }], options });
  expect(wishes).not.toBeEmpty();
  expect(wishes.map(({ nCtx, load }) => [nCtx, load])).toEqual(
    wishes.map(() => [undefined, undefined]),
  );
});

test("options are no way to other fields", async () => {
  const { post, engine } = watched();
  const options = { json_schema: {}, n: 3, messages: [] };
  await post("/v1/chat/completions", { messages: [{ role: "user", content: "hi" }], options });
  expect(engine.requests).toHaveLength(1);
  expect(engine.requests[0]?.prompt.jsonSchema).toBeUndefined();
});

describe("POST /api/chat with keep_alive 0 and no messages", () => {
  const unload = { model: "tiny", keep_alive: 0 };
  const unloaded = { done: true, done_reason: "unload" };

  test("does not load what is not loaded", async () => {
    const { post, wishes } = watched();
    expect(await json(post("/api/chat", unload))).toMatchObject(unloaded);
    expect(wishes).toEqual([]);
  });

  test("lets the engine of a loaded model end", async () => {
    const { post, supervisor } = watched();
    const state = () => supervisor.status(supervisor.catalog.default).state;
    await post("/api/chat", { model: "tiny" });
    expect(state()).toBe("ready");
    expect(await json(post("/api/chat", unload))).toMatchObject(unloaded);
    expect(state()).toBe("sleeping");
  });
});

describe("what OpenAI's service has beside the model", () => {
  const hi = { messages: [{ role: "user", content: "hi" }] };
  const path = "/v1/chat/completions";

  test("a request with a service tier is told which it had", async () => {
    const answer = await json<ChatCompletion>(
      appOver(says("a")).post(path, { ...hi, service_tier: "flex" }),
    );
    expect(answer.service_tier).toBe("default");
    const silent = await json<ChatCompletion>(appOver(says("a")).post(path, hi));
    expect(silent).not.toHaveProperty("service_tier");
  });

  test("chunks are padded to lengths that say little", async () => {
    const stream_options = { include_obfuscation: true };
    const body = { ...hi, stream: true, stream_options };
    const events = await sseEvents(await appOver(says("a", "abcdefg")).post(path, body));
    const chunks = events.slice(1, 3) as { obfuscation: string }[];
    const lengths = chunks.map((chunk) => {
      expect(chunk.obfuscation).not.toBe("");
      return JSON.stringify(chunk).length;
    });
    expect(lengths.map((length) => length % 16)).toEqual(
      [lengths[0] ?? 0, lengths[0] ?? 0].map((l) => l % 16),
    );
  });

  test.each([
    { user: "u", safety_identifier: "s", prompt_cache_key: "k", prompt_cache_retention: "24h" },
    { prediction: { type: "content", content: "x" }, prompt_cache_options: { mode: "explicit" } },
    { store: false, metadata: {}, modalities: ["text"], functions: [], function_call: "auto" },
  ])("%j asks for nothing", async (more) => {
    const { status } = await appOver(says("a")).post(path, { ...hi, ...more });
    expect(status).toBe(200);
  });
});
