import { describe, expect, test } from "bun:test";
import type { ChatPrompt, GenerateEvent, TokenProbability } from "../../src/core/generate.ts";
import type { Profile } from "../../src/core/server.ts";
import type { ResponseObject } from "../../src/http/responses/answer-schema.ts";
import {
  appOver,
  type Behaviour,
  callsTool,
  done,
  json,
  plays,
  says,
  text,
  thinks,
} from "../support/fake-engine.ts";

const path = "/v1/responses";
const png = "data:image/png;base64,iVBORw0KGgo=";
const weather = {
  type: "function",
  name: "weather",
  description: "How it is.",
  parameters: { type: "object" },
};

const cut = plays(text("Hel"), done({ reason: "length", nPredicted: 1 }));

/** What the engine is asked for a request. */
async function asked(body: object) {
  const { post, engine } = appOver(says("ok"));
  const response = await post(path, { input: "hi", ...body });
  expect(response.status).toBe(200);
  const [request] = engine.requests;
  return { request, prompt: request?.prompt as ChatPrompt };
}

const answered = (behaviour: Behaviour, body: object = {}, profile: Profile = "hutch") =>
  json<ResponseObject>(
    appOver(behaviour, { settings: { profile } }).post(path, { input: "hi", ...body }),
  );

describe("POST /v1/responses", () => {
  test.each([path, "/responses"])("answers at %s", async (alias) => {
    const response = await appOver(says("Hel", "lo")).post(alias, {
      input: "hi",
      instructions: "Be kind.",
      metadata: { a: "b" },
      tools: [weather],
    });
    expect(await json<ResponseObject>(response)).toEqual({
      id: expect.stringMatching(/^resp_[0-9a-f]{32}$/),
      object: "response",
      created_at: expect.any(Number),
      completed_at: expect.any(Number),
      status: "completed",
      incomplete_details: null,
      error: null,
      model: "tiny",
      output: [
        {
          type: "message",
          id: expect.stringMatching(/^msg_/),
          role: "assistant",
          status: "completed",
          content: [{ type: "output_text", annotations: [], logprobs: [], text: "Hello" }],
        },
      ] as never,
      usage: {
        input_tokens: 7,
        input_tokens_details: { cached_tokens: 2, cache_write_tokens: 5 },
        output_tokens: 2,
        output_tokens_details: { reasoning_tokens: 0 },
        total_tokens: 9,
      },
      access_programs: null,
      background: false,
      conversation: null,
      instructions: "Be kind.",
      max_output_tokens: null,
      max_tool_calls: null,
      metadata: { a: "b" },
      parallel_tool_calls: true,
      previous_response_id: null,
      prompt: null,
      prompt_cache_key: null,
      reasoning: { effort: null, summary: null },
      safety_identifier: null,
      service_tier: "default",
      store: true,
      temperature: 0.8,
      text: { format: { type: "text" } },
      tool_choice: "auto",
      tools: [{ ...weather, strict: true }],
      top_logprobs: 0,
      top_p: 0.95,
      truncation: "disabled",
    });
  });

  test("thinking and tool calls are items of their own", async () => {
    const thought = await answered(thinks("hm", "four"));
    expect(thought.output).toMatchObject([
      { type: "reasoning", summary: [], content: [{ type: "reasoning_text", text: "hm" }] },
      { type: "message", content: [{ text: "four" }] },
    ]);
    expect(thought.usage?.output_tokens_details.reasoning_tokens).toBe(1);
    const called = await answered(callsTool("weather", '{"a":1}', "c1"), { tools: [weather] });
    expect(called.output).toEqual([
      {
        type: "function_call",
        id: "fc_c1",
        call_id: "c1",
        name: "weather",
        arguments: '{"a":1}',
        status: "completed",
      } as never,
    ]);
  });

  test("repeats what was in effect", async () => {
    const given = {
      temperature: -1,
      top_p: 0.5,
      max_output_tokens: 9,
      max_tool_calls: 2,
      prompt_cache_key: "k",
      safety_identifier: "s",
      user: "u",
      top_logprobs: 2,
      store: false,
      text: { verbosity: "low" },
    };
    expect(await answered(says("ok"), given)).toMatchObject({
      ...given,
      temperature: 0,
      text: { format: { type: "text" }, verbosity: "low" },
    });
  });

  test("an answer that was cut is incomplete; llama-server calls it completed", async () => {
    expect(await answered(cut)).toMatchObject({
      status: "incomplete",
      completed_at: null,
      incomplete_details: { reason: "max_output_tokens" },
      output: [{ status: "incomplete" }],
    });
    expect(await answered(cut, { model: "tiny" }, "router")).toMatchObject({
      status: "completed",
      incomplete_details: null,
      output: [{ status: "completed" }],
    });
  });

  test("gives log probabilities when they are included", async () => {
    const bytes = new TextEncoder().encode("a");
    const prob: TokenProbability = {
      token: 5,
      bytes,
      prob: 0.5,
      top: [
        { token: 5, bytes, prob: 0.5 },
        { token: 6, bytes, prob: 0.25 },
      ],
    };
    const behaviour = plays({ ...text("a"), probs: [prob] } as GenerateEvent, done());
    const body = { include: ["message.output_text.logprobs"], top_logprobs: 1 };
    const logprob = { token: "a", bytes: [97], logprob: Math.fround(Math.log(0.5)) };
    const logprobs = [{ ...logprob, top_logprobs: [logprob] }];
    expect((await answered(behaviour, body)).output).toMatchObject([{ content: [{ logprobs }] }]);
    expect((await answered(behaviour)).output).toMatchObject([{ content: [{ logprobs: [] }] }]);
    expect((await asked(body)).request?.report?.nProbs).toBe(1);
    expect((await asked({ top_logprobs: 3 })).request?.report?.nProbs).toBe(3);
    expect((await asked({ top_logprobs: 0 })).request?.report?.nProbs).toBeUndefined();
  });

  test("maps its fields to the engine's", async () => {
    const { request, prompt } = await asked({
      max_output_tokens: 9,
      temperature: 0.5,
      top_p: 0.9,
      seed: 3,
      n_keep: 2,
      tools: [weather, { type: "web_search" }],
      tool_choice: "required",
      parallel_tool_calls: false,
      reasoning: { effort: "low", summary: "auto" },
      text: {
        verbosity: "high",
        format: { type: "json_schema", name: "x", schema: { type: "array" } },
      },
      chat_template_kwargs: { tone: "kind" },
    });
    expect(request).toMatchObject({
      nPredict: 9,
      nKeep: 2,
      sampling: { temperature: 0.5, topP: 0.9, seed: 3 },
    });
    expect(prompt).toMatchObject({
      tools: [{ name: "weather", description: "How it is.", parameters: { type: "object" } }],
      toolChoice: "required",
      parallelToolCalls: false,
      jsonSchema: { type: "array" },
      templateVariables: { tone: "kind", reasoning_effort: "low", verbosity: "high" },
    });
  });

  test.each([
    ["none", "none", ["weather", "time"]],
    [{ type: "function", name: "time" }, { name: "time" }, ["weather", "time"]],
    [
      { type: "allowed_tools", mode: "required", tools: [{ type: "function", name: "time" }] },
      "required",
      ["time"],
    ],
  ])("tool_choice %j is %j", async (tool_choice, choice, names) => {
    const { prompt } = await asked({ tools: [weather, { ...weather, name: "time" }], tool_choice });
    expect(prompt.toolChoice).toEqual(choice as never);
    expect(prompt.tools.map(({ name }) => name)).toEqual(names);
  });

  test.each([
    [{ reasoning: { effort: "none" } }, { enableThinking: false, templateVariables: {} }],
    [{ text: { format: { type: "json_object" } } }, { jsonSchema: {} }],
    [{ grammar: 'root ::= "a"' }, { grammar: 'root ::= "a"' }],
  ])("%j is %j", async (body, expected) => {
    expect((await asked(body)).prompt).toMatchObject(expected);
  });
});

