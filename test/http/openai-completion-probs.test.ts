import { describe, expect, test } from "bun:test";
import type { GenerateRequest, TokenProbability } from "../../src/core/generate.ts";
import type { OpenAiError } from "../../src/http/error-schema.ts";
import { LogprobsWriter } from "../../src/http/openai/text-logprobs.ts";
import {
  appOver,
  type Behaviour,
  done,
  json,
  plays,
  prefilled,
  sseEvents,
} from "../support/fake-engine.ts";

const path = "/v1/completions";
const utf8 = (text: string) => new TextEncoder().encode(text);
const token = (text: string, prob: number, top: [string, number][] = []): TokenProbability => ({
  token: 1,
  bytes: utf8(text),
  prob,
  top: top.map(([other, p]) => ({ token: 2, bytes: utf8(other), prob: p })),
});
const said = (text: string, ...probs: TokenProbability[]) =>
  ({ type: "text", text, nPredicted: 1, decodeMs: 1, probs }) as const;

interface Answer {
  choices: { text: string; logprobs: unknown; finish_reason: string }[];
  usage: { prompt_tokens: number; completion_tokens: number };
}

describe("logprobs of /v1/completions", () => {
  const answer = plays(
    said(
      "é!",
      token("é", 1, [
        ["e", 0],
        ["é", 1],
      ]),
    ),
    done({ probs: [token("!", 1)] }),
  );

  test("come in OpenAI's older form, with the token itself among the likeliest", async () => {
    const { post, engine } = appOver(answer);
    const { choices } = await json<Answer>(post(path, { prompt: "a", logprobs: 1 }));
    expect(choices[0]?.logprobs).toEqual({
      tokens: ["é", "!"],
      token_logprobs: [0, 0],
      top_logprobs: [{ e: expect.any(Number), é: 0 }, { "!": 0 }],
      text_offset: [0, 1],
    });
    expect(engine.requests[0]?.report?.nProbs).toBe(1);
  });

  test("0 asks for the tokens alone", async () => {
    const { post, engine } = appOver(answer);
    const { choices } = await json<Answer>(post(path, { prompt: "a", logprobs: 0 }));
    expect(choices[0]?.logprobs).toMatchObject({ top_logprobs: [{ é: 0 }, { "!": 0 }] });
    expect(engine.requests[0]?.report?.nProbs).toBe(1);
  });

  test("come with the chunk that they are of", async () => {
    const body = { prompt: "a", logprobs: 1, stream: true };
    const chunks = (await sseEvents(await appOver(answer).post(path, body))) as Answer[];
    expect(chunks.slice(0, 2).map(({ choices }) => choices[0]?.logprobs)).toMatchObject([
      { tokens: ["é"], text_offset: [0] },
      { tokens: ["!"], text_offset: [1] },
    ]);
  });

  test.each([
    ["hutch", { n_probs: 1 }],
    ["llama-server", { logprobs: 1 }],
  ] as const)("in profile %s come in llama-server's form for %j", async (profile, more) => {
    const { post, supervisor } = appOver(answer, { settings: { profile } });
    await supervisor.acquire("tiny", AbortSignal.timeout(1000));
    const { choices } = await json<Answer>(post(path, { prompt: "a", ...more }));
    expect(choices[0]?.logprobs).toMatchObject({ content: [{ token: "é" }, { token: "!" }] });
  });

  test("half a character is shown by its bytes, and has a place", () => {
    const [first, second] = [utf8("é").slice(0, 1), utf8("é").slice(1)];
    const half = (bytes: Uint8Array) => ({ token: 1, bytes, prob: 1, top: [] });
    expect(
      new LogprobsWriter(0).tokens([token("😀", 1), half(first), half(second), token("x", 1)]),
    ).toMatchObject({
      tokens: ["😀", "bytes:\\xc3", "bytes:\\xa9", "x"],
      text_offset: [0, 1, 1, 2],
    });
  });
});

