import { afterAll, beforeAll, expect, test } from "bun:test";
import type { ChatResponse } from "../../../src/http/ollama/schema.ts";
import { json, lines } from "../../support/fake-engine.ts";
import { colours, pngOf } from "../../support/pictures.ts";
import { type RunningServer, startServer } from "../../support/server.ts";

/** Ollama's own black-box cases that span routes or models, named as there: reference §6. */
let server: RunningServer;
beforeAll(async () => {
  server = await startServer({ args: ["-t", "1"] });
  await create("other", {});
});
afterAll(() => server[Symbol.asyncDispose]());

const options = { temperature: 0 };
const user = (content: string, more: object = {}) => ({ role: "user", content, ...more });

async function create(model: string, more: object): Promise<void> {
  const made = await server.post("/api/create", { model, from: "tiny", stream: false, ...more });
  expect(await made.json()).toEqual({ status: "success" });
}

const chat = (model: string, messages: object[], more: object = {}) =>
  json<ChatResponse>(
    server.post("/api/chat", { model, messages, stream: false, options, ...more }),
  );

const circle = (colour: "red" | "blue") =>
  pngOf({ shape: "circle", colour: colours[colour], background: colours.white });

test("vision-multi-image: both are in the prompt, each in its place", async () => {
  const look = (...images: string[]) =>
    chat("tiny", [user("What colour is the circle?", { images })]);
  const [none, one, two] = await Promise.all([
    look(),
    look(circle("red")),
    look(circle("red"), circle("blue")),
  ]);
  const perImage = (one.prompt_eval_count ?? 0) - (none.prompt_eval_count ?? 0);
  expect(perImage).toBeGreaterThan(1);
  expect(two.prompt_eval_count).toBe((none.prompt_eval_count ?? 0) + 2 * perImage);
});

test("vision-text: a model that sees answers text alone as well", async () => {
  const { message } = await chat("tiny", [user("What is the capital of Italy?")]);
  expect(message.content).toContain("Rome");
});

test("concurrent-chat: two models, many conversations, each with its own answer", async () => {
  const capitals = [
    ["France", "Paris"],
    ["Italy", "Rome"],
    ["Germany", "Berlin"],
  ] as const;
  const asked = capitals.flatMap(([country, capital]) =>
    ["tiny", "other"].map(async (model) => {
      const { message } = await chat(model, [user(`What is the capital of ${country}?`)]);
      return [message.content.includes(capital), model];
    }),
  );
  const answers = await Promise.all(asked);
  expect(answers).toEqual(
    capitals.flatMap(() => [
      [true, "tiny"],
      [true, "other"],
    ]),
  );
});

test("tools-stress: calls among many requests, streamed and not", async () => {
  const parameters = { type: "object", properties: { city: { type: "string" } } };
  const weather = { name: "get_weather", description: "Get the weather of a city", parameters };
  const asked = {
    model: "tiny",
    messages: [user("What is the weather in Paris?")],
    tools: [{ type: "function", function: weather }],
    options,
  };
  const called = async (stream: boolean) => {
    const response = await server.post("/api/chat", { ...asked, stream });
    const all = (await lines(response)) as ChatResponse[];
    return all.flatMap(({ message }) => message.tool_calls ?? []);
  };
  const calls = await Promise.all(Array.from({ length: 12 }, (_, i) => called(i % 2 === 0)));
  for (const call of calls) {
    expect(call).toHaveLength(1);
    expect(call[0]?.function).toEqual({
      index: 0,
      name: "get_weather",
      arguments: { city: "Paris" },
    });
  }
  expect(new Set(calls.map(([call]) => call?.id)).size).toBe(calls.length);
});

test("TestNormalize: vectors of /api/embed have length 1", async () => {
  const { embeddings } = await json<{ embeddings: number[][] }>(
    server.post("/api/embed", { model: "tiny", input: ["a", "The sky is blue."] }),
  );
  for (const vector of embeddings) expect(Math.hypot(...vector)).toBeCloseTo(1, 5);
});

test.each(["/api/pull", "/api/push", "/api/create"])(
  "TestWaitForStream: POST %s, stream false, fails with a status and JSON",
  async (path) => {
    const response = await server.post(path, { model: "127.0.0.1:9/a/b", stream: false });
    expect(response.status).toBeGreaterThanOrEqual(400);
    expect(response.headers.get("content-type")).toStartWith("application/json");
    expect(await response.json()).toEqual({ error: expect.any(String) });
  },
  30_000,
);

test("TestChatWithPromptEndingInThinkTag: what comes first is thinking", async () => {
  const template = `{{ range .Messages }}<|im_start|>{{ .Role }}
{{ if .Thinking }}<think>{{ .Thinking }}</think>{{ end }}{{ .Content }}<|im_end|>
{{ end }}<|im_start|>assistant
<think>`;
  await create("thinker", { template });
  const few = { options: { num_predict: 5, temperature: 0 } };
  const thought = await chat("thinker", [user("What is 2 + 3?")], few);
  expect(thought.message.thinking).not.toBeEmpty();
  expect(thought.message.content).toBe("");
});

test("TestOpenAIListMatchesTagsModels: both lists have the same models", async () => {
  const { models } = await json<{ models: { name: string }[] }>(fetch(`${server.url}/api/tags`));
  const { data } = await json<{ data: { id: string }[] }>(fetch(`${server.url}/v1/models`));
  const bare = (name: string) => name.replace(/:latest$/, "");
  const tagged = models.map(({ name }) => bare(name)).sort();
  expect(data.map(({ id }) => bare(id)).sort()).toEqual(tagged);
});
