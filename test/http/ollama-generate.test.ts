import { describe, expect, test } from "bun:test";
import { AppError } from "../../src/core/errors.ts";
import type { TokenProbability } from "../../src/core/generate.ts";
import type { GenerateResponse } from "../../src/http/ollama/generate-schema.ts";
import {
  type AppOverOptions,
  appOver,
  done,
  fakeInfo,
  json,
  lines,
  plays,
  refuses,
  says,
  text,
  thinks,
} from "../support/fake-engine.ts";

const path = "/api/generate";
const hi = { model: "tiny:latest", prompt: "hi" };
const user = (...parts: object[]) => ({ role: "user", parts });
const said = (words: string) => ({ type: "text", text: words });
const picture = { type: "media", bytes: new Uint8Array([0, 1, 2]), param: "images[0]" };

/** What the engine is asked for a body. */
async function asked(body: object, options: AppOverOptions = {}) {
  const { post, engine } = appOver(says("a"), options);
  const response = await post(path, { ...hi, stream: false, ...body });
  expect([response.status, await response.text()]).toEqual([200, expect.any(String)]);
  const [request] = engine.requests;
  if (!request) throw new Error("the engine was not asked");
  return request;
}

const prompted = async (body: object, options?: AppOverOptions) =>
  (await asked(body, options)).prompt;

describe("POST /api/generate asks for", () => {
  test("a conversation of one question", async () => {
    expect(await asked({})).toMatchObject({
      truncate: true,
      contextShift: true,
      nKeep: 4,
      cachePrompt: true,
      report: { tokens: true, prompt: true },
      prompt: { type: "chat", tools: [], toolChoice: "none", messages: [user(said("hi"))] },
    });
  });

  test.each([
    [
      "a system message",
      { system: "Be brief." },
      "messages",
      [{ role: "system", parts: [said("Be brief.")] }, user(said("hi"))],
    ],
    ["a template", { template: "{{ .Prompt }}" }, "goTemplate", "{{ .Prompt }}"],
    ["a context", { context: [1, 2] }, "context", [1, 2]],
    ["no context of nothing", { context: [] }, "context", undefined],
    ["a picture before the text", { images: ["AAEC"] }, "messages", [user(picture, said("hi"))]],
    [
      "a picture where the text says so",
      { prompt: "is [img] a cat?", images: ["AAEC"] },
      "messages",
      [user(said("is "), picture, said(" a cat?"))],
    ],
    ["JSON", { format: "json" }, "jsonSchema", {}],
    ["a schema", { format: { type: "object" } }, "jsonSchema", { type: "object" }],
    ["no form", { format: "" }, "jsonSchema", undefined],
    ["a grammar", { options: { grammar: 'root ::= "a"' } }, "grammar", 'root ::= "a"'],
    ["no thinking", { think: false }, "enableThinking", false],
    ["whatever thinking there is", {}, "enableThinking", undefined],
  ] as const)("%s", async (_, body, field, expected) => {
    const prompt: Partial<Record<string, unknown>> = { ...(await prompted(body)) };
    expect(prompt[field]).toEqual(expected);
  });

  test("text as it is, if it is raw", async () => {
    const request = await asked({ raw: true, format: "json", images: ["AAEC"] });
    const { bytes } = picture;
    expect(request.prompt).toMatchObject({ type: "text", parts: [bytes, "hi"], jsonSchema: {} });
    expect(request.report).toEqual({});
    const placed = await prompted({ raw: true, prompt: "[img-0]? [img-1]", images: ["AAEC"] });
    expect(placed).toMatchObject({ parts: [bytes, "? ", "[img-1]"] });
  });

  test("a gap to be filled, by the tokens of the vocabulary", async () => {
    const prompt = await prompted({ prompt: "a(", suffix: ")" });
    const parts = { prefix: "a(", suffix: ")", extra: [], prompt: "" };
    expect(prompt).toMatchObject({ type: "infill", ...parts });
  });

  test("a gap to be filled, by a template that can", async () => {
    const inserts = { info: { ...fakeInfo, inserts: true } };
    expect(await prompted({ suffix: ")" }, inserts)).toMatchObject({ type: "chat", suffix: ")" });
    const own = await prompted({ suffix: ")", template: "{{ .Prompt }}{{ .Suffix }}" });
    expect(own).toMatchObject({ type: "chat", suffix: ")" });
  });
});

