import { describe, expect, test } from "bun:test";
import { AppError } from "../../src/core/errors.ts";
import type { GenerateEvent } from "../../src/core/generate.ts";
import type { Completion } from "../../src/http/native-answer.ts";
import {
  appOver,
  type Behaviour,
  crashesAfter,
  done,
  fakeInfo,
  json,
  plays,
  prefilled,
  says,
  sseEvents,
  text,
} from "../support/fake-engine.ts";

const hi = { prompt: "The capital of France is" };
const ending = {
  id_slot: 0,
  stop: true,
  model: "tiny",
  tokens_predicted: 2,
  tokens_evaluated: 7,
  generation_settings: expect.objectContaining({ n_predict: -1, temperature: 0.800000011920929 }),
  prompt: "",
  has_new_line: false,
  truncated: false,
  stop_type: "eos",
  stopping_word: "",
  tokens_cached: 9,
  timings: expect.objectContaining({ cache_n: 2, prompt_n: 5, predicted_n: 2 }),
};
const piece = { index: 0, stop: false, id_slot: -1, tokens_evaluated: 7 };

/** A token with its text and one alternative. */
const candidate = (token: number, prob: number) => ({
  token,
  bytes: new TextEncoder().encode(`t${token}`),
  prob,
});
const sampled = (nPredicted: number, prob: number) => ({
  nPredicted,
  decodeMs: nPredicted,
  tokens: [nPredicted],
  probs: [{ ...candidate(nPredicted, prob), top: [candidate(nPredicted, prob), candidate(9, 0)] }],
});

