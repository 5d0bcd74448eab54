import { describe, expect, test } from "bun:test";
import type { GenerateEvent, TokenProbability } from "../../src/core/generate.ts";
import { llamaCppBuild } from "../../src/core/version.ts";
import type { OpenAiError } from "../../src/http/error-schema.ts";
import type {
  ChatCompletion,
  ChatCompletionChunk,
} from "../../src/http/openai/chat-answer-schema.ts";
import {
  appOver,
  type Behaviour,
  done,
  fakeInfo,
  json,
  plays,
  says,
  sseEvents,
  text,
  tiny,
  waitsForAbort,
} from "../support/fake-engine.ts";

const path = "/v1/chat/completions";
const hi = { messages: [{ role: "user", content: "hi" }] };
const usage = {
  prompt_tokens: 7,
  completion_tokens: 2,
  total_tokens: 9,
  prompt_tokens_details: { cached_tokens: 2 },
  completion_tokens_details: { reasoning_tokens: 0 },
};
const chunk = (delta: object, finish_reason: string | null = null) => ({
  id: expect.stringMatching(/^chatcmpl-[0-9a-f]{32}$/),
  created: expect.any(Number),
  model: "tiny",
  system_fingerprint: llamaCppBuild,
  object: "chat.completion.chunk",
  choices: [{ index: 0, delta, logprobs: null, finish_reason }],
});
const opening = chunk({ role: "assistant", content: "" });

describe("several answers to one chat", () => {
  test("have an index, a seed and a place each, and share the figures", async () => {
    const { post, engine } = appOver(says("Par", "is"));
    const body = { ...hi, n: 2, seed: 5, id_slot: 1 };
    const { choices, usage: used } = await json<ChatCompletion>(post(path, body));
    expect(choices.map(({ index, message }) => [index, message.content])).toEqual([
      [0, "Paris"],
      [1, "Paris"],
    ]);
    expect(used).toEqual({ ...usage, completion_tokens: 4, total_tokens: 11 });
    const asked = engine.requests.map(({ sampling, slot }) => [sampling.seed, slot]);
    expect(asked).toEqual([
      [5, 1],
      [6, undefined],
    ]);
  });

  test("stream side by side, with one usage for all", async () => {
    const body = { ...hi, n: 2, stream: true, stream_options: { include_usage: true } };
    const events = await sseEvents(await appOver(says("a")).post(path, body));
    const chunks = events.slice(0, -1) as ChatCompletionChunk[];
    for (const index of [0, 1]) {
      const own = chunks.flatMap(({ choices }) => choices.filter((c) => c.index === index));
      expect(own.map(({ delta, finish_reason }) => [delta, finish_reason])).toEqual([
        [{ role: "assistant", content: "" }, null],
        [{ content: "a" }, null],
        [{}, "stop"],
      ]);
    }
    const last = chunks.at(-1);
    expect([last?.choices, last?.usage?.completion_tokens]).toEqual([[], 2]);
    expect(new Set(chunks.slice(0, -1).map((c) => c.usage))).toEqual(new Set([null]));
    expect(events.at(-1)).toBe("[DONE]");
  });

  test.each([
    ["hutch", 128],
    ["llama-server", 4], // as many as the model answers at once
  ] as const)("in profile %s are at most %p", async (profile, nMax) => {
    const { post, supervisor } = appOver(says("a"), { settings: { profile } });
    await supervisor.acquire("tiny", AbortSignal.timeout(1000));
    const most = await json<ChatCompletion>(post(path, { ...hi, n: nMax }));
    expect(most.choices).toHaveLength(nMax);
    const response = await post(path, { ...hi, n: nMax + 1 });
    expect(response.status).toBe(400);
    expect((await json<OpenAiError>(response)).error).toMatchObject({
      param: "n",
      message: `Field 'n': Value must be between 1 <= value <= ${nMax}, but got ${nMax + 1}`,
    });
  });

  test("too many are refused before a model is loaded for them", async () => {
    const start = () => new Promise<never>(() => {});
    const response = await appOver(says("a"), { start }).post(path, { ...hi, n: 10_000 });
    expect(response.status).toBe(400);
  });
});

