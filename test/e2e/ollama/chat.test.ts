import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import type { ChatResponse } from "../../../src/http/ollama/schema.ts";
import { lines } from "../../support/fake-engine.ts";
import { writeUnskilledModel } from "../../support/float-models.ts";
import { colours, pngOf } from "../../support/pictures.ts";
import { type RunningServer, sseEvents, startServer, temporaryDir } from "../../support/server.ts";

/** Ollama's own black-box cases for /api/chat, named as there; the facts: reference §6. */
let server: RunningServer;
const dir = temporaryDir();
beforeAll(async () => {
  writeUnskilledModel(join(dir.path, "unskilled.gguf"));
  server = await startServer({ args: ["-t", "1", "--models-dir", dir.path] });
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  dir[Symbol.dispose]();
});

const path = "/api/chat";
const user = (content: string, more: object = {}) => ({ role: "user", content, ...more });
const france = user("What is the capital of France?");
const paris = "The capital of France is Paris.";
const greedy = { model: "tiny", options: { temperature: 0 } };

const stream = async (body: object) =>
  (await lines(await server.post(path, { ...greedy, ...body }))) as ChatResponse[];
const answer = async (body: object) => {
  const response = await server.post(path, { ...greedy, stream: false, ...body });
  return (await response.json()) as ChatResponse;
};
const failure = async (body: object) => {
  const response = await server.post(path, { ...greedy, ...body });
  return [response.status, ((await response.json()) as { error: string }).error];
};
const textOf = (all: ChatResponse[]) => all.map(({ message }) => message.content).join("");

const finals = {
  done: true,
  done_reason: "stop",
  total_duration: expect.any(Number),
  load_duration: expect.any(Number),
  prompt_eval_count: expect.any(Number),
  prompt_eval_duration: expect.any(Number),
  eval_count: expect.any(Number),
  eval_duration: expect.any(Number),
};

describe("api-chat", () => {
  test("stream", async () => {
    const all = await stream({ messages: [france] });
    expect(textOf(all)).toBe(paris);
    expect(all.length).toBeGreaterThan(2);
    const message = { role: "assistant", content: "" };
    expect(all.at(-1)).toMatchObject({ message, ...finals });
    expect(all.slice(0, -1).every(({ done, done_reason }) => !done && !done_reason)).toBe(true);
  });

  test("no_stream", async () => {
    const message = { role: "assistant", content: paris };
    expect(await answer({ messages: [france] })).toMatchObject({ message, ...finals });
  });
});

test("chat-history", async () => {
  const first = await answer({ messages: [france] });
  const italy = user("What is the capital of Italy?");
  const { message } = await answer({ messages: [france, first.message, italy] });
  expect(message.content).toBe("The capital of Italy is Rome.");
});

test("parallel-chat-history", async () => {
  const countries = { France: "Paris", Italy: "Rome", Japan: "Tokyo", Spain: "Madrid" };
  const converse = async ([country, capital]: [string, string]) => {
    const asked = user(`What is the capital of ${country}?`);
    const first = await answer({ messages: [asked] });
    expect(first.message.content).toContain(capital);
    const second = await answer({ messages: [asked, first.message, france] });
    expect(second.message.content).toBe(paris);
  };
  const all = Object.entries(countries);
  await Promise.all([...all, ...all].map(converse));
});

test("chat-logprobs", async () => {
  const all = await stream({ messages: [france], logprobs: true, top_logprobs: 2 });
  const entries = all.flatMap(({ logprobs = [] }) => logprobs);
  expect(entries.map(({ token }) => token).join("")).toBe(paris);
  for (const { logprob, top_logprobs: top = [] } of entries) {
    expect(logprob).toBeLessThanOrEqual(0);
    expect(top).toHaveLength(2);
  }
  expect(await failure({ messages: [france], logprobs: true, top_logprobs: 21 })).toEqual([
    400,
    "top_logprobs must be between 0 and 20",
  ]);
});