describe("POST /completion", () => {
  test("answers in one piece", async () => {
    const { post, engine } = appOver(says("Par", "is"));
    const response = await post("/completion", hi);
    expect([response.status, await response.json()]).toEqual([
      200,
      { index: 0, content: "Paris", tokens: [], ...ending },
    ]);
    expect(engine.requests[0]?.prompt).toEqual({ type: "text", parts: [hi.prompt] });
  });

  test("streams pieces; the last has the figures, and there is no [DONE]", async () => {
    const response = await appOver(says("Par", "is")).post("/completion", { ...hi, stream: true });
    expect(await sseEvents(response)).toEqual([
      { ...piece, content: "Par", tokens: [], tokens_predicted: 1 },
      { ...piece, content: "is", tokens: [], tokens_predicted: 2 },
      {
        index: 0,
        content: "",
        tokens: [],
        ...ending,
        generation_settings: expect.objectContaining({ stream: true }),
      },
    ]);
  });

  test("streams one piece for each token, the text with the last one of its event", async () => {
    const behaviour = plays(
      { ...text("é!", 3), tokens: [11, 12, 13] } as GenerateEvent,
      done({ nPredicted: 4, tokens: [2] }),
    );
    const { post, engine } = appOver(behaviour);
    const events = await sseEvents(await post("/completion", { ...hi, stream: true }));
    const seen: unknown[] = (events as Completion[]).map((event) => [
      event.content,
      event.tokens,
      event.tokens_predicted,
      event.stop,
    ]);
    expect(seen).toEqual([
      ["", [11], 1, false],
      ["", [12], 2, false],
      ["é!", [13], 3, false],
      ["", [2], 4, false],
      ["", [], 4, true],
    ]);
    expect(engine.requests[0]?.report).toMatchObject({ tokens: true, progress: true });
  });

  test("says which word stopped it, and that there was a line break", async () => {
    const stopped = plays(
      text("a\nb"),
      done({ reason: "stop", stoppingText: "END", truncated: true }),
    );
    expect(await (await appOver(stopped).post("/completions", hi)).json()).toMatchObject({
      stop_type: "word",
      stopping_word: "END",
      has_new_line: true,
      truncated: true,
    });
  });

  test("lists tokens only when asked for", async () => {
    const behaviour = plays({ ...text("a"), tokens: [5] } as GenerateEvent, done({ tokens: [2] }));
    const whole = await json<Completion>(
      appOver(behaviour).post("/completion", { ...hi, return_tokens: true }),
    );
    expect(whole.tokens).toEqual([5, 2]);
    const silent = await json<Completion>(appOver(behaviour).post("/completion", hi));
    expect(silent.tokens).toEqual([]);
  });

  test("probabilities are logarithms; one of 0 is the lowest float", async () => {
    const behaviour = plays({ type: "text", text: "a", ...sampled(1, 0.5) }, done());
    const { post, engine } = appOver(behaviour);
    const whole = await json<Completion>(post("/completion", { ...hi, n_probs: 2 }));
    expect(engine.requests[0]?.report?.nProbs).toBe(2);
    expect(whole.completion_probabilities).toEqual([
      {
        id: 1,
        token: "t1",
        bytes: [116, 49],
        logprob: Math.fround(Math.log(0.5)),
        top_logprobs: [
          { id: 1, token: "t1", bytes: [116, 49], logprob: Math.fround(Math.log(0.5)) },
          { id: 9, token: "t9", bytes: [116, 57], logprob: -3.4028234663852886e38 },
        ],
      },
    ]);
  });

  test("those of the stop text are left out of a whole answer", async () => {
    const behaviour = plays(
      { type: "text", text: "a", ...sampled(1, 0.5) },
      done({ ...sampled(2, 0.5), reason: "stop", stoppingText: "END" }),
    );
    const answers = { tokenize: () => ({ tokens: [7], pieces: ["END"] }) };
    const { post, engine } = appOver(behaviour, { answers });
    const whole = await json<Completion>(post("/completion", { ...hi, n_probs: 2 }));
    expect(whole.completion_probabilities?.map(({ id }) => id)).toEqual([1]);
    expect(engine.questions[0]?.question).toMatchObject({ parts: ["END"] });
  });

  test("those that the engine has left out already count among the stop text's", async () => {
    const behaviour = plays(
      { type: "text", text: "a", ...sampled(1, 0.5) },
      { type: "text", text: " w", nPredicted: 2, decodeMs: 2 },
      done({ nPredicted: 2, reason: "stop", stoppingText: "as" }),
    );
    const answers = { tokenize: () => ({ tokens: [7], pieces: ["as"] }) };
    const { post } = appOver(behaviour, { answers });
    const whole = await json<Completion>(post("/completion", { ...hi, n_probs: 2 }));
    expect(whole.completion_probabilities?.map(({ id }) => id)).toEqual([1]);
  });

  test("after the samplers they are probabilities, and those of 0 are left out", async () => {
    const behaviour = plays({ type: "text", text: "a", ...sampled(1, 0.5) }, done());
    const body = { ...hi, n_probs: 2, post_sampling_probs: true, stream: true };
    const events = (await sseEvents(
      await appOver(behaviour).post("/completion", body),
    )) as object[];
    expect(events[0]).toMatchObject({
      completion_probabilities: [{ id: 1, prob: 0.5, top_probs: [{ id: 1, prob: 0.5 }] }],
    });
    expect(events.at(-1)).not.toHaveProperty("completion_probabilities");
  });

  test("reports progress, and timings in every piece, when asked to", async () => {
    const progress = (nProcessed: number, ms: number): GenerateEvent => ({
      type: "progress",
      nPrompt: 7,
      nCached: 2,
      nProcessed,
      ms,
    });
    const behaviour: Behaviour = async function* () {
      yield progress(2, 0);
      yield progress(7, 10.5);
      yield prefilled;
      yield text("a");
      yield done();
    };
    const body = { ...hi, stream: true, return_progress: true, timings_per_token: true };
    const events = await sseEvents(await appOver(behaviour).post("/completion", body));
    expect(events.slice(0, 3)).toMatchObject([
      {
        content: "",
        tokens: [0],
        prompt_progress: { total: 7, cache: 2, processed: 2, time_ms: 0 },
        timings: { prompt_n: 0, prompt_ms: 0, predicted_n: 0 },
      },
      { prompt_progress: { processed: 7, time_ms: 10 }, timings: { prompt_n: 5 } },
      { content: "a", timings: { prompt_n: 5, prompt_ms: 10, predicted_n: 1 } },
    ]);
    const plain = await sseEvents(
      await appOver(behaviour).post("/completion", { ...hi, stream: true }),
    );
    expect(plain).toHaveLength(2);
  });

  test("only the asked-for fields come, inner ones under their path", async () => {
    const response_fields = ["content", "generation_settings/n_predict", "timings/x", "nope/x"];
    const body = { ...hi, n_predict: 5, response_fields };
    const whole = await json(appOver(says("a")).post("/completion", body));
    expect(whole).toEqual({ content: "a", "generation_settings/n_predict": 5 });
    const events = await sseEvents(
      await appOver(says("a")).post("/completion", { ...body, stream: true }),
    );
    expect(events).toEqual([
      expect.objectContaining({ content: "a", tokens_evaluated: 7 }),
      { content: "", "generation_settings/n_predict": 5 },
    ]);
  });

  test("`n` answers each prompt so often, with seeds of their own, in a list", async () => {
    const { post, engine } = appOver(says("a"));
    const body = { prompt: ["x", "y"], n: 2, seed: 40, id_slot: 1 };
    const list = await json<Completion[]>(post("/completion", body));
    expect(list.map(({ index, content }) => [index, content])).toEqual([
      [0, "a"],
      [1, "a"],
      [2, "a"],
      [3, "a"],
    ]);
    const asked = engine.requests.map(({ prompt, sampling, slot }) => [
      prompt.type === "text" && prompt.parts,
      sampling.seed,
      slot,
    ]);
    expect(asked).toEqual([
      [["x"], 40, 1],
      [["x"], 41, undefined],
      [["y"], 40, 1],
      [["y"], 41, undefined],
    ]);
    const streamed = (await sseEvents(await post("/completion", { ...body, stream: true }))) as {
      index: number;
      stop: boolean;
    }[];
    const ends = streamed.filter((event) => event.stop).map((event) => event.index);
    expect(ends.sort()).toEqual([0, 1, 2, 3]);
  });

  test("one answer that fails ends them all", async () => {
    const behaviour: Behaviour = async function* (request, signal) {
      const [part] = request.prompt.type === "text" ? request.prompt.parts : [];
      if (part === "bad") throw new AppError("internal", "no");
      yield prefilled;
      await new Promise((_, reject) => {
        signal.addEventListener("abort", () => reject(signal.reason), { once: true });
      });
    };
    const { post, engine } = appOver(behaviour);
    const response = await post("/completion", { prompt: ["good", "bad"] });
    expect([response.status, engine.nRunning]).toEqual([500, 0]);
  });

  test("grammar, schema, samplers, stop and caching reach the engine", async () => {
    const { post, engine } = appOver(says("a"));
    await post("/completion", { ...hi, grammar: "root ::= [a-z]", stop: ["x"], samplers: "kt" });
    await post("/completion", { ...hi, json_schema: { type: "number" }, cache_prompt: false });
    expect(engine.requests[0]).toMatchObject({
      prompt: { grammar: "root ::= [a-z]" },
      stop: ["x"],
      sampling: { samplers: ["top_k", "temperature"] },
    });
    expect(engine.requests[1]).toMatchObject({
      prompt: { jsonSchema: { type: "number" } },
      cachePrompt: false,
    });
  });

  test("a crash in mid-answer ends with an error event and no `stop: true`", async () => {
    const response = await appOver(crashesAfter(1)).post("/completion", { ...hi, stream: true });
    expect((await sseEvents(response)).slice(1)).toEqual([
      {
        error: {
          code: 500,
          message: "the engine was killed by signal 9",
          type: "server_error",
          param: null,
        },
      },
    ]);
  });

  test("generation_settings have llama-server's names, in its order", async () => {
    const body = {
      ...hi,
      ignore_eos: true,
      logit_bias: [[3, -1.5]],
      lora: [{ id: 0, scale: 0.3 }],
    };
    const { generation_settings: settings } = await json<Completion>(
      appOver(says("a")).post("/completion", body),
    );
    expect(Object.keys(settings).join(" ")).toBe(
      "seed temperature dynatemp_range dynatemp_exponent top_k top_p min_p top_n_sigma " +
        "xtc_probability xtc_threshold typical_p repeat_last_n repeat_penalty presence_penalty " +
        "frequency_penalty dry_multiplier dry_base dry_allowed_length dry_penalty_last_n " +
        "dry_sequence_breakers mirostat mirostat_tau mirostat_eta adaptive_target adaptive_decay " +
        "stop max_tokens n_predict n_keep n_discard ignore_eos stream logit_bias n_probs " +
        "min_keep grammar grammar_lazy grammar_triggers preserved_tokens chat_format reasoning_format " +
        "reasoning_in_content generation_prompt samplers speculative.types timings_per_token " +
        "post_sampling_probs backend_sampling lora",
    );
    expect(settings).toMatchObject({
      seed: 4294967295,
      logit_bias: [
        { bias: -1.5, token: 3 },
        { bias: null, token: 2 },
      ],
      lora: [{ id: 0, scale: Math.fround(0.3) }],
    });
  });
});

