import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import {
  complete,
  failure,
  get,
  post,
  startLlamaServer,
  streamed,
  tinyMmproj,
} from "../../support/llamacpp.ts";
import { colours, pngOf } from "../../support/pictures.ts";
import type { RunningServer } from "../../support/server.ts";

let server: RunningServer;
beforeAll(async () => {
  server = await startLlamaServer({
    args: ["--ctx-size", "2048", "-np", "4", "--mmproj", tinyMmproj],
  });
});
afterAll(() => server[Symbol.asyncDispose]());

const turn = (text: string) => `<|im_start|>user\n${text}<|im_end|>\n<|im_start|>assistant\n`;
const capital = turn("What is the capital of France?");
const story = "Once upon a time";

const tokensOf = async (content: string, more: object = {}) =>
  (await post<{ tokens: number[] }>(server, "/tokenize", { content, ...more })).tokens;

describe("prompts", () => {
  test("text, its tokens, and a mixture of both are the same prompt", async () => {
    const tokens = await tokensOf(capital, { add_special: true });
    const [text, ids, mixed] = await Promise.all([
      complete(server, capital),
      complete(server, tokens),
      complete(server, [...tokens.slice(0, 3), ...tokens.slice(3)]),
    ]);
    expect(text.content).toBe("The capital of France is Paris.");
    expect([ids.content, mixed.content]).toEqual([text.content, text.content]);
    expect(ids.tokens_evaluated).toBe(tokens.length);
  });

  test("a mixed prompt joins tokens and texts in order", async () => {
    const tokens = await tokensOf("upon a");
    const { prompt } = await complete(server, ["Once ", ...tokens, " time"]);
    expect(prompt).toContain("Once upon a time");
  });

  test("several prompts give their answers in order", async () => {
    const tokens = await tokensOf(capital, { add_special: true });
    const answers = await post<{ index: number; content: string }[]>(server, "/completion", {
      prompt: [capital, tokens, { prompt_string: capital }, story],
      n_predict: 12,
      temperature: 0,
    });
    expect(answers.map(({ index }) => index)).toEqual([0, 1, 2, 3]);
    expect(new Set(answers.slice(0, 3).map(({ content }) => content)).size).toBe(1);
    expect(answers[3]?.content).not.toBe(answers[0]?.content);
  });

  test("streamed together, their events carry the index", async () => {
    const events = await streamed(server, "/completion", {
      prompt: [capital, story],
      n_predict: 6,
      temperature: 0,
    });
    for (const index of [0, 1]) {
      const own = events.filter((event) => event.index === index);
      expect(own.filter(({ stop }) => stop)).toHaveLength(1);
      expect(own.at(-1)?.stop).toBe(true);
    }
    const [first] = events.filter(({ index, stop }) => index === 0 && stop);
    expect(first?.tokens_predicted).toBe(6);
  });

  const picture = pngOf({ shape: "circle", colour: colours.red, background: colours.white });
  const seen = (marker: string) => turn(`${marker}\nWhat is in this image?`);

  test("a picture by image_data and [img-12], and by multimodal_data", async () => {
    const { media_marker: marker } = await get<{ media_marker: string }>(server, "/props");
    const [old, now] = await Promise.all([
      complete(server, seen("[img-12]"), { image_data: [{ data: picture, id: 12 }] }),
      complete(server, { prompt_string: seen(marker), multimodal_data: [picture] }),
    ]);
    expect(old.content).toContain("red");
    expect(now.content).toBe(old.content);
    const without = await complete(server, seen(""));
    expect(old.tokens_evaluated).toBeGreaterThan(without.tokens_evaluated + 10);
  });

  test.each([
    ["no picture of that number", { prompt: "[img-3]", image_data: [{ data: picture, id: 12 }] }],
    ["a picture that is none", { prompt: "[img-1]", image_data: [{ data: "aGVsbG8=", id: 1 }] }],
    ["a token beyond the vocabulary", { prompt: [1, 999_999] }],
    ["a negative token", { prompt: [-5] }],
    ["no prompt", {}],
    ["an object that is no prompt", { prompt: { text: "x" } }],
    ["a prompt beyond the context", { prompt: "word ".repeat(3000) }],
    ["a negative count", { prompt: "x", n_predict: -7 }],
    ["a text for a number", { prompt: "x", temperature: "hot" }],
    ["an invalid grammar", { prompt: "x", grammar: "root ::= (" }],
    ["an invalid schema", { prompt: "x", json_schema: { type: "nonsense" } }],
    ["an unknown sampler", { prompt: "x", samplers: ["top_k", "magic"] }],
    ["an adapter that is not there", { prompt: "x", lora: [{ id: 3, scale: 1 }] }],
    ["text that is not JSON", "{"],
  ])("%s is a 400", async (_, body) => {
    const { status, code, type, message } = await failure(server, "/completion", body);
    expect([status, code]).toEqual([400, 400]);
    expect(type).toMatch(/^(invalid_request|exceed_context_size)_error$/);
    expect(message.length).toBeGreaterThan(10);
    expect((await complete(server, capital)).content).toBe("The capital of France is Paris.");
  });
});

