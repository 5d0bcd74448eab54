import { describe, expect, test } from "bun:test";
import type { ChatPrompt } from "../../src/core/generate.ts";
import type { AnthropicAnswer } from "../../src/http/anthropic/schema.ts";
import {
  appOver,
  type Behaviour,
  callsTool,
  crashesAfter,
  done,
  json,
  plays,
  says,
  text,
  thinks,
} from "../support/fake-engine.ts";

const path = "/v1/messages";
const messages = [{ role: "user", content: "hi" }];
const weather = { name: "weather", description: "How it is.", input_schema: { type: "object" } };
const png = "iVBORw0KGgo=";

/** What the engine is asked for a request. */
async function asked(body: object) {
  const { post, engine } = appOver(says("ok"));
  const response = await post(path, { messages, ...body });
  expect(response.status).toBe(200);
  const [request] = engine.requests;
  return { request, prompt: request?.prompt as ChatPrompt };
}

/** The events of a stream; each event's line repeats its type. */
async function streamed(behaviour: Behaviour, body: object = {}) {
  const response = await appOver(behaviour).post(path, { messages, stream: true, ...body });
  expect(response.headers.get("content-type")).toBe("text/event-stream");
  const frames = (await response.text()).split("\n\n").filter((frame) => frame !== "");
  return frames.map((frame) => {
    const [, name, data = ""] = /^event: (.*)\ndata: (.*)$/s.exec(frame) ?? [];
    const event = JSON.parse(data);
    expect(event.type).toBe(name);
    return event;
  });
}