const bytes = (word: string) => new TextEncoder().encode(word);
const probability = (word: string, prob: number): TokenProbability => ({
  token: 1,
  bytes: bytes(word),
  prob,
  top: [
    { token: 1, bytes: bytes(word), prob },
    { token: 2, bytes: bytes("x"), prob: 0 },
  ],
});
const logprob = (word: string, prob: number, nTop: number) => {
  const token = {
    id: 1,
    token: word,
    bytes: [...bytes(word)],
    logprob: Math.fround(Math.log(prob)),
  };
  const never = { id: 2, token: "x", bytes: [120], logprob: -3.4028234663852886e38 };
  return { ...token, top_logprobs: [token, never].slice(0, nTop) };
};

describe("logprobs", () => {
  const events: GenerateEvent[] = [
    { type: "text", text: "Pa", nPredicted: 1, decodeMs: 1, probs: [probability("Pa", 0.5)] },
    { type: "text", text: "", nPredicted: 2, decodeMs: 2, probs: [probability("ri", 1)] },
    done({ nPredicted: 3, probs: [probability("s", 0.25)] }),
  ];

  test.each([
    [20, 2],
    [1, 1],
    [0, 0],
  ])("of every token, with %p alternatives at most", async (top_logprobs, nTop) => {
    const { post } = appOver(plays(...events));
    const body = { ...hi, logprobs: true, top_logprobs };
    const { choices } = await json<ChatCompletion>(post(path, body));
    expect(choices[0]?.logprobs).toEqual({
      content: [logprob("Pa", 0.5, nTop), logprob("ri", 1, nTop), logprob("s", 0.25, nTop)],
    });
  });

  test("come with the chunk that they are of", async () => {
    const body = { ...hi, logprobs: true, stream: true };
    const chunks = await sseEvents(await appOver(plays(...events)).post(path, body));
    const withProbs = (delta: object, content: object[], reason: string | null = null) => {
      const { choices, ...rest } = chunk(delta, reason);
      return { ...rest, choices: [{ ...choices[0], logprobs: { content } }] };
    };
    expect(chunks).toEqual([
      opening,
      withProbs({ content: "Pa" }, [logprob("Pa", 0.5, 2)]),
      withProbs({ content: "" }, [logprob("ri", 1, 2)]),
      { ...withProbs({}, [logprob("s", 0.25, 2)], "stop"), timings: expect.any(Object) },
      "[DONE]",
    ]);
  });

  test("after the samplers have other names, and only what is possible", async () => {
    const body = { ...hi, n_probs: 2, post_sampling_probs: true };
    const { choices } = await json<ChatCompletion>(appOver(plays(...events)).post(path, body));
    const token = { id: 1, token: "Pa", bytes: [80, 97], prob: 0.5 };
    expect(choices[0]?.logprobs?.content[0]).toEqual({ ...token, top_probs: [token] });
  });

  const tools = [{ type: "function", function: { name: "f" } }];
  test("top_logprobs is refused without logprobs", async () => {
    const response = await appOver(says("a")).post(path, { ...hi, top_logprobs: 3 });
    expect(response.status).toBe(400);
    expect((await json<OpenAiError>(response)).error.param).toBe("top_logprobs");
  });

  test.each([
    ["hutch", 200],
    ["llama-server", 400],
  ] as const)("of a stream with tools are a matter of profile %s: %p", async (profile, status) => {
    const { post, supervisor } = appOver(plays(...events), { settings: { profile } });
    await supervisor.acquire("tiny", AbortSignal.timeout(1000));
    const response = await post(path, { ...hi, logprobs: true, stream: true, tools });
    expect(response.status).toBe(status);
    expect(await response.text()).toContain(status === 200 ? '"top_logprobs"' : "tools + stream");
  });
});

