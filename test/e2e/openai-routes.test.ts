import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import OpenAI from "openai";
import type {
  ChatCompletionCreateParamsNonStreaming,
  ChatCompletionCreateParamsStreaming,
} from "openai/resources/chat/completions";
import { writeUnskilledModel } from "../support/float-models.ts";
import { asks, clientOf, failureOf } from "../support/openai-client.ts";
import { type RunningServer, startServer, temporaryDir, until } from "../support/server.ts";

const dir = temporaryDir();
const model = "tiny";
const capital = "What is the capital of France?";

let server: RunningServer;
let client: OpenAI;
beforeAll(async () => {
  writeUnskilledModel(join(dir.path, "unskilled.gguf"));
  server = await startServer({ args: ["-t", "1", "--models-dir", dir.path] });
  client = clientOf(server);
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  dir[Symbol.dispose]();
});

test("models are listed, and found by name", async () => {
  const names: string[] = [];
  for await (const { id } of client.models.list()) names.push(id);
  expect(names.sort()).toEqual([model, "unskilled"]);
  expect(await client.models.retrieve(model)).toMatchObject({ id: model, object: "model" });
  expect(await failureOf(client.models.retrieve("gpt-9"))).toMatchObject({
    constructor: OpenAI.NotFoundError,
    status: 404,
    param: "model",
    code: "model_not_found",
  });
});

describe("completions", () => {
  const prompt = "The capital of France is";

  test("several prompts, echo with log probabilities", async () => {
    const { choices } = await client.completions.create({
      model,
      prompt: [prompt, "Hello"],
      echo: true,
      logprobs: 1,
      max_tokens: 3,
      temperature: 0,
    });
    expect(choices.map(({ text }) => text)).toEqual([
      expect.stringMatching(/^The capital of France is ?\S/),
      expect.stringMatching(/^Hello/),
    ]);
    const { tokens, token_logprobs: logprobs, text_offset: offsets } = choices[0]?.logprobs ?? {};
    expect(tokens?.join("")).toBe(choices[0]?.text ?? "");
    expect([logprobs?.length, offsets?.length]).toEqual([tokens?.length, tokens?.length]);
    expect(logprobs?.[0]).toBeNull();
  });

  test("best_of returns the likeliest", async () => {
    const { choices, usage } = await client.completions.create({
      model,
      prompt,
      best_of: 3,
      max_tokens: 4,
      seed: 1,
    });
    expect(choices).toHaveLength(1);
    expect(usage?.completion_tokens).toBeGreaterThan(4);
  });

  test("streamed, and a suffix, if the model can take one", async () => {
    const texts: string[] = [];
    const chunks = await client.completions.create({ model, prompt, max_tokens: 3, stream: true });
    for await (const chunk of chunks) texts.push(chunk.choices[0]?.text ?? "");
    expect(texts.join("")).not.toBe("");
    const gap = { prompt: "def add(a, b):\n    return ", suffix: "\n", max_tokens: 4 };
    const filled = await client.completions.create({ model, ...gap });
    expect(filled.choices[0]?.text).not.toBe("");
    const failure = await failureOf(client.completions.create({ model: "unskilled", ...gap }));
    expect(failure).toMatchObject({ status: 400, param: "suffix" });
  });
});

test("embeddings: the client's base64 is the same vector as floats; shorter ones are as long", async () => {
  const input = ["The capital of France is Paris.", "Hello!"];
  const decoded = await client.embeddings.create({ model, input });
  const floats = await client.embeddings.create({ model, input, encoding_format: "float" });
  expect(decoded.data.map(({ index }) => index)).toEqual([0, 1]);
  const vectors = (list: typeof decoded) => list.data.map(({ embedding }) => embedding);
  expect(vectors(decoded)).toEqual(
    vectors(floats).map((vector) => vector.map((x) => Math.fround(x))),
  );
  const short = await client.embeddings.create({ model, input, dimensions: 16 });
  for (const vector of vectors(short)) {
    expect(vector).toHaveLength(16);
    expect(Math.hypot(...vector)).toBeCloseTo(1, 5);
  }
});

describe("errors", () => {
  test.each([
    ["messages", asks(capital, { messages: [] })],
    ["temperature", asks(capital, { temperature: "hot" })],
    ["n", asks(capital, { n: 10_000 })],
    ["web_search_options", asks(capital, { web_search_options: {} })],
    ["top_logprobs", asks(capital, { top_logprobs: 2 })],
  ])("%s in error is named", async (param, body) => {
    const failure = await failureOf(
      client.chat.completions.create(body as ChatCompletionCreateParamsNonStreaming),
    );
    expect(failure).toBeInstanceOf(OpenAI.BadRequestError);
    expect(failure).toMatchObject({ status: 400, param, code: expect.any(String) });
  });

  test("a wrong key is an AuthenticationError", async () => {
    await using locked = await startServer({ args: ["-t", "1", "--api-key", "secret"] });
    const failure = await failureOf(clientOf(locked, "wrong").models.list());
    expect(failure).toBeInstanceOf(OpenAI.AuthenticationError);
    const { choices } = await clientOf(locked, "secret").chat.completions.create(asks(capital));
    expect(choices[0]?.message.content).toContain("Paris");
  });
});

describe("a client that loses interest", () => {
  const story = asks("Tell me a story.", { max_tokens: 900, ignore_eos: true });
  const streamed = () =>
    client.chat.completions.create({
      ...story,
      stream: true,
    } as ChatCompletionCreateParamsStreaming);
  const nProcessing = async () => {
    const slots = (await (await fetch(`${server.url}/slots`)).json()) as {
      is_processing: boolean;
    }[];
    return slots.filter((slot) => slot.is_processing).length;
  };
  const freed = () => until("the sequence is freed", async () => (await nProcessing()) === 0);

  test("aborts a stream: its sequence is freed", async () => {
    const chunks = await streamed();
    for await (const _chunk of chunks) {
      expect(await nProcessing()).toBe(1);
      chunks.controller.abort();
    }
    await freed();
  });

  test("breaks out of the loop", async () => {
    for await (const _chunk of await streamed()) break;
    await freed();
  });

  test("has had enough of waiting", async () => {
    const hasty = client.withOptions({ timeout: 100 });
    const failure = await failureOf(hasty.chat.completions.create({ ...story, n: 16 }));
    expect(failure).toBeInstanceOf(OpenAI.APIConnectionTimeoutError);
    await freed();
  });
});
