import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import Anthropic from "@anthropic-ai/sdk";
import { jsonSchemaOutputFormat } from "@anthropic-ai/sdk/helpers/json-schema";
import { zodOutputFormat } from "@anthropic-ai/sdk/helpers/zod";
import { z } from "zod";
import { colours, pngOf } from "../support/pictures.ts";
import { type RunningServer, startServer, until } from "../support/server.ts";

let server: RunningServer;
let client: Anthropic;
beforeAll(async () => {
  server = await startServer({ args: ["-t", "1"] });
  client = new Anthropic({ baseURL: server.url, apiKey: "any", maxRetries: 0 });
});
afterAll(() => server[Symbol.asyncDispose]());

const user = (content: Anthropic.MessageParam["content"]) => ({ role: "user" as const, content });
const base = { model: "tiny", max_tokens: 200 };

/** The client's types know no temperature any more, but its requests still may have one. */
const greedy = <Body extends object>(body: Body): Body => ({ ...body, temperature: 0 });

const ask = (content: Anthropic.MessageParam["content"], more: object = {}) =>
  client.messages.create(greedy({ ...base, messages: [user(content)], ...more }));

const capital = "What is the capital of France?";

function textOf({ content }: { content: readonly { type: string; text?: string }[] }): string {
  return content.map(({ text = "" }) => text).join("");
}

/** What a call is refused with. */
const errorOf = (call: PromiseLike<unknown>): PromiseLike<unknown> =>
  call.then(
    () => null,
    (error: unknown) => error,
  );

interface Slot {
  is_processing: boolean;
}
const nBusy = async () => {
  const slots = (await (await fetch(`${server.url}/slots`)).json()) as Slot[];
  return slots.filter(({ is_processing }) => is_processing).length;
};

describe("a message", () => {
  test("is answered, with the request's id", async () => {
    const message = await ask(capital);
    expect(message).toMatchObject({ type: "message", role: "assistant", model: "tiny" });
    expect(textOf(message)).toBe("The capital of France is Paris.");
    expect([message.stop_reason, message.stop_sequence]).toEqual(["end_turn", null]);
    expect(message._request_id).toStartWith("req_");
  });

  test("obeys a system prompt, in blocks or as a message", async () => {
    const system = [{ type: "text", text: "Answer in capital letters." }];
    expect(textOf(await ask(capital, { system }))).toContain("PARIS");
    const messages = [{ role: "system" as const, content: system }, user(capital)];
    expect(textOf(await ask("", { messages }))).toContain("PARIS");
  });

  test("goes on with what the assistant has begun, and answers only the rest", async () => {
    const begun = { role: "assistant" as const, content: "The capital of" };
    const message = await ask("", { messages: [user(capital), begun] });
    expect(textOf(message)).toBe(" France is Paris.");
  });

  test("ends at a stop sequence, at max_tokens, and at the context's end", async () => {
    const stopped = await ask(capital, { stop_sequences: [" is"] });
    expect(textOf(stopped)).toBe("The capital of France");
    expect([stopped.stop_reason, stopped.stop_sequence]).toEqual(["stop_sequence", " is"]);
    const cut = await ask("Hello!", { max_tokens: 2 });
    expect([cut.stop_reason, cut.usage.output_tokens]).toEqual(["max_tokens", 2]);
    const full = await ask("Hello!", { max_tokens: 20_000, ignore_eos: true });
    expect(full.stop_reason).toBe("model_context_window_exceeded");
  });

  test("max_tokens 0 fills the cache for the next request", async () => {
    const text = "What is 12 + 14? And what is the capital of Italy?";
    const { content, stop_reason, usage } = await ask(text, { max_tokens: 0 });
    expect([content, stop_reason, usage.output_tokens]).toEqual([[], "max_tokens", 0]);
    const { usage: next } = await ask(text);
    expect([next.input_tokens, next.cache_read_input_tokens]).toEqual([
      1,
      usage.input_tokens + (usage.cache_read_input_tokens ?? 0) - 1,
    ]);
  });

  test("sees a picture", async () => {
    const data = pngOf({ shape: "circle", colour: colours.red, background: colours.white });
    const message = await ask([
      { type: "image", source: { type: "base64", media_type: "image/png", data } },
      { type: "text", text: "What is in this image?" },
    ]);
    expect(textOf(message)).toContain("red circle");
  });

  test("fits a schema: the client's parse() reads it", async () => {
    const formats = [
      zodOutputFormat(z.object({ city: z.enum(["Paris", "Rome"]) })),
      jsonSchemaOutputFormat({
        type: "object",
        properties: { city: { enum: ["Paris", "Rome"] } },
        required: ["city"],
        additionalProperties: false,
      }),
    ];
    for (const format of formats) {
      const body = { ...base, messages: [user(capital)], output_config: { format } };
      const { parsed_output } = await client.messages.parse(greedy(body));
      expect(parsed_output).toEqual({ city: "Paris" });
    }
  });
});