describe("what a stream tells beside text", () => {
  const progress = (nProcessed: number): GenerateEvent => ({
    type: "progress",
    nPrompt: 7,
    nCached: 2,
    nProcessed,
    ms: nProcessed,
  });

  test("progress, when asked for, from the first event on", async () => {
    const behaviour = plays(progress(2), progress(7), text("a"), done());
    const body = { ...hi, stream: true, return_progress: true };
    const events = await sseEvents(await appOver(behaviour).post(path, body));
    const figures = { total: 7, cache: 2 };
    expect(events.slice(0, 3)).toEqual([
      { ...opening, prompt_progress: { ...figures, processed: 2, time_ms: 2 } },
      { ...chunk({}), prompt_progress: { ...figures, processed: 7, time_ms: 7 } },
      chunk({ content: "a" }),
    ]);
  });

  test("nothing of it otherwise", async () => {
    const behaviour = plays(progress(7), text("a"), done());
    const events = await sseEvents(await appOver(behaviour).post(path, { ...hi, stream: true }));
    expect(events.slice(0, 2)).toEqual([opening, chunk({ content: "a" })]);
  });

  test("the first progress settles the status, though it is not told", async () => {
    const waits: Behaviour = async function* (request, signal) {
      yield progress(2);
      yield* waitsForAbort(0)(request, signal);
    };
    const hangUp = new AbortController();
    const { post, engine } = appOver(waits);
    const response = await post(path, { ...hi, stream: true }, hangUp.signal);
    expect([response.status, engine.nRunning]).toEqual([200, 1]);
    hangUp.abort();
  });

  test("timings of every token, when asked for", async () => {
    const body = { ...hi, stream: true, timings_per_token: true };
    const events = await sseEvents(await appOver(says("a", "b")).post(path, body));
    const predicted = (events.slice(0, -1) as ChatCompletionChunk[]).map(
      ({ timings: t }) => t && [t.cache_n, t.prompt_n, t.prompt_ms, t.predicted_n, t.predicted_ms],
    );
    expect(predicted).toEqual([undefined, [2, 5, 10, 1, 1], [2, 5, 10, 2, 2], [2, 5, 10, 2, 20]]);
  });
});

describe("__verbose", () => {
  const answer = plays(text("a"), done({ promptText: "<s>hi" }));

  test("is llama-server's own answer, when asked for", async () => {
    const { post, engine } = appOver(answer);
    const { __verbose: native } = await json<ChatCompletion>(post(path, { ...hi, verbose: true }));
    expect(native).toMatchObject({
      content: "a",
      prompt: "<s>hi",
      stop_type: "eos",
      model: "tiny",
    });
    expect(engine.requests[0]?.report?.prompt).toBe(true);
  });

  test("is on the last chunk of a stream", async () => {
    const events = await sseEvents(
      await appOver(answer).post(path, { ...hi, verbose: true, stream: true }),
    );
    const verbose = (events.slice(0, -1) as ChatCompletionChunk[]).map((c) => c.__verbose?.prompt);
    expect(verbose).toEqual([undefined, undefined, "<s>hi"]);
  });

  test("is there for everybody when the server says so, but for those who do not want it", async () => {
    const { post } = appOver(answer, { settings: { verbose: true } });
    expect(await json<ChatCompletion>(post(path, hi))).toHaveProperty("__verbose");
    const { __verbose: native } = await json<ChatCompletion>(post(path, { ...hi, verbose: false }));
    expect(native).toBeUndefined();
  });
});

describe("media", () => {
  const image = { type: "image_url", image_url: { url: "https://example.com/a.png" } };
  const sound = { type: "input_audio", input_audio: { data: "AAEC", format: "wav" } };
  const film = { type: "input_video", input_video: { data: "AAEC" } };
  const saying = (part: object) => ({ messages: [{ role: "user", content: [part] }] });

  test.each([
    ["hutch", 400],
    ["llama-server", 500],
  ] as const)("in profile %s: a model that cannot take them is a %p", async (profile, status) => {
    const info = { ...fakeInfo, vision: false };
    const { post, supervisor } = appOver(says("a"), { info, settings: { profile } });
    await supervisor.acquire("tiny", AbortSignal.timeout(1000));
    for (const [kind, part] of [
      ["image", image],
      ["audio", sound],
      ["video", film],
    ] as const) {
      const response = await post(path, saying(part));
      expect(response.status).toBe(status);
      const { error } = await json<OpenAiError>(response);
      expect(error.message).toStartWith(`${kind} input is not supported`);
    }
  });

  test("a sound is for models that hear", async () => {
    const { post, engine } = appOver(says("a"), { info: { ...fakeInfo, audio: true } });
    expect((await post(path, saying(sound))).status).toBe(200);
    const prompt = engine.requests[0]?.prompt;
    expect(prompt?.type === "chat" && prompt.messages[0]?.parts).toEqual([
      {
        type: "media",
        bytes: new Uint8Array([0, 1, 2]),
        param: "messages[0].content[0].input_audio.data",
      },
    ]);
  });
});

