import { describe, expect, test } from "bun:test";
import type Anthropic from "@anthropic-ai/sdk";
import type { AnthropicAnswer, StreamEvent } from "../../src/http/anthropic/answer-schema.ts";
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
  waitsForAbort,
} from "../support/fake-engine.ts";

/** Compiles only while answers and events have all that the official client expects of them. */
export const fits = {
  message: (answer: AnthropicAnswer): Anthropic.Message => answer,
  event: (event: StreamEvent): Anthropic.RawMessageStreamEvent => event,
};

const path = "/v1/messages";
const messages = [{ role: "user", content: "hi" }];
const weather = { name: "weather", description: "How it is.", input_schema: { type: "object" } };

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
      content: [{ type: "text", text: "Hello", citations: null }],
      stop_reason: "end_turn",
      stop_sequence: null,
      stop_details: null,
      container: null,
      diagnostics: null,
      context_management: null,
      usage: {
        input_tokens: 5,
        cache_read_input_tokens: 2,
        cache_creation_input_tokens: 0,
        output_tokens: 2,
        output_tokens_details: { thinking_tokens: 0 },
        server_tool_use: null,
        cache_creation: null,
        inference_geo: null,
        service_tier: null,
        speed: null,
      },
    });
  });

  test("every answer has an id of its own for the request, in a header", async () => {
    const { post } = appOver(says("ok"), { answers: { countTokens: () => ({ nTokens: 1 }) } });
    const ids = await Promise.all(
      [
        post(path, { messages }),
        post(path, { messages, stream: true }),
        post(`${path}/count_tokens`, { messages }),
      ].map(async (response) => (await response).headers.get("request-id")),
    );
    for (const id of ids) expect(id).toMatch(/^req_[0-9a-f]{32}$/);
    expect(new Set(ids).size).toBe(3);
  });

  test("puts thinking first, and tool calls last, their input parsed", async () => {
    const thought = appOver(thinks("hm", "four")).post(path, { messages });
    expect((await json<AnthropicAnswer>(thought)).content).toEqual([
      { type: "thinking", thinking: "hm", signature: "" },
      { type: "text", text: "four", citations: null },
    ]);
    const called = await json<AnthropicAnswer>(
      appOver(callsTool("weather", '{"city":"Paris"}', "t1")).post(path, {
        messages,
        tools: [weather],
      }),
    );
    expect(called.stop_reason).toBe("tool_use");
    expect(called.content).toEqual([
      {
        type: "tool_use",
        id: "t1",
        name: "weather",
        input: { city: "Paris" },
        caller: { type: "direct" },
      },
    ]);
  });

  test.each([
    ['{"city":"Par', { INVALID_JSON: '{"city":"Par' }],
    ['"Paris"', { INVALID_JSON: '"Paris"' }],
    ["", {}],
  ])("the arguments %j are the input %j", async (args, input) => {
    const response = appOver(callsTool("weather", args)).post(path, { messages, tools: [weather] });
    expect((await json<AnthropicAnswer>(response)).content).toMatchObject([{ input }]);
  });

  test("thinking that the client wants omitted is an empty block, and counted", async () => {
    const thinking = { type: "adaptive", display: "omitted" };
    const { content, usage } = await json<AnthropicAnswer>(
      appOver(thinks("hm", "four")).post(path, { messages, thinking }),
    );
    expect(content[0]).toEqual({ type: "thinking", thinking: "", signature: "" });
    expect(usage.output_tokens_details).toEqual({ thinking_tokens: 1 });
  });

  test.each([
    [done({ reason: "length" }), "max_tokens", null],
    [done({ reason: "stop", stoppingText: "END" }), "stop_sequence", "END"],
    [done({ reason: "length", truncated: true }), "model_context_window_exceeded", null],
    [done({ reason: "length", truncated: true, nPredicted: 4096 }), "max_tokens", null],
  ])("%p is stop reason %p", async (event, reason, sequence) => {
    const response = appOver(plays(text("a"), event)).post(path, { messages });
    const { stop_reason, stop_sequence } = await json<AnthropicAnswer>(response);
    expect([stop_reason, stop_sequence]).toEqual([reason, sequence] as never);
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
    const usage = {
      input_tokens: 5,
      cache_read_input_tokens: 2,
      cache_creation_input_tokens: 0,
      output_tokens_details: { thinking_tokens: 0 },
      server_tool_use: null,
    };
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
    const caller = { type: "direct" };
    const call = (id: string) => ({ type: "tool_use", id, name: "weather", input: {}, caller });
    expect(events.slice(1)).toEqual([
      start(0, { type: "thinking", thinking: "", signature: "" }),
      delta(0, { type: "thinking_delta", thinking: "hm" }),
      delta(0, { type: "signature_delta", signature: "" }),
      stop(0),
      start(1, { type: "text", text: "", citations: null }),
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
        delta: {
          stop_reason: "tool_use",
          stop_sequence: null,
          stop_details: null,
          container: null,
        },
        usage: { ...usage, output_tokens: 6 },
        context_management: null,
      },
      { type: "message_stop" },
    ]);
  });

  test("omits the thinking where the client wants that", async () => {
    const thinking = { type: "enabled", budget_tokens: 1024, display: "omitted" };
    const events = await streamed(thinks("hm", "four"), { thinking });
    expect(events.map(({ type, delta }) => delta?.type ?? type)).toEqual([
      "message_start",
      "content_block_start",
      "signature_delta",
      "content_block_stop",
      "content_block_start",
      "text_delta",
      "content_block_stop",
      "message_delta",
      "message_stop",
    ]);
  });

  test.each([
    ["hutch", 'event: ping\ndata: {"type":"ping"}\n\n'],
    ["router", ":\n\n"],
  ] as const)("a silence in profile %s is filled with %j", async (profile, ping) => {
    const { post } = appOver(waitsForAbort(1), { settings: { profile, ssePingSeconds: 0.01 } });
    const response = await post(path, { model: "tiny", messages, stream: true });
    let text = "";
    for await (const bytes of response.body ?? []) {
      text += Buffer.from(bytes).toString();
      if (text.endsWith(ping)) break;
    }
    expect(text).toContain("text_delta");
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
      request_id: expect.stringMatching(/^req_/),
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