describe("echo with logprobs", () => {
  /** Reads its prompt token by token, after a BOS that is not in the text. */
  const reads: Behaviour = async function* ({ prompt, nPredict }: GenerateRequest) {
    const words = prompt.type === "text" ? prompt.parts.map(String) : [];
    yield prefilled;
    if (nPredict !== 0) yield said("!", token("!", 0.5));
    yield done({
      reason: "length",
      nPredicted: nPredict ?? 1,
      promptProbs: [
        { ...token("<s>", 1), prob: null },
        ...words.map((word) => token(word, 1, [["the", 0.25]])),
      ],
    });
  };

  test("scores many prompts at once, as lm-evaluation-harness asks for it", async () => {
    const { post, engine } = appOver(reads, {
      answers: { detokenize: ({ tokens }) => ({ text: tokens.join("") }) },
    });
    const body = { prompt: [[11, 12], [7]], max_tokens: 1, logprobs: 1, echo: true, seed: 1 };
    const { choices } = await json<Answer>(post(path, body));
    const [likely, half] = [Math.fround(Math.log(0.25)), Math.fround(Math.log(0.5))];
    expect(choices).toMatchObject([
      {
        text: "1112!",
        finish_reason: "length",
        logprobs: {
          tokens: ["<s>", "11", "12", "!"],
          token_logprobs: [null, 0, 0, half],
          top_logprobs: [null, { the: likely, "11": 0 }, { the: likely, "12": 0 }, { "!": half }],
          text_offset: [0, 0, 2, 4],
        },
      },
      { text: "7!", logprobs: { tokens: ["<s>", "7", "!"], text_offset: [0, 0, 1] } },
    ]);
    expect(engine.requests.map((request) => request.report?.promptProbs)).toEqual([1, 1]);
  });

  test("max_tokens 0 scores the prompt alone", async () => {
    const body = { prompt: "hi", max_tokens: 0, logprobs: 0, echo: true };
    const { choices } = await json<Answer>(appOver(reads).post(path, body));
    expect(choices).toMatchObject([
      { text: "hi", finish_reason: "length", logprobs: { tokens: ["<s>", "hi"] } },
    ]);
  });

  test("is refused in llama-server's form", async () => {
    const { post, supervisor } = appOver(reads, { settings: { profile: "llama-server" } });
    await supervisor.acquire("tiny", AbortSignal.timeout(1000));
    const response = await post(path, { prompt: "hi", logprobs: 1, echo: true });
    expect((await json<OpenAiError>(response)).error.param).toBe("echo");
  });
});

describe("best_of", () => {
  /** The later an answer, the likelier a token of it; the first is long. */
  const improves = (): Behaviour => {
    let n = 0;
    return async function* () {
      const own = ++n;
      yield prefilled;
      yield said(`answer ${own}`, ...Array(own === 1 ? 5 : 1).fill(token("x", own / 10)));
      yield done({ nPredicted: 2 });
    };
  };

  test("returns the n likeliest of so many answers, and counts them all", async () => {
    const { post, engine } = appOver(improves());
    const body = { prompt: "a", n: 2, best_of: 4, seed: 1 };
    const { choices, usage } = await json<Answer>(post(path, body));
    expect(choices).toMatchObject([
      { index: 0, text: "answer 4", logprobs: null },
      { index: 1, text: "answer 3", logprobs: null },
    ]);
    expect(usage).toMatchObject({ prompt_tokens: 7, completion_tokens: 8 });
    expect(engine.requests.map(({ sampling }) => sampling.seed)).toEqual([1, 2, 3, 4]);
  });

  test("chooses for each prompt of its own", async () => {
    const body = { prompt: ["a", "b"], best_of: 2, echo: true, logprobs: 0 };
    const { choices } = await json<Answer>(appOver(improves()).post(path, body));
    expect(choices.map(({ text }) => text)).toEqual(["aanswer 2", "banswer 4"]);
    expect(choices[1]?.logprobs).toMatchObject({ tokens: ["x"], text_offset: [1] });
  });
});