describe("POST /api/generate answers", () => {
  const answer = (more: object) => ({
    model: "tiny:latest",
    created_at: expect.any(String),
    ...more,
  });

  test("in lines, whose last has the figures and the context", async () => {
    const told = plays(
      { ...text("Par"), tokens: [5] } as never,
      { ...text("is", 2), tokens: [6, 7] } as never,
      done({ nPredicted: 3, promptTokens: [1, 2], tokens: [8] }),
    );
    const response = await appOver(told).post(path, hi);
    expect(response.headers.get("content-type")).toBe("application/x-ndjson");
    expect(await lines(response)).toEqual([
      answer({ response: "Par", done: false }),
      answer({ response: "is", done: false }),
      answer({
        response: "",
        done: true,
        done_reason: "stop",
        context: [1, 2, 5, 6, 7, 8],
        total_duration: expect.any(Number),
        load_duration: expect.any(Number),
        prompt_eval_count: 7,
        prompt_eval_duration: 10_000_000,
        eval_count: 3,
        eval_duration: 20_000_000,
        context_length: 1024,
        prompt_cached_count: 2,
      }),
    ]);
    const whole = await json<GenerateResponse>(
      appOver(told).post(path, { ...hi, stream: false, options: { num_ctx: 512 } }),
    );
    const context = [1, 2, 5, 6, 7, 8];
    expect(whole).toMatchObject({ response: "Paris", done: true, context, context_length: 512 });
  });

  test("without a context, if it is raw", async () => {
    const whole = await json(appOver(says("a")).post(path, { ...hi, raw: true, stream: false }));
    expect(whole).toMatchObject({ response: "a", done: true });
    expect(whole).not.toHaveProperty("context");
  });

  test("with thinking in a field of its own", async () => {
    const streamed = await lines(await appOver(thinks("hmm", "yes")).post(path, hi));
    expect(streamed.slice(0, 2)).toEqual([
      answer({ response: "", thinking: "hmm", done: false }),
      answer({ response: "yes", done: false }),
    ]);
  });

  test("what was left out, so that nobody has to guess", async () => {
    const cut = plays(
      text("a"),
      done({
        reason: "length",
        truncated: true,
        nMessagesDropped: 3,
        nPromptDropped: 40,
        nShifted: 10,
      }),
    );
    expect(await json(appOver(cut).post(path, { ...hi, stream: false }))).toMatchObject({
      done_reason: "length",
      truncated: true,
      messages_dropped: 3,
      prompt_tokens_dropped: 40,
      tokens_shifted: 10,
    });
  });

  test.each(["", undefined])("prompt %p only loads, in one object", async (prompt) => {
    const { post, engine } = appOver(says("a"));
    const loaded = answer({ response: "", done: true, done_reason: "load" });
    expect(await json(post(path, { model: "tiny:latest", prompt }))).toEqual(loaded);
    expect(engine.requests).toEqual([]);
  });

  test("keep_alive 0 without a prompt unloads", async () => {
    const unload = { model: "tiny:latest", keep_alive: 0 };
    const unloaded = answer({ response: "", done: true, done_reason: "unload" });
    expect(await json(appOver(says("a")).post(path, unload))).toEqual(unloaded);
  });
});

describe("logprobs", () => {
  const prob = (piece: string, p: number, others: [string, number][] = []): TokenProbability => {
    const bytes = (of: string) => new TextEncoder().encode(of);
    const top = others.map(([other, q], i) => ({ token: i, bytes: bytes(other), prob: q }));
    return { token: 1, bytes: bytes(piece), prob: p, top };
  };
  const told = plays(
    {
      ...text("é"),
      probs: [
        prob("é", 0.5, [
          ["é", 0.5],
          ["a", 0.25],
        ]),
      ],
    } as never,
    { ...text("", 2), probs: [prob("", 1)] } as never,
    done({ probs: [prob("!", 1)] }),
  );
  const entry = { token: "é", logprob: expect.closeTo(Math.log(0.5)), bytes: [0xc3, 0xa9] };

  test("come with the text that they are of", async () => {
    const streamed = await lines(await appOver(told).post(path, { ...hi, logprobs: true }));
    const found = (streamed as GenerateResponse[]).map(({ logprobs }) => logprobs);
    expect(found).toEqual([
      [entry],
      [{ token: "", logprob: 0, bytes: [] }],
      [{ token: "!", logprob: 0, bytes: [33] }],
    ]);
  });

  test("list as many alternatives as are wanted", async () => {
    const body = { ...hi, logprobs: true, top_logprobs: 1, stream: false };
    const { post, engine } = appOver(told);
    const { logprobs } = await json<GenerateResponse>(post(path, body));
    expect(engine.requests[0]?.report).toMatchObject({ nProbs: 1 });
    expect(logprobs?.[0]).toEqual({ ...entry, top_logprobs: [entry] });
    expect(logprobs).toHaveLength(3);
  });

  test("are not there unasked, and then a token without text is no line", async () => {
    const streamed = await lines(await appOver(told).post(path, hi));
    expect(streamed).toHaveLength(2);
    expect(JSON.stringify(streamed)).not.toContain("logprobs");
  });
});

