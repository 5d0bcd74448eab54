import { describe, expect, test } from "bun:test";
import type { GenerateRequest } from "../../src/core/generate.ts";
import { llamaCppBuild } from "../../src/core/version.ts";
import type { OpenAiError } from "../../src/http/error-schema.ts";
import type {
  TextCompletion,
  TextCompletionChunk,
} from "../../src/http/openai/completion-schema.ts";
import {
  appOver,
  type Behaviour,
  done,
  fakeInfo,
  json,
  plays,
  prefilled,
  says,
  sseEvents,
  text,
} from "../support/fake-engine.ts";

const path = "/v1/completions";
const hi = { prompt: "hi" };
const head = {
  id: expect.stringMatching(/^chatcmpl-[0-9a-f]{32}$/),
  created: expect.any(Number),
  model: "tiny",
  system_fingerprint: llamaCppBuild,
  object: "text_completion",
};
const usage = {
  prompt_tokens: 7,
  completion_tokens: 2,
  total_tokens: 9,
  prompt_tokens_details: { cached_tokens: 2 },
  completion_tokens_details: { reasoning_tokens: 0 },
};
const timings = expect.objectContaining({ prompt_n: 5, predicted_n: 2 });
const chunk = (piece: string, finish_reason: string | null = null) => ({
  ...head,
  choices: [{ index: 0, text: piece, logprobs: null, finish_reason }],
});

/** Says its prompt again, in brackets. */
const echoes: Behaviour = async function* ({ prompt }: GenerateRequest) {
  yield prefilled;
  yield text(prompt.type === "text" ? `(${prompt.parts.join("+")})` : prompt.type);
  yield done({ nPredicted: 1 });
};

describe("POST /v1/completions", () => {
  test("answers in one piece, with true figures", async () => {
    const response = await appOver(says("Par", "is")).post(path, hi);
    expect(await response.json()).toEqual({ ...chunk("Paris", "stop"), usage, timings });
  });

  test("streams chunks, with figures on the last, and [DONE]", async () => {
    const events = await sseEvents(
      await appOver(says("Par", "is")).post(path, { ...hi, stream: true }),
    );
    expect(events).toEqual([
      chunk("Par"),
      chunk("is"),
      { ...chunk("", "stop"), usage, timings },
      "[DONE]",
    ]);
  });

  test("streams usage in a chunk of its own when that is asked for", async () => {
    const body = { ...hi, stream: true, stream_options: { include_usage: true } };
    const events = await sseEvents(await appOver(says("Par", "is")).post(path, body));
    expect(events.slice(2)).toEqual([
      { ...chunk("", "stop"), timings, usage: null },
      { ...head, choices: [], usage },
      "[DONE]",
    ]);
  });

  test.each([
    ["hi", ["(hi)"]],
    [[1, 2, 3], ["(1+2+3)"]],
    [[1, "a", 2], ["(1+a+2)"]],
    [
      ["a", "b"],
      ["(a)", "(b)"],
    ],
    [
      [[1, 2], "a", [3, "b"]],
      ["(1+2)", "(a)", "(3+b)"],
    ],
  ])("continues %j", async (prompt, texts) => {
    const { choices } = await json<TextCompletion>(appOver(echoes).post(path, { prompt }));
    expect(choices.map((choice) => choice.text)).toEqual(texts);
    expect(choices.map((choice) => choice.index)).toEqual(texts.map((_, i) => i));
  });

  test("gives n answers to each prompt, the first prompt's first", async () => {
    const body = { prompt: ["a", "b"], n: 2, seed: 1 };
    const { post, engine } = appOver(echoes);
    const { choices, usage: used } = await json<TextCompletion>(post(path, body));
    expect(choices.map((choice) => choice.text)).toEqual(["(a)", "(a)", "(b)", "(b)"]);
    expect([used.prompt_tokens, used.completion_tokens]).toEqual([14, 4]);
    expect(engine.requests.map((r) => r.sampling.seed)).toEqual([1, 2, 1, 2]);
  });

  test("streams several answers, each with its index", async () => {
    const body = { prompt: ["a", "b"], stream: true };
    const events = await sseEvents(await appOver(echoes).post(path, body));
    const chunks = events.slice(0, -1) as TextCompletionChunk[];
    const texts = [0, 1].map((index) =>
      chunks.flatMap((c) => c.choices.filter((choice) => choice.index === index)),
    );
    expect(texts.map((own) => own.map((choice) => choice.text))).toEqual([
      ["(a)", ""],
      ["(b)", ""],
    ]);
  });

  test("logprobs and n_probs ask for the same", async () => {
    const { post, engine } = appOver(says("a"));
    await post(path, { ...hi, logprobs: 3 });
    await post(path, { ...hi, n_probs: 4, logprobs: 3 });
    await post(path, hi);
    expect(engine.requests.map((r) => r.report?.nProbs)).toEqual([3, 4, undefined]);
  });

  test("native fields and constraints arrive at the engine", async () => {
    const { post, engine } = appOver(says("a"));
    const grammar = 'root ::= "a"';
    await post(path, { ...hi, grammar, n_predict: 3, id_slot: 2, lora: [{ id: 1, scale: 0.5 }] });
    expect(engine.requests[0]).toMatchObject({
      prompt: { type: "text", parts: ["hi"], grammar },
      nPredict: 3,
      slot: 2,
      lora: [{ id: 1, scale: 0.5 }],
    });
  });
});