describe("the input of /v1/responses", () => {
  const messagesOf = async (input: unknown, more: object = {}) =>
    (await asked({ input, ...more })).prompt.messages;

  test("may be a text, with instructions before it", async () => {
    expect(await messagesOf("hi", { instructions: "Be kind." })).toEqual([
      { role: "system", parts: [{ type: "text", text: "Be kind." }] },
      { role: "user", parts: [{ type: "text", text: "hi" }] },
    ]);
  });

  test("what an assistant thought, said and called is one message", async () => {
    const input = [
      { role: "developer", content: "Be kind." },
      { type: "message", role: "user", content: [{ type: "input_text", text: "weather?" }] },
      {
        type: "reasoning",
        id: "rs_1",
        summary: [],
        content: [{ type: "reasoning_text", text: "look" }],
        encrypted_content: null,
      },
      { type: "reasoning", summary: [{ type: "summary_text", text: "it up" }] },
      {
        type: "message",
        id: "msg_1",
        role: "assistant",
        status: "completed",
        content: [
          { type: "output_text", text: "one moment", annotations: [] },
          { type: "refusal", refusal: "no" },
        ],
      },
      { type: "function_call", call_id: "c1", name: "weather", arguments: "{}" },
      { type: "function_call", call_id: "c2", name: "time", arguments: "{}" },
      { type: "function_call_output", call_id: "c2", output: "noon" },
      {
        type: "function_call_output",
        call_id: "c1",
        output: [
          { type: "input_text", text: "see" },
          { type: "input_image", image_url: png },
        ],
      },
    ];
    const picture = { type: "media", bytes: Uint8Array.fromBase64("iVBORw0KGgo=") };
    expect(await messagesOf(input)).toMatchObject([
      { role: "system", parts: [{ type: "text", text: "Be kind." }] },
      { role: "user", parts: [{ type: "text", text: "weather?" }] },
      {
        role: "assistant",
        reasoning: "look\nit up",
        parts: [
          { type: "text", text: "one moment" },
          { type: "text", text: "no" },
        ],
        toolCalls: [
          { id: "c1", name: "weather", arguments: "{}" },
          { id: "c2", name: "time", arguments: "{}" },
        ],
      },
      { role: "tool", parts: [{ type: "text", text: "noon" }], toolCallId: "c2", toolName: "time" },
      {
        role: "tool",
        parts: [{ type: "text", text: "see" }, picture],
        toolCallId: "c1",
        toolName: "weather",
      } as never,
    ]);
  });
});