describe("a stream", () => {
  test("comes in pieces, which the client puts together", async () => {
    const stream = client.messages.stream(greedy({ ...base, messages: [user(capital)] }));
    const pieces: string[] = [];
    stream.on("text", (piece) => pieces.push(piece));
    const message = await stream.finalMessage();
    expect(pieces.length).toBeGreaterThan(2);
    expect(pieces.join("")).toBe(textOf(message));
    expect(textOf(message)).toBe(textOf(await ask(capital)));
    expect(message.stop_reason).toBe("end_turn");
    expect(stream.request_id).toStartWith("req_");
  });

  test("that the client aborts is ended in the engine as well", async () => {
    const endless = { ...base, max_tokens: 100_000, ignore_eos: true };
    const stream = client.messages.stream(greedy({ ...endless, messages: [user("Hello!")] }));
    await new Promise<void>((resolve) => stream.once("text", () => resolve()));
    expect(await nBusy()).toBe(1);
    stream.abort();
    expect(await errorOf(stream.finalMessage())).toBeInstanceOf(Anthropic.APIUserAbortError);
    await until("no slot is at work", async () => (await nBusy()) === 0);
  });
});

describe("tools", () => {
  const tools: Anthropic.Tool[] = [
    {
      name: "get_weather",
      description: "Get the weather of a city",
      input_schema: {
        type: "object",
        properties: { city: { type: "string" } },
        required: ["city"],
      },
    },
  ];
  const question = user("What is the weather in Paris?");
  const body = greedy({ ...base, tools, messages: [question] });
  const call = { type: "tool_use", name: "get_weather", input: { city: "Paris" } };

  test("a call, its result, and the answer from it", async () => {
    const { content, stop_reason } = await client.messages.create(body);
    expect(stop_reason).toBe("tool_use");
    expect(content).toMatchObject([call]);
    const [use] = content;
    if (use?.type !== "tool_use") throw new Error("no call");
    const result = '{"temperature": 21, "condition": "sunny"}';
    const messages = [
      question,
      { role: "assistant" as const, content },
      user([{ type: "tool_result", tool_use_id: use.id, content: result }]),
    ];
    expect(textOf(await client.messages.create({ ...body, messages }))).toContain("21");
  });

  test("a streamed call is the same one", async () => {
    const stream = client.messages.stream(body);
    const pieces: string[] = [];
    stream.on("inputJson", (piece) => pieces.push(piece));
    const { content } = await stream.finalMessage();
    expect(content).toMatchObject([call]);
    expect(JSON.parse(pieces.join(""))).toEqual(call.input);
  });

  test("the client's beta tool runner, refused its thread, comes to the answer", async () => {
    const run = async () => '{"temperature": 21, "condition": "sunny"}';
    const parse = (input: unknown) => input;
    const runner = client.beta.messages.toolRunner({
      ...body,
      tools: tools.map((tool) => ({ ...tool, run, parse })),
    });
    expect(textOf(await runner)).toContain("21");
  });

  test("no call where none is allowed", async () => {
    const message = await client.messages.create({ ...body, tool_choice: { type: "none" } });
    expect(message.content.map(({ type }) => type)).toEqual(["text"]);
  });
});

test("the beta API answers as well, and says what it did to the context", async () => {
  const body = greedy({ ...base, messages: [user(capital)] });
  const { content, context_management } = await client.beta.messages.create({
    ...body,
    betas: ["context-management-2025-06-27"],
    context_management: { edits: [{ type: "clear_thinking_20251015", keep: "all" }] },
  });
  expect(textOf({ content: content as { type: string; text?: string }[] })).toContain("Paris");
  expect(context_management).toEqual({ applied_edits: [] });
});

test("count_tokens counts what a message of the same fields takes", async () => {
  const body = {
    model: "tiny",
    system: "Be kind.",
    messages: [user(capital)],
    tools: [{ name: "f", input_schema: { type: "object" as const } }],
  };
  const { input_tokens } = await client.messages.countTokens(body);
  const { usage } = await client.messages.create({ ...body, max_tokens: 1 });
  expect(input_tokens).toBeGreaterThan(20);
  expect(usage.input_tokens + (usage.cache_read_input_tokens ?? 0)).toBe(input_tokens);
});

describe("errors are the client's own", () => {
  test("an unknown model", async () => {
    const error = await errorOf(ask("Hello!", { model: "nope" }));
    expect(error).toBeInstanceOf(Anthropic.NotFoundError);
    expect(error).toMatchObject({
      type: "not_found_error",
      requestID: expect.stringMatching(/^req_/),
    });
  });

  test("a bad request", async () => {
    const error = await errorOf(ask("", { messages: [] }));
    expect(error).toBeInstanceOf(Anthropic.BadRequestError);
    expect(error).toMatchObject({
      type: "invalid_request_error",
      apiMessage: "`messages` must not be empty",
    });
  });

  test("batches, which there are not", async () => {
    const error = await errorOf(client.messages.batches.list());
    expect(error).toBeInstanceOf(Anthropic.NotFoundError);
  });

  test("a wrong key", async () => {
    await using guarded = await startServer({ args: ["-t", "1", "--api-key", "secret"] });
    const body = greedy({ ...base, messages: [user(capital)] });
    const withKey = (apiKey: string) =>
      new Anthropic({ baseURL: guarded.url, apiKey, maxRetries: 0 }).messages.create(body);
    const error = await errorOf(withKey("wrong"));
    expect(error).toBeInstanceOf(Anthropic.AuthenticationError);
    expect(error).toMatchObject({ type: "authentication_error" });
    expect(textOf(await withKey("secret"))).toContain("Paris");
  });
});