describe("samplers", () => {
  // One sequence, whose cells are where they were each time: logits that are rounded in another
  // order lead a hot sampler to another token now and then, here as in llama-server.
  let server: RunningServer;
  beforeAll(async () => {
    server = await startLlamaServer({ args: ["--ctx-size", "2048", "-np", "1"] });
  });
  afterAll(() => server[Symbol.asyncDispose]());
  const refrain = "one two three one two three one two";
  const hot = { temperature: 1.5, top_k: 0, top_p: 1, min_p: 0, n_predict: 24 };

  // Each with the settings under which it has something to do.
  test.each<[string, object]>([
    ["temperature", { temperature: 0.3 }],
    ["top_k", { top_k: 2 }],
    ["top_p", { top_p: 0.3 }],
    ["min_p", { min_p: 0.4 }],
    ["typical_p", { typical_p: 0.2 }],
    ["top_n_sigma", { top_n_sigma: 0.5 }],
    ["xtc", { xtc_probability: 1, xtc_threshold: 0.01 }],
    ["dynatemp", { dynatemp_range: 1.4, dynatemp_exponent: 2 }],
    ["repeat_penalty", { repeat_penalty: 1.8, repeat_last_n: -1 }],
    ["frequency_penalty", { frequency_penalty: 2 }],
    ["presence_penalty", { presence_penalty: 2 }],
    ["dry", { dry_multiplier: 5, dry_allowed_length: 1, dry_base: 2, temperature: 0 }],
    ["mirostat 1", { mirostat: 1, mirostat_tau: 1 }],
    ["mirostat 2", { mirostat: 2, mirostat_tau: 1 }],
    ["logit_bias", { logit_bias: [[" a", -100]] }],
    ["another order", { samplers: ["temperature", "top_k"], top_k: 3 }],
  ])("%s: the same seed gives the same text, another than without it", async (_, settings) => {
    const ask = (more: object) =>
      complete(server, refrain, { ...hot, seed: 7, cache_prompt: false, ...more });
    const [once, again] = [await ask(settings), await ask(settings)];
    expect(again.content).toBe(once.content);
    const without = await ask(
      "temperature" in settings && settings.temperature === 0 ? { temperature: 0 } : {},
    );
    expect(once.content).not.toBe(without.content);
  });

  test("different seeds give different texts, no seed a random one", async () => {
    const texts = await Promise.all(
      [1, 2, 3, -1, -1].map((seed) => complete(server, story, { ...hot, seed })),
    );
    expect(new Set(texts.map(({ content }) => content)).size).toBe(5);
  });

  test("top_k 1 is greedy at any temperature", async () => {
    const greedy = await complete(server, story);
    const top = await complete(server, story, { temperature: 2, top_k: 1 });
    expect(top.content).toBe(greedy.content);
  });

  test("samplers may be named by letters", async () => {
    const named = { ...hot, seed: 5, top_k: 3, cache_prompt: false };
    const letters = await complete(server, story, { ...named, samplers: "kt" });
    const names = await complete(server, story, { ...named, samplers: ["top_k", "temperature"] });
    expect(letters.content).toBe(names.content);
    expect(letters.generation_settings.samplers).toEqual(["top_k", "temperature"]);
  });

  test("logit_bias in all its forms forbids a token", async () => {
    const greedy = await complete(server, capital, { return_tokens: true });
    const [first = -1] = greedy.tokens;
    const { content: text } = await post<{ content: string }>(server, "/detokenize", {
      tokens: [first],
    });
    for (const logit_bias of [
      [[first, false]],
      [[text, false]],
      { [first]: -100 },
      [[first, -100]],
    ]) {
      const biased = await complete(server, capital, { logit_bias, return_tokens: true });
      expect(biased.tokens[0]).not.toBe(first);
    }
  });

  test("ignore_eos writes on after the end", async () => {
    expect((await complete(server, capital)).stop_type).toBe("eos");
    const more = await complete(server, capital, { ignore_eos: true });
    expect([more.stop_type, more.tokens_predicted]).toEqual(["limit", 12]);
  });
});

