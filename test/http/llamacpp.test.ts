import { describe, expect, test } from "bun:test";
import { AppError } from "../../src/core/errors.ts";
import {
  appOver,
  crashesAfter,
  done,
  FakeEngine,
  plays,
  says,
  sseEvents,
} from "../support/fake-engine.ts";

const hi = { prompt: "The capital of France is" };
const piece = { index: 0, tokens: [], id_slot: -1 };
const ending = {
  stop: true,
  model: "tiny",
  tokens_predicted: 2,
  tokens_evaluated: 7,
  tokens_cached: 8,
  has_new_line: false,
  truncated: false,
  stop_type: "eos",
  stopping_word: "",
  timings: expect.objectContaining({ cache_n: 2, prompt_n: 5, predicted_n: 2 }),
};

describe("POST /completion", () => {
  test("answers in one piece", async () => {
    const { post, engine } = appOver(says("Par", "is"));
    const response = await post("/completion", hi);
    expect([response.status, await response.json()]).toEqual([
      200,
      { ...piece, content: "Paris", ...ending },
    ]);
    expect(engine.requests[0]?.prompt).toEqual({ type: "text", text: hi.prompt });
  });

  test("streams pieces; the last has the figures, and there is no [DONE]", async () => {
    const response = await appOver(says("Par", "is")).post("/completion", { ...hi, stream: true });
    expect(await sseEvents(response)).toEqual([
      { ...piece, content: "Par", stop: false, tokens_evaluated: 7 },
      { ...piece, content: "is", stop: false, tokens_evaluated: 7 },
      { ...piece, content: "", ...ending },
    ]);
  });

  test("says which word stopped it, and that there was a line break", async () => {
    const stopped = plays(
      { type: "text", text: "a\nb" },
      done({ reason: "stop", stoppingText: "END", truncated: true }),
    );
    expect(await (await appOver(stopped).post("/completions", hi)).json()).toMatchObject({
      stop_type: "word",
      stopping_word: "END",
      has_new_line: true,
      truncated: true,
    });
  });

  test.each([
    [{ n_predict: 0 }, 0],
    [{ n_predict: 5 }, 5],
    [{ max_tokens: 6 }, 6],
    [{ n_predict: -1 }, undefined],
    [{ n_predict: -2 }, undefined],
    [{}, undefined],
  ])("%p predicts %p tokens at most", async (more, expected) => {
    const { post, engine } = appOver(says("a"));
    await post("/completion", { ...hi, ...more });
    expect(engine.requests[0]?.nPredict).toBe(expected);
  });

  test("grammar, schema, samplers, stop and caching reach the engine", async () => {
    const { post, engine } = appOver(says("a"));
    await post("/completion", { ...hi, grammar: "root ::= [a-z]", stop: ["x"], samplers: "kt" });
    await post("/completion", { ...hi, json_schema: { type: "number" }, cache_prompt: false });
    expect(engine.requests[0]).toMatchObject({
      prompt: { grammar: "root ::= [a-z]" },
      stop: ["x"],
      sampling: { samplers: ["top_k", "temperature"] },
      cachePrompt: true,
    });
    expect(engine.requests[1]).toMatchObject({
      prompt: { jsonSchema: { type: "number" } },
      cachePrompt: false,
    });
  });

  test("values that ask for nothing are accepted for what is not supported", async () => {
    const body = { ...hi, n_probs: 0, id_slot: -1, lora: [], image_data: [], n_keep: 3 };
    expect((await appOver(says("a")).post("/completion", body)).status).toBe(200);
  });

  test("a crash in mid-answer ends with an error event and no `stop: true`", async () => {
    const response = await appOver(crashesAfter(1)).post("/completion", { ...hi, stream: true });
    expect((await sseEvents(response)).slice(1)).toEqual([
      {
        error: { code: 500, message: "the engine was killed by signal 9", type: "server_error" },
      },
    ]);
  });
});

describe("GET /health", () => {
  const loading = { code: 503, message: "Loading model", type: "unavailable_error" };
  const seen = async (response: Response) => [response.status, await response.json()];

  test("is 503 before and while the default model loads, then 200", async () => {
    const loaded = Promise.withResolvers<FakeEngine>();
    const { get, supervisor } = appOver(says(), { start: () => loaded.promise });
    expect(await seen(await get("/health"))).toEqual([503, { error: loading }]);
    supervisor.preload();
    expect(await seen(await get("/health"))).toEqual([503, { error: loading }]);
    loaded.resolve(new FakeEngine(says()));
    await Bun.sleep(0);
    expect(await seen(await get("/health"))).toEqual([200, { status: "ok" }]);
    expect(await seen(await get("/v1/health"))).toEqual([200, { status: "ok" }]);
  });

  test("stays 200 when a model that was ready has been unloaded", async () => {
    const { get, post, engine } = appOver(says("a"));
    await post("/completion", hi);
    expect((await get("/health")).status).toBe(200);
    await engine.stop();
    await Bun.sleep(0);
    expect((await get("/health")).status).toBe(200);
  });

  test("says why the model could not be loaded", async () => {
    const start = () => Promise.reject(new AppError("model_load_failed", "not a GGUF file"));
    const { get, supervisor } = appOver(says(), { start });
    supervisor.preload();
    await Bun.sleep(0);
    expect(await seen(await get("/health"))).toEqual([
      503,
      { error: { ...loading, message: "not a GGUF file" } },
    ]);
  });
});