describe("context-long-input", () => {
  const said = Array.from({ length: 80 }, (_, i) => ({
    role: i % 2 === 0 ? "user" : "assistant",
    content: `Hello, this is message number ${i}.`,
  }));
  const options = { temperature: 0, num_ctx: 128 };

  test("the oldest messages go, and that is told", async () => {
    const system = { role: "system", content: "Be kind." };
    const one = await answer({ messages: [system, ...said, france], options });
    expect(one.message.content).toBe(paris);
    expect(one).toMatchObject({ context_length: 128, done_reason: "stop" });
    expect(one.messages_dropped).toBeGreaterThan(60);
    expect(one).not.toHaveProperty("prompt_tokens_dropped");
  });

  test("TestChatPrompt: system messages and the last one stay", async () => {
    const late = { role: "system", content: "Be brief." };
    const messages = [{ role: "system", content: "Be kind." }, ...said, late, france];
    const body = { ...greedy, messages, options, _debug_render_only: true };
    const { _debug_info } = (await (await server.post(path, body)).json()) as ChatResponse;
    const text = _debug_info?.rendered_template;
    expect(text).toContain("Be kind.");
    expect(text).toContain("Be brief.");
    expect(text).toContain("capital of France");
    expect(text).not.toContain("message number 3.");
  });

  test("truncate false: it is refused", async () => {
    const body = { messages: [...said, france], options, truncate: false };
    expect(await failure(body)).toEqual([400, expect.stringMatching(/^the prompt is longer than/)]);
  });
});

const weather = {
  name: "get_weather",
  description: "Get the weather of a city",
  parameters: {
    type: "object",
    properties: { city: { type: "string" } },
    required: ["city"],
  },
};
const asked = user("What is the weather in Paris?");

describe("tools", () => {
  const tools = [{ type: "function", function: weather }];
  const call = {
    id: expect.any(String),
    function: { index: 0, name: "get_weather", arguments: { city: "Paris" } },
  };

  test("a call, its result by tool_name, and the answer from it", async () => {
    const { message, done_reason } = await answer({ messages: [asked], tools });
    expect(message.tool_calls).toEqual([call]);
    expect(message.tool_calls?.[0]?.id).toStartWith("call_");
    expect(done_reason).toBe("stop");
    const content = '{"temperature": 21, "condition": "sunny"}';
    const result = { role: "tool", tool_name: "get_weather", content };
    const next = await answer({ messages: [asked, message, result], tools });
    expect(next.message.content).toContain("21");
  });

  test("streamed, a call comes whole, before the last line", async () => {
    const all = await stream({ messages: [asked], tools });
    const withCalls = all.filter(({ message }) => message.tool_calls);
    expect(withCalls).toHaveLength(1);
    expect(withCalls[0]?.message.tool_calls).toEqual([call]);
    expect(withCalls[0]?.done).toBe(false);
    expect(all.at(-1)).toMatchObject({ done: true, done_reason: "stop" });
  });

  test("tool_choice, beyond Ollama", async () => {
    const none = await answer({ messages: [asked], tools, tool_choice: "none" });
    expect(none.message.tool_calls).toBeUndefined();
    const forced = await answer({ messages: [france], tools, tool_choice: "required" });
    expect(forced.message.tool_calls?.[0]?.function.name).toBe("get_weather");
  });
});