describe("files in the input", () => {
  const fileParts = async (part: object) => {
    const input = [{ role: "user", content: [{ type: "input_file", ...part }] }];
    return (await asked({ input })).prompt.messages[0]?.parts;
  };
  const dataUrl = (type: string, bytes: string | Uint8Array) =>
    `data:${type};base64,${Buffer.from(bytes).toString("base64")}`;

  test("a text is shown under its name, a picture is a picture", async () => {
    const file_data = dataUrl("text/csv", "a;ü");
    expect(await fileParts({ file_data })).toEqual([{ type: "text", text: "a;ü" }]);
    expect(await fileParts({ file_data, filename: "t.csv" })).toEqual([
      { type: "text", text: "t.csv:\n\na;ü" },
    ]);
    expect(await fileParts({ file_data: png })).toMatchObject([{ type: "media" }]);
  });

  test.each([
    [{ file_data: dataUrl("application/pdf", "%PDF-1.7\n") }, "file_data", "PDF"],
    [{ file_data: dataUrl("text/plain", new Uint8Array([0xff])) }, "file_data", "UTF-8"],
    [{ file_data: dataUrl("text/plain", "a\0") }, "file_data", "UTF-8"],
    [{ file_data: "data:text/plain;base64,ä" }, "file_data", "no file in base64"],
    [{ file_data: "hello" }, "file_data", "no file in base64"],
    [{ file_id: "file_1" }, "file_id", "neither kept nor fetched"],
    [{ file_url: "http://a/b" }, "file_url", "neither kept nor fetched"],
    [{}, "file_data", "is required"],
  ])("%j is refused", async (part, field, message) => {
    const input = [{ role: "user", content: [{ type: "input_file", ...part }] }];
    const response = await appOver(says("never")).post(path, { input });
    expect([response.status, await response.json()]).toMatchObject([
      400,
      {
        error: { param: `input[0].content[0].${field}`, message: expect.stringContaining(message) },
      },
    ]);
  });
});

describe("POST /v1/responses/input_tokens", () => {
  test.each([`${path}/input_tokens`, "/responses/input_tokens"])("counts at %s", async (alias) => {
    const { post, engine } = appOver(says("never"), {
      answers: { countTokens: () => ({ nTokens: 17 }) },
    });
    const response = await post(alias, { input: "hi", instructions: "Be kind." });
    expect(await json<object>(response)).toEqual({
      object: "response.input_tokens",
      input_tokens: 17,
    });
    expect(engine.questions).toMatchObject([
      { question: { prompt: { messages: [{ role: "system" }, { role: "user" }] } } },
    ]);
  });
});
