import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { type RunningServer, startServer } from "../../support/server.ts";

/** Ollama's own black-box cases for embeddings, named as there; the facts: reference §6. */
let server: RunningServer;
beforeAll(async () => {
  server = await startServer({ args: ["-t", "1"] });
});
afterAll(() => server[Symbol.asyncDispose]());

interface Embedded {
  embeddings: number[][];
  prompt_eval_count: number;
  prompt_tokens_dropped?: number;
}

const embed = async (body: object) => {
  const response = await server.post("/api/embed", { model: "tiny", ...body });
  const text = await response.text();
  if (response.status !== 200) throw new Error(`${response.status}: ${text}`);
  return JSON.parse(text) as Embedded;
};
const failure = async (body: object) => {
  const response = await server.post("/api/embed", { model: "tiny", ...body });
  return [response.status, ((await response.json()) as { error: string }).error];
};
const dot = (a: number[] = [], b: number[] = []) =>
  a.reduce((sum, x, i) => sum + x * (b[i] ?? 0), 0);

const sky = "What colour is the sky?";

test("embed-api", async () => {
  const one = await embed({ input: sky });
  expect(one.embeddings).toHaveLength(1);
  expect(dot(one.embeddings[0], one.embeddings[0])).toBeCloseTo(1, 4);
  expect(one.prompt_eval_count).toBe(8);
});

test("embed-api-batch", async () => {
  const one = await embed({ input: [sky] });
  const two = await embed({ input: [sky, sky] });
  expect(two.embeddings).toHaveLength(2);
  expect(dot(two.embeddings[0], one.embeddings[0])).toBeCloseTo(1, 3);
  expect(two.prompt_eval_count).toBe(2 * one.prompt_eval_count);
});

test("embed-correlation", async () => {
  const capital = (country: string) => `What is the capital of ${country}?`;
  const { embeddings } = await embed({ input: [capital("France"), capital("Italy"), "2 + 4 = ?"] });
  const [france, italy, sum] = embeddings;
  expect(dot(france, italy)).toBeGreaterThan(dot(france, sum));
});

test("embed: `dimensions` cuts and makes unit vectors again", async () => {
  const whole = await embed({ input: sky });
  const cut = await embed({ input: sky, dimensions: 8 });
  const [vector = []] = cut.embeddings;
  expect(vector).toHaveLength(8);
  expect(dot(vector, vector)).toBeCloseTo(1, 4);
  const [long = []] = whole.embeddings;
  expect((vector[0] ?? 0) / (vector[1] ?? 1)).toBeCloseTo((long[0] ?? 0) / (long[1] ?? 1), 3);
});

describe("embed-api-truncate", () => {
  test("num_ctx 3 is the input cut to 3 tokens", async () => {
    const cut = await embed({ input: sky, options: { num_ctx: 3 } });
    const { tokens } = (await (
      await server.post("/api/tokenize", { model: "tiny", content: sky })
    ).json()) as { tokens: number[] };
    const shorter = (await (
      await server.post("/api/detokenize", { model: "tiny", tokens: tokens.slice(0, 3) })
    ).json()) as { content: string };
    const direct = await embed({ input: shorter.content });
    expect(dot(cut.embeddings[0], direct.embeddings[0])).toBeCloseTo(1, 4);
    expect(cut).toMatchObject({ prompt_eval_count: 3, prompt_tokens_dropped: 5 });
    expect(direct).not.toHaveProperty("prompt_tokens_dropped");
  });

  test("truncate false is an error", async () => {
    const body = { input: sky, truncate: false, options: { num_ctx: 3 } };
    expect(await failure(body)).toEqual([400, "the input length exceeds the context length"]);
    expect((await embed({ input: sky, truncate: false })).prompt_eval_count).toBe(8);
  });

  test("num_ctx 0 leaves nothing", async () => {
    const words = "input after truncation exceeds maximum context length";
    expect(await failure({ input: sky, options: { num_ctx: 0 } })).toEqual([400, words]);
  });
});

describe("embed-truncation, embed-large-input, embed-status-code", () => {
  test.each([256, 512, 800, 5000])("%p words are embedded", async (n) => {
    const { embeddings } = await embed({ input: "hello ".repeat(n) });
    expect(embeddings).toHaveLength(1);
  });

  test("what is too long is a 4xx with truncate false", async () => {
    const [status] = await failure({ input: "hello ".repeat(5000), truncate: false });
    expect(status).toBe(400);
  });

  test.each([
    [{ input: 1 }, 400, "invalid input type"],
    [{ input: ["a", 1] }, 400, "invalid input type"],
    [{ model: "nope", input: "a" }, 404, 'model "nope" not found, try pulling it first'],
  ])("%j", async (body, status, error) => {
    expect(await failure(body)).toEqual([status, error]);
  });
});

test.each([[""], [[]], [undefined]])("embed: input %j only loads", async (input) => {
  expect((await embed({ input })).embeddings).toEqual([]);
});

test("embedding-api: the older route has the same vector", async () => {
  const response = await server.post("/api/embeddings", { model: "tiny", prompt: sky });
  const { embedding } = (await response.json()) as { embedding: number[] };
  const { embeddings } = await embed({ input: sky });
  expect(dot(embedding, embeddings[0])).toBeCloseTo(1, 4);
  const nothing = await server.post("/api/embeddings", { model: "tiny", prompt: "" });
  expect(await nothing.json()).toEqual({ embedding: [] });
});

describe("beyond Ollama", () => {
  test("tokenize and detokenize are inverse", async () => {
    const tokenized = await server.post("/api/tokenize", { model: "tiny", content: sky });
    const { tokens } = (await tokenized.json()) as { tokens: number[] };
    expect(tokens.length).toBe(8);
    const text = await server.post("/api/detokenize", { model: "tiny", tokens });
    expect(await text.json()).toMatchObject({ model: "tiny", content: sky });
    const wrong = await server.post("/api/detokenize", { model: "tiny", tokens: [1e9] });
    expect(wrong.status).toBe(400);
  });

  test("a model that is no reranker says so", async () => {
    const body = { model: "tiny", query: "a", documents: ["b"] };
    const response = await server.post("/api/rerank", body);
    const error = '"tiny" does not support rerank';
    expect([response.status, await response.json()]).toEqual([400, { error }]);
  });

  test("a reranker ranks", async () => {
    await using other = await startServer({ args: ["-t", "1", "--reranking"] });
    const documents = ["hello", "The capital of France is Paris."];
    const body = { query: "capital", documents, top_n: 1, return_documents: true };
    const response = await other.post("/api/rerank", body);
    const { results } = (await response.json()) as { results: { document: string }[] };
    expect(results).toHaveLength(1);
    expect(documents).toContain(results[0]?.document ?? "");
  });
});