describe("POST /v1/messages", () => {
  test("answers with content blocks, a stop reason and usage", async () => {
    const response = await appOver(says("Hel", "lo")).post(path, { messages });
    expect(await json<AnthropicAnswer>(response)).toEqual({
      id: expect.stringMatching(/^msg_[0-9a-f]{32}$/),
      type: "message",
      role: "assistant",
      model: "tiny",
      content: [{ type: "text", text: "Hello" }],
      stop_reason: "end_turn",
      stop_sequence: null,
      usage: { input_tokens: 5, cache_read_input_tokens: 2, output_tokens: 2 },
    });
  });

  test("puts thinking first, and tool calls last, their input parsed", async () => {
    const thought = appOver(thinks("hm", "four")).post(path, { messages });
    expect((await json<AnthropicAnswer>(thought)).content).toEqual([
      { type: "thinking", thinking: "hm", signature: "" },
      { type: "text", text: "four" },
    ]);
    const called = await json<AnthropicAnswer>(
      appOver(callsTool("weather", '{"city":"Paris"}', "t1")).post(path, {
        messages,
        tools: [weather],
      }),
    );
    expect(called.stop_reason).toBe("tool_use");
    expect(called.content).toEqual([
      { type: "tool_use", id: "t1", name: "weather", input: { city: "Paris" } },
    ]);
  });

  test.each([
    [done({ reason: "length" }), "max_tokens", null],
    [done({ reason: "stop", stoppingText: "END" }), "stop_sequence", "END"],
  ])("%p is stop reason %p", async (event, reason, sequence) => {
    const response = appOver(plays(text("a"), event)).post(path, { messages });
    const { stop_reason, stop_sequence } = await json<AnthropicAnswer>(response);
    expect([stop_reason, stop_sequence]).toEqual([reason, sequence] as never);
  });

  test("maps its fields to the engine's", async () => {
    const { request, prompt } = await asked({
      max_tokens: 9,
      stop_sequences: ["END", ""],
      temperature: 0.5,
      top_p: 0.9,
      top_k: 7,
      seed: 3,
      tools: [weather],
      tool_choice: { type: "any", disable_parallel_tool_use: true },
      thinking: { type: "enabled", budget_tokens: 50 },
      output_config: { effort: "low", format: { type: "json_schema", schema: { type: "array" } } },
      chat_template_kwargs: { tone: "kind" },
    });
    expect(request).toMatchObject({
      nPredict: 9,
      stop: ["END"],
      sampling: { temperature: 0.5, topP: 0.9, topK: 7, seed: 3 },
    });
    expect(prompt).toMatchObject({
      tools: [{ name: "weather", description: "How it is.", parameters: { type: "object" } }],
      toolChoice: "required",
      parallelToolCalls: false,
      enableThinking: true,
      reasoningBudget: 50,
      jsonSchema: { type: "array" },
      templateVariables: { tone: "kind", reasoning_effort: "low" },
    });
  });

  test("leaves to the engine what the request does not say", async () => {
    const { request, prompt } = await asked({});
    expect(request).toMatchObject({ nPredict: 4096, stop: undefined });
    expect(prompt).toMatchObject({ toolChoice: "auto", tools: [], enableThinking: undefined });
    expect(prompt.reasoningBudget).toBeUndefined();
  });

  test.each([
    [{ type: "auto" }, "auto"],
    [{ type: "none" }, "none"],
    [{ type: "tool", name: "weather" }, { name: "weather" }],
  ])("tool_choice %p is %p", async (tool_choice, choice) => {
    const { prompt } = await asked({ tools: [weather], tool_choice });
    expect(prompt.toolChoice).toEqual(choice as never);
  });

  test.each([
    [{ type: "disabled" }, { enableThinking: false }],
    [{ type: "adaptive" }, { enableThinking: true }],
    [{ type: "enabled" }, { enableThinking: true, reasoningBudget: 10_000 }],
  ])("thinking %p is %p", async (thinking, expected) => {
    expect((await asked({ thinking })).prompt).toMatchObject(expected);
  });

  test("the system prompt is one text; Claude Code's changing stamp in it is not", async () => {
    const stamp = "x-anthropic-billing-header: cc_version=2.1; cch=a5145;You are";
    const { prompt } = await asked({
      system: [
        { type: "text", text: stamp },
        { type: "text", text: " kind." },
      ],
    });
    expect(prompt.messages[0]).toEqual({
      role: "system",
      parts: [
        {
          type: "text",
          text: "x-anthropic-billing-header: cc_version=2.1; cch=fffff;You are kind.",
        },
      ],
    });
    expect((await asked({ system: "cch=a5145;" })).prompt.messages[0]?.parts).toEqual([
      { type: "text", text: "cch=a5145;" },
    ]);
  });

  test("a round of tool use becomes core's messages, in the order of the blocks", async () => {
    const { prompt } = await asked({
      messages: [
        { role: "user", content: "weather?" },
        {
          role: "assistant",
          content: [
            { type: "thinking", thinking: "look ", signature: "" },
            { type: "thinking", thinking: "it up" },
            { type: "redacted_thinking", data: "x" },
            { type: "text", text: "one moment" },
            { type: "tool_use", id: "t1", name: "weather", input: { city: "Paris" } },
            { type: "tool_use", id: "t2", name: "weather" },
          ],
        },
        {
          role: "user",
          content: [
            {
              type: "tool_result",
              tool_use_id: "t1",
              content: [
                { type: "text", text: "sun" },
                { type: "text", text: "ny" },
              ],
            },
            { type: "tool_result", tool_use_id: "t2", is_error: true },
            { type: "text", text: "and now?", cache_control: { type: "ephemeral" } },
          ],
        },
        { role: "assistant" },
      ],
    });
    expect(prompt.messages.slice(1)).toEqual([
      {
        role: "assistant",
        parts: [{ type: "text", text: "one moment" }],
        reasoning: "look it up",
        toolCalls: [
          { id: "t1", name: "weather", arguments: '{"city":"Paris"}' },
          { id: "t2", name: "weather", arguments: "{}" },
        ],
      },
      {
        role: "tool",
        parts: [{ type: "text", text: "sunny" }],
        toolCallId: "t1",
        toolName: "weather",
      },
      { role: "tool", parts: [{ type: "text", text: "" }], toolCallId: "t2", toolName: "weather" },
      { role: "user", parts: [{ type: "text", text: "and now?" }] },
    ]);
  });

  test("pictures reach the engine, in a result of a tool as well; documents as text", async () => {
    const image = { type: "image", source: { type: "base64", media_type: "image/png", data: png } };
    const source = { type: "text", media_type: "text/plain", data: "Once." };
    const { prompt } = await asked({
      messages: [
        { role: "user", content: [image, { type: "document", title: "A tale", source }] },
        { role: "assistant", content: [{ type: "tool_use", id: "t", name: "see", input: {} }] },
        {
          role: "user",
          content: [
            {
              type: "tool_result",
              tool_use_id: "t",
              content: [{ type: "text", text: "a" }, image],
            },
          ],
        },
      ],
    });
    const picture = { type: "media" as const, bytes: Uint8Array.fromBase64(png) };
    expect(prompt.messages[0]?.parts).toEqual([picture, { type: "text", text: "A tale\nOnce." }]);
    expect(prompt.messages[2]?.parts).toEqual([{ type: "text", text: "a" }, picture]);
  });
});