describe("questions about a chat", () => {
  const answers = {
    countTokens: () => ({ nTokens: 11 }),
    applyTemplate: () => ({ text: "<s>hi" }),
  };
  const prompt = {
    type: "chat",
    messages: [{ role: "user", parts: [{ type: "text", text: "hi" }] }],
  };

  test.each(["/v1/chat/completions/input_tokens", "/chat/completions/input_tokens"])(
    "%s counts its tokens",
    async (route) => {
      const { post, engine } = appOver(says(), { answers });
      const response = await post(route, hi);
      expect(await response.json()).toEqual({ object: "response.input_tokens", input_tokens: 11 });
      expect(engine.questions).toMatchObject([{ name: "countTokens", question: { prompt } }]);
    },
  );

  test("/apply-template shows its prompt", async () => {
    const { post, engine } = appOver(says(), { answers });
    const body = { ...hi, add_generation_prompt: false };
    expect(await json<object>(post("/apply-template", body))).toEqual({ prompt: "<s>hi" });
    expect(engine.questions).toMatchObject([
      { name: "applyTemplate", question: { prompt: { ...prompt, addGenerationPrompt: false } } },
    ]);
  });

  test("/apply-template refuses as the chat route does", async () => {
    const body = { ...hi, tool_choice: "maybe" };
    const response = await appOver(says()).post("/apply-template", body);
    expect(response.status).toBe(400);
    expect((await json<OpenAiError>(response)).error).toMatchObject({
      code: 400,
      param: "tool_choice",
      message: expect.stringContaining("Invalid tool_choice: maybe"),
    });
  });
});

describe("POST /v1/chat/completions/control", () => {
  const route = "/v1/chat/completions/control";
  const endReasoning = ({ tag }: { tag: string }) => ({ isEnded: tag === "chatcmpl-1" });

  test("ends the thinking of a running completion", async () => {
    const { post, supervisor } = appOver(says(), { answers: { endReasoning } });
    await supervisor.acquire("tiny", AbortSignal.timeout(1000));
    const end = (id: string) => json<object>(post(route, { id, action: "reasoning_end" }));
    expect(await end("chatcmpl-1")).toEqual({ success: true });
    expect(await end("chatcmpl-2")).toEqual({
      success: false,
      message: "no active completion with reasoning control for this id",
    });
  });

  test("loads no model to find out that it answers nobody", async () => {
    const { post, supervisor } = appOver(says(), { answers: { endReasoning } });
    const answer = await json<object>(post(route, { id: "chatcmpl-1", action: "reasoning_end" }));
    expect(answer).toMatchObject({ success: false });
    expect(supervisor.status(tiny).state).toBe("unloaded");
  });

  test.each([
    ["missing completion id", { action: "reasoning_end" }],
    ["unknown control action", { id: "chatcmpl-1", action: "dance" }],
  ])("%s is a 400", async (message, body) => {
    const response = await appOver(says()).post(route, body);
    expect(response.status).toBe(400);
    expect((await json<OpenAiError>(response)).error.message).toBe(message);
  });

  test("the id that a completion has is the one that it can be found by", async () => {
    const { post, engine } = appOver(says("a"));
    const { id } = await json<ChatCompletion>(post(path, { ...hi, reasoning_control: true }));
    expect(engine.requests[0]?.tag).toBe(id);
  });
});
