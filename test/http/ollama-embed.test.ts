import { describe, expect, test } from "bun:test";
import type { EmbedRequest } from "../../src/core/calls.ts";
import { AppError } from "../../src/core/errors.ts";
import { type Answers, appOver, fakeInfo, json, says } from "../support/fake-engine.ts";

const vector = (...values: number[]) => new Float32Array(values);
const embeds = ({ inputs }: EmbedRequest) => ({
  embeddings: inputs.map(() => [vector(0.6, 0.8, 0)]),
  nTokens: inputs.map(() => 8),
});

const over = (answers: Answers, info = fakeInfo) => appOver(says(), { answers, info });
const figures = { total_duration: expect.any(Number), load_duration: expect.any(Number) };

describe("POST /api/embed", () => {
  const path = "/api/embed";

  test("has a vector for each input, in one call, and the sum of their tokens", async () => {
    const { post, engine } = over({ embed: embeds });
    const answer = await json<{ embeddings: number[][] }>(
      post(path, { model: "tiny:latest", input: ["a", "b"] }),
    );
    expect(answer).toEqual({
      model: "tiny:latest",
      embeddings: [0, 1].map(() => [expect.closeTo(0.6), expect.closeTo(0.8), 0]),
      prompt_eval_count: 16,
      ...figures,
    } as never);
    const inputs = ["a", "b"].map((text) => ({ type: "text", parts: [text] }));
    const question = { inputs, truncate: true, normalize: 2 };
    expect(engine.questions).toMatchObject([{ name: "embed", question }]);
  });

  test("cuts vectors to `dimensions` and makes them as long as 1 again", async () => {
    const { post } = over({ embed: embeds });
    const answer = await json(post(path, { input: "a", dimensions: 1 }));
    expect(answer).toMatchObject({ embeddings: [[1]] });
    const longer = await json<{ embeddings: number[][] }>(
      post(path, { input: "a", dimensions: 9 }),
    );
    expect(longer.embeddings[0]).toHaveLength(3);
  });

  test("a vector of zeros stays one", async () => {
    const embed = () => ({ embeddings: [[vector(0, 0, 0)]], nTokens: [1] });
    const answer = await json(over({ embed }).post(path, { input: "a", dimensions: 2 }));
    expect(answer).toMatchObject({ embeddings: [[0, 0]] });
  });

  test.each([[""], [[]], [undefined]])("input %p only loads", async (input) => {
    const { post, supervisor } = over({});
    const answer = await json(post(path, { model: "tiny", input }));
    const nothing = { model: "tiny", embeddings: [], prompt_eval_count: 0, ...figures };
    expect(answer).toEqual(nothing);
    expect(supervisor.status(supervisor.catalog.default).state).toBe("ready");
  });

  test.each([[1], [{ a: 1 }], [[1]], [[["a"]]], [true]])("input %j is refused", async (input) => {
    const response = await over({ embed: embeds }).post(path, { input });
    expect([response.status, await response.json()]).toEqual([
      400,
      { error: "invalid input type" },
    ]);
  });

  test("asks for num_ctx and truncate as they are given", async () => {
    const { post, engine } = over({ embed: embeds });
    await post(path, { input: "a", truncate: false, options: { num_ctx: 3 } });
    expect(engine.questions).toMatchObject([{ question: { truncate: false, nCtx: 3 } }]);
  });

  test.each([
    ["context_length_exceeded", "input (9 tokens) is larger than 3"],
    ["invalid_request", "input (9 tokens) is too large to process."],
  ] as const)("an input that is too long is refused in Ollama's words: %s", async (code, words) => {
    const embed = () => Promise.reject(new AppError(code, words));
    const response = await over({ embed }).post(path, { input: "a", truncate: false });
    const error = "the input length exceeds the context length";
    expect([response.status, await response.json()]).toEqual([400, { error }]);
  });

  test("tells what was cut", async () => {
    const embed = (question: EmbedRequest) => ({ ...embeds(question), nDropped: 5 });
    const answer = await json(over({ embed }).post(path, { input: "a" }));
    expect(answer).toMatchObject({ prompt_tokens_dropped: 5 });
  });

  test("a model with a vector for each token has none for a text", async () => {
    const embed = () => ({ embeddings: [[vector(1), vector(2)]], nTokens: [2] });
    const response = await over({ embed }).post(path, { input: "a" });
    expect(response.status).toBe(400);
  });

  test("an unknown model is to be pulled", async () => {
    const response = await over({}).post(path, { model: "nope", input: "a" });
    const error = 'model "nope" not found, try pulling it first';
    expect([response.status, await response.json()]).toEqual([404, { error }]);
  });
});

describe("POST /api/embeddings", () => {
  const path = "/api/embeddings";

  test("has one vector", async () => {
    const { post, engine } = over({ embed: embeds });
    const answer = await json(post(path, { prompt: "a" }));
    expect(answer).toEqual({ embedding: [expect.closeTo(0.6), expect.closeTo(0.8), 0] });
    expect(engine.questions).toMatchObject([{ question: { normalize: 2 } }]);
  });

  test("that of BERT is as it is", async () => {
    const info = { ...fakeInfo, description: "bert 22M F16" };
    const { post, engine } = over({ embed: embeds }, info);
    await post(path, { prompt: "a" });
    expect(engine.questions).toMatchObject([{ question: { normalize: -1 } }]);
  });

  test("of nothing there is none", async () => {
    expect(await json(over({}).post(path, { prompt: "" }))).toEqual({ embedding: [] });
  });
});

describe("vocabulary", () => {
  const answers: Answers = {
    tokenize: () => ({ tokens: [1, 2], pieces: ["a", "b"] }),
    detokenize: () => ({ text: "ab" }),
  };

  test.each(["content", "text", "prompt"])("POST /api/tokenize takes %s", async (field) => {
    const { post, engine } = over(answers);
    const answer = await json(post("/api/tokenize", { model: "tiny", [field]: "ab" }));
    expect(answer).toEqual({ model: "tiny", tokens: [1, 2], ...figures });
    const question = { parts: ["ab"], addSpecial: false, parseSpecial: true };
    expect(engine.questions).toEqual([{ name: "tokenize", question }]);
  });

  test("POST /api/detokenize", async () => {
    const answer = await json(over(answers).post("/api/detokenize", { tokens: [1, 2] }));
    expect(answer).toEqual({ model: "tiny", content: "ab", ...figures });
  });
});

describe("POST /api/rerank", () => {
  const path = "/api/rerank";
  const rerank = () => ({ scores: [0.1, 0.9, 0.5], nTokens: 12 });
  const body = { query: "q", documents: ["a", "b", "c"] };

  test("lists the best first", async () => {
    const { post } = over({ rerank }, { ...fakeInfo, reranks: true });
    expect(await json(post(path, { ...body, top_n: 2, return_documents: true }))).toEqual({
      model: "tiny",
      results: [
        { index: 1, relevance_score: 0.9, document: "b" },
        { index: 2, relevance_score: 0.5, document: "c" },
      ],
      prompt_eval_count: 12,
      ...figures,
    });
    expect(await json(post(path, body))).toMatchObject({
      results: [{ index: 1 }, { index: 2 }, { index: 0 }],
    });
  });

  test("is for rerankers", async () => {
    const response = await over({ rerank }).post(path, body);
    const error = '"tiny" does not support rerank';
    expect([response.status, await response.json()]).toEqual([400, { error }]);
  });
});