describe("echo", () => {
  const answers = { detokenize: ({ tokens }: { tokens: number[] }) => ({ text: `<${tokens}>` }) };

  test("begins each answer with its prompt, tokens as text", async () => {
    const body = { prompt: ["a", [1, 2, "b", 3]], echo: true };
    const { choices } = await json<TextCompletion>(
      appOver(says("!"), { answers }).post(path, body),
    );
    expect(choices.map((choice) => choice.text)).toEqual(["a!", "<1,2>b<3>!"]);
  });

  test("begins a stream as well, once", async () => {
    const body = { ...hi, echo: true, stream: true };
    const events = await sseEvents(await appOver(says("!", "?")).post(path, body));
    expect(events.slice(0, 2)).toEqual([chunk("hi!"), chunk("?")]);
  });

  test("is all there is of an answer without tokens", async () => {
    const body = { ...hi, echo: true, stream: true, max_tokens: 0 };
    const nothing = plays(done({ nPredicted: 0, reason: "length" }));
    const events = await sseEvents(await appOver(nothing).post(path, body));
    expect(events[0]).toMatchObject(chunk("hi", "length"));
  });
});

describe("suffix", () => {
  test("asks the model to fill the gap before it", async () => {
    const { post, engine } = appOver(echoes);
    const body = { prompt: "a(", suffix: ")b", echo: true };
    const { choices } = await json<TextCompletion>(post(path, body));
    expect(choices[0]?.text).toBe("a(infill");
    expect(engine.requests[0]?.prompt).toEqual({
      type: "infill",
      prefix: "a(",
      suffix: ")b",
      extra: [],
      prompt: "",
    });
  });

  test("an empty one is none", async () => {
    const body = { ...hi, suffix: "" };
    const { choices } = await json<TextCompletion>(appOver(echoes).post(path, body));
    expect(choices[0]?.text).toBe("(hi)");
  });

  test("is refused for models that cannot", async () => {
    const info = { ...fakeInfo, fimMissing: ["prefix token is missing."] };
    const response = await appOver(echoes, { info }).post(path, { ...hi, suffix: "b" });
    expect(response.status).toBe(400);
    expect((await json<OpenAiError>(response)).error).toMatchObject({
      param: "suffix",
      message: expect.stringContaining("prefix token is missing"),
    });
  });
});

describe("refuses with 400 and names the field:", () => {
  test.each([
    ["prompt", {}],
    ["prompt", { prompt: [] }],
    ["prompt[1]", { prompt: [1, -5] }],
    ["n", { ...hi, n: 129 }],
    ["n", { ...hi, n: 0 }],
    ["n", { prompt: Array(100).fill("a"), n: 100 }],
    ["best_of", { ...hi, n: 3, best_of: 2 }],
    ["best_of", { ...hi, best_of: 129 }],
    ["best_of", { ...hi, best_of: 2, stream: true }],
    ["best_of", { prompt: Array(100).fill("a"), best_of: 100 }],
    ["logprobs", { ...hi, logprobs: -1 }],
    ["echo", { ...hi, echo: true, logprobs: 1, stream: true }],
    ["echo", { ...hi, echo: true, logprobs: 1, suffix: "b" }],
    ["json_schema", { ...hi, json_schema: { enum: Array(1001).fill("a") } }],
    ["echo", { prompt: { prompt_string: "<__media__>", multimodal_data: ["AAEC"] }, echo: true }],
    ["suffix", { prompt: [1], suffix: "b" }],
    ["temperature", { ...hi, temperature: "hot" }],
  ])("%s in %j", async (param, body) => {
    const response = await appOver(echoes).post(path, body);
    expect(response.status).toBe(400);
    const { error } = await json<OpenAiError>(response);
    expect(error).toMatchObject({ type: "invalid_request_error", param });
  });
});