describe("probabilities", () => {
  test("of each token and its alternatives, before the samplers", async () => {
    const answer = await complete(server, capital, { n_probs: 4, return_tokens: true });
    const { completion_probabilities: probabilities, tokens } = answer;
    expect(probabilities.map(({ id }) => id)).toEqual(tokens);
    expect(probabilities.map(({ token }) => token).join("")).toBe(answer.content);
    for (const { id, logprob, top_logprobs: top, bytes, token } of probabilities) {
      expect(top).toHaveLength(4);
      expect(top[0]?.id).toBe(id); // greedy
      expect(top[0]?.logprob).toBeCloseTo(logprob, 6);
      expect(logprob).toBeLessThanOrEqual(0);
      expect(top.map((t) => t.logprob)).toEqual(top.map((t) => t.logprob).sort((a, b) => b - a));
      expect(new TextDecoder().decode(Uint8Array.from(bytes))).toBe(token);
    }
  });

  test("after the samplers they are prob and top_probs, the impossible left out", async () => {
    const answer = await complete(server, story, {
      temperature: 1,
      top_k: 3,
      seed: 1,
      n_probs: 10,
      post_sampling_probs: true,
    });
    for (const { prob, top_probs: top } of answer.completion_probabilities) {
      expect(prob).toBeGreaterThan(0);
      expect(top.length).toBeLessThanOrEqual(3);
      expect(top.reduce((sum, t) => sum + t.prob, 0)).toBeCloseTo(1, 3);
    }
  });

  test("streamed, they come with their pieces", async () => {
    const events = await streamed(server, "/completion", {
      prompt: capital,
      n_predict: 5,
      temperature: 0,
      n_probs: 2,
    });
    const pieces = events.filter(({ stop }) => !stop);
    const ids = pieces.flatMap(({ completion_probabilities: p }) => p.map(({ id }) => id));
    expect(ids).toEqual(pieces.flatMap(({ tokens }) => tokens));
    expect(ids).toHaveLength(5);
  });
});

describe("constraints and limits", () => {
  test("a grammar", async () => {
    const grammar = 'root ::= "yes" | "no"';
    expect((await complete(server, "Is it?", { grammar })).content).toMatch(/^(yes|no)$/);
  });

  test("a JSON schema", async () => {
    const json_schema = {
      type: "object",
      properties: { n: { type: "integer", minimum: 1, maximum: 9 } },
      required: ["n"],
    };
    const { content } = await complete(server, "A number:", { json_schema, n_predict: 60 });
    const { n } = JSON.parse(content) as { n: number };
    expect(n >= 1 && n <= 9 && Number.isInteger(n)).toBe(true);
  });

  test("a lazy grammar holds after its trigger", async () => {
    const lazy = {
      grammar: 'root ::= "Paris" "!"',
      grammar_lazy: true,
      grammar_triggers: [{ type: 1, value: "Paris" }],
    };
    const { content } = await complete(server, capital, lazy);
    expect(content).toBe("The capital of France is Paris!");
  });

  test("a stop text is cut off and told", async () => {
    const answer = await complete(server, capital, { stop: ["of Fr", "nothing"] });
    expect([answer.content, answer.stop_type, answer.stopping_word]).toEqual([
      "The capital ",
      "word",
      "of Fr",
    ]);
  });

  test("n_predict 0 only evaluates the prompt", async () => {
    const answer = await complete(server, capital, { n_predict: 0 });
    expect([answer.content, answer.stop_type]).toEqual(["", "limit"]);
    expect(answer.tokens_evaluated).toBeGreaterThan(5);
  });

  test("t_max_predict_ms ends a text that has a new line", async () => {
    const grammar = 'root ::= "\\n" [a-z]*';
    const answer = await complete(server, story, {
      grammar,
      n_predict: 1500,
      t_max_predict_ms: 30,
    });
    expect(answer.has_new_line).toBe(true);
    expect(answer.stop_type).toBe("limit");
    expect(answer.tokens_predicted).toBeLessThan(1500);
  });

  test("n_indent ends at a line that is indented less", async () => {
    const grammar = 'root ::= "    a\\n    b\\nc" [a-z]*';
    const answer = await complete(server, story, { grammar, n_indent: 4, n_predict: 60 });
    expect(answer.content).toBe("    a\n    b\n");
    expect(answer.stop_type).toBe("limit");
  });
});

