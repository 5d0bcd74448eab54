import { describe, expect, test } from "bun:test";
import type { EmbedRequest } from "../../src/core/calls.ts";
import type { OpenAiError } from "../../src/http/error-schema.ts";
import type { EmbeddingList } from "../../src/http/openai/embeddings-schema.ts";
import { type AppOverOptions, appOver, fakeInfo, json, says } from "../support/fake-engine.ts";

const path = "/v1/embeddings";
const vector = new Float32Array([0.5, 0.5, 0.5, 0.5]);

/** An app whose model has the same vector for everything, and three tokens in each input. */
function embeds(options: AppOverOptions = {}) {
  const embed = ({ inputs }: EmbedRequest) => ({
    embeddings: inputs.map(() => [vector]),
    nTokens: inputs.map(() => 3),
  });
  return appOver(says(), { answers: { embed }, ...options });
}

const asked = (app: ReturnType<typeof appOver>) =>
  app.engine.questions[0]?.question as EmbedRequest;

describe("POST /v1/embeddings", () => {
  test("answers with a vector and the tokens", async () => {
    const app = embeds();
    const response = await app.post(path, { input: "hi", model: "tiny" });
    expect(await response.json()).toEqual({
      object: "list",
      model: "tiny",
      data: [{ object: "embedding", index: 0, embedding: [0.5, 0.5, 0.5, 0.5] }],
      usage: { prompt_tokens: 3, total_tokens: 3 },
    });
    expect(asked(app)).toEqual({ inputs: [{ type: "text", parts: ["hi"] }], normalize: 2 });
  });

  test.each([
    ["", [[""]]],
    [[12, 34], [[12, 34]]],
    [[12, "a", 34], [[12, "a", 34]]],
    [
      ["a", "b"],
      [["a"], ["b"]],
    ],
    [
      ["a", [1, "b"]],
      [["a"], [1, "b"]],
    ],
    [
      [
        [1, 2],
        [3, 4],
      ],
      [
        [1, 2],
        [3, 4],
      ],
    ],
  ])("input %j is %j", async (input, parts) => {
    const app = embeds();
    const { data, usage } = await json<EmbeddingList>(app.post(path, { input }));
    expect(asked(app).inputs.map((one) => one.parts)).toEqual(parts);
    expect(data.map(({ index }) => index)).toEqual(parts.map((_, i) => i));
    expect(usage.prompt_tokens).toBe(3 * parts.length);
  });

  test("base64 is the vector's floats", async () => {
    const body = { input: "hi", encoding_format: "base64" };
    const { data } = await json<EmbeddingList>(embeds().post(path, body));
    expect(data[0]?.encoding_format).toBe("base64");
    const bytes = Uint8Array.fromBase64(String(data[0]?.embedding));
    expect(new Float32Array(bytes.buffer)).toEqual(vector);
  });

  test("dimensions cuts, and makes the length 1 again", async () => {
    const cut = async (dimensions: number) => {
      const { data } = await json<EmbeddingList>(embeds().post(path, { input: "hi", dimensions }));
      return data[0]?.embedding;
    };
    expect(await cut(4)).toEqual([0.5, 0.5, 0.5, 0.5]);
    expect(await cut(1)).toEqual([1]);
  });

  test("embd_normalize is for the engine", async () => {
    const app = embeds();
    await app.post(path, { input: "hi", embd_normalize: -1 });
    expect(asked(app).normalize).toBe(-1);
  });

  test("content in place of input is answered as llama-server's own route does", async () => {
    const answer = await json<object>(embeds().post(path, { content: ["a", "b"] }));
    const embedding = [[0.5, 0.5, 0.5, 0.5]];
    expect(answer).toEqual([
      { index: 0, embedding },
      { index: 1, embedding },
    ]);
  });

  test.each([
    ["input", {}],
    ["input", { input: 3 }],
    ["input", { input: [] }],
    ["encoding_format", { input: "a", encoding_format: "hex" }],
    ["dimensions", { input: "a", dimensions: 0 }],
    ["dimensions", { input: "a", dimensions: 5 }],
    ["dimensions", { input: "a", dimensions: 2, embd_normalize: 1 }],
  ])("refuses with 400 and names %s in %j", async (param, body) => {
    const response = await embeds().post(path, body);
    expect(response.status).toBe(400);
    expect((await json<OpenAiError>(response)).error.param).toBe(param);
  });

  test("a model without pooling has no vector for a text: a 400", async () => {
    const info = { ...fakeInfo, pooling: "none" as const };
    const response = await embeds({ info }).post(path, { input: "hi" });
    expect(response.status).toBe(400);
    const { error } = await json<OpenAiError>(response);
    expect(error.message).toStartWith("Pooling type 'none' is not OAI compatible");
  });

  test("with llama-server's command line only a server for embeddings embeds", async () => {
    const status = async (generates: boolean) => {
      const info = { ...fakeInfo, generates };
      const { post, supervisor } = embeds({ info, settings: { profile: "llama-server" } });
      await supervisor.acquire("tiny", AbortSignal.timeout(1000));
      return (await post(path, { input: "hi" })).status;
    };
    expect([await status(true), await status(false)]).toEqual([501, 200]);
  });
});