describe("a stream of /v1/messages", () => {
  test("opens and closes one block after the other", async () => {
    const events = await streamed(
      plays(
        { type: "reasoning", text: "hm", nPredicted: 1, decodeMs: 1 },
        text("Hel", 2),
        text("lo", 3),
        {
          type: "tool_call",
          index: 0,
          id: "t1",
          name: "weather",
          arguments: "",
          nPredicted: 4,
          decodeMs: 4,
        },
        { type: "tool_call", index: 0, arguments: "{}", nPredicted: 5, decodeMs: 5 },
        {
          type: "tool_call",
          index: 1,
          id: "t2",
          name: "weather",
          arguments: "{}",
          nPredicted: 6,
          decodeMs: 6,
        },
        done({ reason: "tool_calls", nPredicted: 6 }),
      ),
      { tools: [weather] },
    );
    const usage = { input_tokens: 5, cache_read_input_tokens: 2 };
    expect(events[0]).toMatchObject({
      type: "message_start",
      message: {
        model: "tiny",
        content: [],
        stop_reason: null,
        usage: { ...usage, output_tokens: 0 },
      },
    });
    const start = (index: number, content_block: object) => ({
      type: "content_block_start",
      index,
      content_block,
    });
    const delta = (index: number, inner: object) => ({
      type: "content_block_delta",
      index,
      delta: inner,
    });
    const stop = (index: number) => ({ type: "content_block_stop", index });
    const call = (id: string) => ({ type: "tool_use", id, name: "weather", input: {} });
    expect(events.slice(1)).toEqual([
      start(0, { type: "thinking", thinking: "", signature: "" }),
      delta(0, { type: "thinking_delta", thinking: "hm" }),
      delta(0, { type: "signature_delta", signature: "" }),
      stop(0),
      start(1, { type: "text", text: "" }),
      delta(1, { type: "text_delta", text: "Hel" }),
      delta(1, { type: "text_delta", text: "lo" }),
      stop(1),
      start(2, call("t1")),
      delta(2, { type: "input_json_delta", partial_json: "{}" }),
      stop(2),
      start(3, call("t2")),
      delta(3, { type: "input_json_delta", partial_json: "{}" }),
      stop(3),
      {
        type: "message_delta",
        delta: { stop_reason: "tool_use", stop_sequence: null },
        usage: { ...usage, output_tokens: 6 },
      },
      { type: "message_stop" },
    ]);
  });

  test("asks the engine to say when it begins", async () => {
    const { post, engine } = appOver(
      plays({ type: "progress", nPrompt: 7, nCached: 0, nProcessed: 1, ms: 1 }, text("a"), done()),
    );
    await (await post(path, { messages, stream: true })).text();
    expect(engine.requests[0]?.report).toEqual({ progress: true });
  });

  test("ends with an error event when the engine dies", async () => {
    const events = await streamed(crashesAfter(1));
    expect(events.at(-1)).toEqual({
      type: "error",
      error: { type: "api_error", message: "the engine was killed by signal 9" },
    });
  });
});

describe("POST /v1/messages/count_tokens", () => {
  test("says how many tokens the conversation is", async () => {
    const { post, engine } = appOver(says("never"), {
      answers: { countTokens: () => ({ nTokens: 17 }) },
    });
    const body = { messages, system: "Be kind.", tools: [weather] };
    const response = await post(`${path}/count_tokens`, body);
    expect(await json<object>(response)).toEqual({ input_tokens: 17 });
    expect(engine.questions).toMatchObject([
      {
        name: "countTokens",
        question: {
          prompt: {
            messages: [{ role: "system" }, { role: "user" }],
            tools: [weather].map(({ name }) => ({ name })),
          },
        },
      },
    ]);
    expect(engine.requests).toEqual([]);
  });
});