describe("what an answer tells", () => {
  test("tokens, when asked for", async () => {
    const answer = await complete(server, capital, { return_tokens: true });
    const { content } = await post<{ content: string }>(server, "/detokenize", {
      tokens: answer.tokens,
    });
    expect(content).toBe(`${answer.content}<|im_end|>`); // the end is a token too
    expect((await complete(server, capital)).tokens).toEqual([]);
  });

  test("response_fields picks, and nested ones by their path", async () => {
    const answer = await complete(server, capital, {
      response_fields: ["content", "generation_settings/n_predict", "timings/prompt_n", "no/such"],
    });
    expect(Object.keys(answer).sort()).toEqual([
      "content",
      "generation_settings/n_predict",
      "timings/prompt_n",
    ]);
  });

  test("the settings, as they were used", async () => {
    const { generation_settings: settings } = await complete(server, capital, {
      top_k: 17,
      seed: 9,
      stop: ["x"],
      min_keep: 2,
    });
    expect(settings).toMatchObject({ top_k: 17, seed: 9, stop: ["x"], min_keep: 2, n_predict: 12 });
    expect(settings.top_p).toBeCloseTo(0.95, 5);
    expect(settings.repeat_last_n).toBe(64);
  });

  test("a second time the prompt comes from the cache", async () => {
    const prompt = turn("Say hello to the cache.");
    const first = await complete(server, prompt);
    const second = await complete(server, prompt);
    expect(first.timings.cache_n).toBeLessThan(second.timings.cache_n ?? 0);
    expect(second.timings.prompt_n).toBe(1);
    expect(second.content).toBe(first.content);
    const uncached = await complete(server, prompt, { cache_prompt: false });
    expect([uncached.timings.cache_n, uncached.content]).toEqual([0, first.content]);
  });

  test("progress and timings while it streams", async () => {
    const events = await streamed(server, "/completion", {
      prompt: "one two three four five ".repeat(40),
      n_predict: 3,
      return_progress: true,
      timings_per_token: true,
      cache_prompt: false,
    });
    const progress = events.filter((event) => event.prompt_progress !== undefined);
    expect(progress[0]?.prompt_progress).toMatchObject({ processed: 0 });
    expect(progress.at(-1)?.prompt_progress.processed).toBe(progress[0]?.prompt_progress.total);
    const pieces = events.filter((event) => !event.stop && event.content !== "");
    expect(pieces.every(({ timings }) => (timings.predicted_n ?? 0) > 0)).toBe(true);
  });

  test("the stream's pieces are the whole answer's text, and the last has none", async () => {
    const whole = await complete(server, capital);
    const events = await streamed(server, "/completion", {
      prompt: capital,
      n_predict: 12,
      temperature: 0,
    });
    expect(events.map(({ content }) => content).join("")).toBe(whole.content);
    expect(events.at(-1)).toMatchObject({ stop: true, content: "", tokens: [] });
    expect(events.slice(0, -1).every(({ tokens }) => tokens.length > 0)).toBe(true);
  });
});