describe("tools-routes: the same turn over all four APIs, streamed", () => {
  const events = async (route: string, body: object) => {
    const response = await server.post(route, {
      model: "tiny",
      temperature: 0,
      stream: true,
      ...body,
    });
    return response.text();
  };
  const dataOf = (text: string) =>
    text
      .split("\n")
      .filter((line) => line.startsWith("data: {"))
      .map((line) => JSON.parse(line.slice("data: ".length)));

  test("/api/chat", async () => {
    const tools = [{ type: "function", function: weather }];
    const all = await stream({ messages: [asked], tools });
    const [call] = all.flatMap(({ message }) => message.tool_calls ?? []);
    expect(call?.function.arguments).toEqual({ city: "Paris" });
  });

  test("/v1/chat/completions", async () => {
    const tools = [{ type: "function", function: weather }];
    const all = sseEvents(await events("/v1/chat/completions", { messages: [asked], tools }));
    const pieces = (all as { choices?: { delta: { tool_calls?: { function: object }[] } }[] }[])
      .flatMap((event) => event.choices?.[0]?.delta.tool_calls ?? [])
      .map((piece) => (piece.function as { arguments?: string }).arguments ?? "");
    expect(JSON.parse(pieces.join(""))).toEqual({ city: "Paris" });
  });

  test("/v1/responses", async () => {
    const tools = [{ type: "function", ...weather }];
    const all = dataOf(await events("/v1/responses", { input: asked.content, tools }));
    const done = all.find(({ type }) => type === "response.function_call_arguments.done");
    expect(JSON.parse(done.arguments)).toEqual({ city: "Paris" });
  });

  test("/v1/messages", async () => {
    const { parameters: input_schema, name, description } = weather;
    const tools = [{ name, description, input_schema }];
    const body = { messages: [asked], tools, max_tokens: 100 };
    const all = dataOf(await events("/v1/messages", body));
    const pieces = all.map(({ delta }) => delta?.partial_json ?? "");
    expect(JSON.parse(pieces.join(""))).toEqual({ city: "Paris" });
  });
});

test("vision-multiturn: text and pictures in turns", async () => {
  const image = (colour: keyof typeof colours) =>
    pngOf({ shape: "circle", colour: colours[colour], background: colours.white });
  const look = (colour: keyof typeof colours) =>
    user("What colour is the circle?", { images: [image(colour)] });
  const first = await answer({ messages: [look("red")] });
  expect(first.message.content).toMatch(/red/i);
  const second = await answer({ messages: [look("red"), first.message, france] });
  expect(second.message.content).toBe(paris);
  const third = await answer({ messages: [france, second.message, look("blue")] });
  expect(third.message.content).toMatch(/blue/i);
});

describe("TestGenerateChat", () => {
  test("missing body", async () => {
    const response = await server.post(path, "");
    expect(await response.json()).toEqual({ error: "missing request body" });
  });

  test("missing model", async () => {
    expect(await failure({ model: "nope" })).toEqual([404, "model 'nope' not found"]);
  });

  test("missing capabilities thinking; think false is none", async () => {
    const words = '"unskilled" does not support thinking';
    const asked = { model: "unskilled", messages: [france], think: true };
    expect(await failure(asked)).toEqual([400, words]);
    const quiet = await answer({ messages: [france], think: false });
    expect(quiet.message).toEqual({ role: "assistant", content: paris });
  });

  test("thinks when it is asked to, before it answers, and not otherwise", async () => {
    const { message } = await answer({ messages: [france], think: true });
    expect(message).toEqual({
      role: "assistant",
      content: paris,
      thinking: expect.stringMatching(/\w/),
    });
    expect((await answer({ messages: [france] })).message.thinking).toBeUndefined();
  });

  test("load model", async () => {
    const loaded = { message: { role: "assistant", content: "" }, done: true, done_reason: "load" };
    expect(await answer({ messages: [] })).toMatchObject(loaded);
    expect(await (await server.post(path, { model: "tiny" })).json()).toMatchObject(loaded);
  });

  test("roles and keys in any case", async () => {
    const body = { MODEL: "tiny", Messages: [{ Role: "USER", Content: france.content }] };
    const response = await server.post(path, {
      ...body,
      Stream: false,
      Options: { Temperature: 0 },
    });
    expect(((await response.json()) as ChatResponse).message.content).toBe(paris);
  });
});

test("TestChatFormatWithThinkFalse", async () => {
  const format = { type: "object", properties: { a: { type: "integer" } }, required: ["a"] };
  const options = { temperature: 0, num_predict: 50 };
  const { message } = await answer({ messages: [france], format, think: false, options });
  expect(JSON.parse(message.content)).toEqual({ a: expect.any(Number) });
});