describe("POST /api/generate refuses", () => {
  const encoder = { ...fakeInfo, generates: false };
  const noGaps = { ...fakeInfo, fimMissing: ["no"] };
  test.each([
    [
      { raw: true, system: "a" },
      fakeInfo,
      "raw mode does not support template, system, or context",
    ],
    [
      { raw: true, context: [1] },
      fakeInfo,
      "raw mode does not support template, system, or context",
    ],
    [
      { raw: true, suffix: ")" },
      fakeInfo,
      "raw mode does not support suffix: write its tokens into the prompt",
    ],
    [{ logprobs: true, top_logprobs: 21 }, fakeInfo, "top_logprobs must be between 0 and 20"],
    [{ logprobs: true, top_logprobs: -1 }, fakeInfo, "top_logprobs must be between 0 and 20"],
    [{}, encoder, '"tiny:latest" does not support generate'],
    [{ prompt: "" }, encoder, '"tiny:latest" does not support generate'],
    [{ think: true }, fakeInfo, '"tiny:latest" does not support thinking'],
    [
      { suffix: ")", context: [1] },
      fakeInfo,
      "`context` does not go with `suffix`: this model fills gaps in code alone",
    ],
    [
      { suffix: ")", images: ["AAEC"] },
      fakeInfo,
      "`images` does not go with `suffix`: this model fills gaps in code alone",
    ],
    [{ suffix: ")" }, noGaps, "registry.ollama.ai/library/tiny:latest does not support insert"],
  ])("%j", async (body, info, error) => {
    const response = await appOver(says("a"), { info }).post(path, { ...hi, ...body });
    expect([response.status, await response.json()]).toEqual([400, { error }]);
  });

  test("a prompt that is too long, in Ollama's words, with the numbers", async () => {
    const details = { n_prompt_tokens: 2000, n_ctx: 1024 };
    const tooLong = new AppError("context_length_exceeded", "2000 tokens", { details });
    const response = await appOver(refuses(tooLong)).post(path, { ...hi, truncate: false });
    const error = expect.stringMatching(/^the prompt is longer than the context length/);
    expect([response.status, await response.json()]).toEqual([400, { error, ...details }]);
  });

  test.each(["think", "tools"])("%s of a model that cannot, in a chat", async (field) => {
    const info = { ...fakeInfo, chatTemplateCaps: {} };
    const asks = { think: "low", tools: [{ function: { name: "f" } }] };
    const body = { messages: [{ role: "user", content: "hi" }], model: "tiny:latest" };
    const wanted = { [field]: asks[field as keyof typeof asks] };
    const response = await appOver(says("a"), { info }).post("/api/chat", { ...body, ...wanted });
    const words = {
      think: '"tiny:latest" does not support thinking',
      tools: "registry.ollama.ai/library/tiny:latest does not support tools",
    };
    const error = words[field as keyof typeof words];
    expect([response.status, await response.json()]).toEqual([400, { error }]);
  });
});

describe("_debug_render_only", () => {
  const answers = {
    applyTemplate: ({ prompt }: { prompt: object }) => ({ text: `<s>${JSON.stringify(prompt)}` }),
  };
  type Shown = { _debug_info: { rendered_template: string; image_count: number } };

  test("shows the prompt, its pictures as markers, and runs nothing", async () => {
    const { post, engine } = appOver(says("a"), { answers });
    const body = { ...hi, images: ["AAEC", "AAEC"], prompt: "[img] hi", _debug_render_only: true };
    const answer = await json<Shown>(post(path, body));
    expect(answer).toMatchObject({ model: "tiny:latest", response: "" });
    expect(answer._debug_info.image_count).toBe(2);
    expect(answer._debug_info.rendered_template).toContain("[img-0][img-1] hi");
    expect(engine.requests).toEqual([]);
  });

  test("a raw prompt is what it is", async () => {
    const body = { ...hi, raw: true, images: ["AAEC"], _debug_render_only: true };
    const { _debug_info } = await json<Shown>(appOver(says("a")).post(path, body));
    expect(_debug_info).toEqual({ rendered_template: "[img-0]hi", image_count: 1 });
  });

  test("makes it fit as a request would", async () => {
    const { post, engine } = appOver(says("a"), { answers });
    const options = { num_ctx: 64, num_keep: 9, num_predict: 3 };
    await post(path, { ...hi, options, _debug_render_only: true });
    await post(path, { ...hi, raw: true, _debug_render_only: true });
    await post(path, { ...hi, truncate: false, _debug_render_only: true });
    expect(engine.questions.map(({ question }) => question)).toMatchObject([
      { truncate: true, nCtx: 64, nKeep: 9, nPredict: 3 },
      { truncate: true, prompt: { type: "text", parts: ["hi"] } },
      { truncate: false },
    ]);
  });
});