describe("POST /infill", () => {
  const gap = { input_prefix: "def f(", input_suffix: "):" };

  test("gives the engine the parts, and answers as /completion does", async () => {
    const { post, engine } = appOver(says("x"));
    const body = {
      ...gap,
      input_extra: [{ text: "a" }, { text: "b", filename: "b.py" }],
      prompt: "s",
    };
    const answer = await json<Completion>(post("/infill", body));
    expect(answer).toMatchObject({ content: "x", stop: true });
    expect(engine.requests[0]?.prompt).toEqual({
      type: "infill",
      prefix: "def f(",
      suffix: "):",
      extra: [
        { filename: "tmp", text: "a" },
        { filename: "b.py", text: "b" },
      ],
      prompt: "s",
    });
  });

  test("a model without the tokens for it is a 501 that names them", async () => {
    const info = { ...fakeInfo, fimMissing: ["prefix token is missing."] };
    const response = await appOver(says(), { info }).post("/infill", gap);
    expect([response.status, await response.json()]).toEqual([
      501,
      {
        error: {
          code: 501,
          message: "Infill is not supported by this model: prefix token is missing.",
          type: "not_supported_error",
          param: null,
        },
      },
    ]);
  });

  test.each([
    ["input_prefix", { input_suffix: "" }],
    ["input_suffix", { input_prefix: "" }],
    ["prompt", { ...gap, prompt: 3 }],
    ["input_extra[0].text", { ...gap, input_extra: [{ filename: "a" }] }],
  ])("a wrong %s is a 400", async (param, body) => {
    const response = await appOver(says()).post("/infill", body);
    expect(response.status).toBe(400);
    expect((await json<{ error: { param: string } }>(response)).error.param).toBe(param);
  });
});
