import { describe, expect, test } from "bun:test";
import { AppError } from "../../src/core/errors.ts";
import { appOver, json, refuses, says } from "../support/fake-engine.ts";

const path = "/v1/responses";
const call = { type: "function_call", call_id: "c", name: "weather", arguments: "{}" };
const output = { type: "function_call_output", call_id: "c", output: "sunny" };
const namespaceOf = (nTools: number, name: string) => ({
  type: "namespace",
  name,
  tools: [...Array(nTools).keys()].map((i) => ({ type: "function", name: `f${i}` })),
});
const weather = { type: "function", name: "weather", parameters: { type: "object" } };

describe("errors of /v1/responses", () => {
  const input = "hi";
  const item = (one: object) => ({ input: [one] });
  const choosing = (tool_choice: unknown) => ({ input, tools: [weather], tool_choice });
  const user = (part: object) => item({ role: "user", content: [part] });

  test.each([
    [{}, "`input` is required"],
    [{ input: [] }, "`input` must not be empty"],
    [{ input, conversation: "conv_1" }, "`conversation`"],
    [{ input, background: true }, "`background`"],
    [{ input, prompt: { id: "p" } }, "`prompt`"],
    [{ input, truncation: "always" }, "`truncation`"],
    [{ input, context_management: [{ type: "compaction" }] }, "`context_management`"],
    [{ input, moderation: { model: "m" } }, "`moderation`"],
    [{ input, access_programs: { cyber: "standard" } }, "`access_programs`"],
    [{ input, image: { context_compression: "enabled" } }, "`image`"],
    [{ input, prompt_cache_options: { prewarm: true } }, "`prompt_cache_options.prewarm`"],
    [{ input, reasoning: { mode: "pro" } }, "`reasoning.mode`"],
    [{ input, reasoning: { context: "some" } }, "`reasoning.context`"],
    [{ input, include: ["message.output_text.logprobs", "all"] }, "`include[1]`"],
    [{ input, metadata: { a: 1 } }, "`metadata.a`"],
    [{ input, metadata: { a: "x".repeat(513) } }, "`metadata.a`"],
    [{ input, metadata: { ["k".repeat(65)]: "" } }, "`metadata.kkk"],
    [{ input, metadata: Object.fromEntries([...Array(17).keys()].map((i) => [i, ""])) }, "17"],
    [{ input, max_tool_calls: 0 }, "`max_tool_calls`"],
    [{ input, tools: [weather, weather] }, "`tools[1].name`"],
    [{ input, tools: [{ ...weather, async: true }] }, "`tools[0].async`"],
    [{ input, tools: [{ ...weather, allowed_callers: ["programmatic"] }] }, "allowed_callers"],
    [{ input, max_output_tokens: 0 }, "`max_output_tokens`"],
    [{ input, tool_choice: "required" }, "no functions"],
    [{ input, tools: [{ type: "function" }] }, "`tools[0].name` is required"],
    [choosing({ type: "function", name: "x" }), "`tool_choice.name`"],
    [choosing({ type: "file_search" }), "`tool_choice.type`"],
    [choosing({ type: "allowed_tools", tools: [{ type: "mcp" }] }), "`tool_choice.tools[0].name`"],
    [{ input, text: { format: { type: "json_schema" } } }, "`text.format.schema` is required"],
    [{ input, text: { format: { type: "json_object" } }, grammar: "root ::= x" }, "`text.format`"],
    [{ input, tools: [weather], grammar: "root ::= x" }, "`grammar`"],
    [{ input, reasoning: { effort: "banana" } }, "`reasoning.effort`"],
    [{ input, previous_response_id: "r".repeat(2000) }, "`previous_response_id`"],
    [{ input, tools: Array(1001).fill(weather) }, "`tools`"],
    [{ input, tools: [namespaceOf(600, "a"), namespaceOf(600, "b")] }, "`tools` may have 1000"],
    [item({ ...call, arguments: "{no" }), "`input[0].arguments`"],
    [item({ role: "robot", content: "hi" }), "`input[0].role`"],
    [item({ content: "hi" }), "`input[0].role` is required"],
    [item({ role: "user" }), "`input[0].content` is required"],
    [item({ type: "item_reference" }), "`input[0].id` is required"],
    [item({ type: "compaction", encrypted_content: "x" }), "`input[0].type`"],
    [item({ type: "web_search_call", id: "x" }), "`input[0].type`"],
    [item({ type: "custom_tool_call", call_id: "c", name: "f" }), "`input[0].input` is required"],
    [{ input: [call, call] }, "`input[1].call_id`"],
    [{ input: [call, output, output] }, "`input[2].call_id`"],
    [item({ type: "function_call", name: "f", arguments: "" }), "`input[0].call_id` is required"],
    [item({ type: "function_call", call_id: "c", arguments: "" }), "`input[0].name` is required"],
    [item({ type: "function_call", call_id: "c", name: "f" }), "`input[0].arguments` is required"],
    [item({ type: "function_call_output", call_id: "c" }), "`input[0].output` is required"],
    [item({ type: "function_call_output", output: "" }), "`input[0].call_id` is required"],
    [item({ type: "function_call_output", call_id: "c", output: "" }), '"c"'],
    [user({ type: "input_video" }), "`input[0].content[0].type`"],
    [user({ type: "input_audio" }), "`input[0].content[0].input_audio` is required"],
    [
      user({ type: "input_audio", input_audio: { data: "AA==", format: "wav" } }),
      "audio input is not supported",
    ],
    [user({ type: "input_text" }), "`input[0].content[0].text` is required"],
    [user({ type: "refusal" }), "`input[0].content[0].refusal` is required"],
    [user({ type: "input_image", file_id: "f" }), "`input[0].content[0].file_id`"],
    [user({ type: "input_image" }), "`input[0].content[0].image_url` is required"],
    [user({ type: "input_image", image_url: "http://a/b" }), "`input[0].content[0].image_url`"],
  ])("%j is refused, and the field is named", async (body, message) => {
    const response = await appOver(says("never")).post(path, body);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({
      error: {
        type: "invalid_request_error",
        code: expect.stringMatching(/^(invalid_request|unsupported)$/),
        message: expect.stringContaining(message),
      },
    });
  });
});

test("what the engine says of messages is said of the input", async () => {
  const tooLong = new AppError("context_length_exceeded", "no", {
    param: "messages",
    details: { n_ctx: 4 },
  });
  const response = await appOver(refuses(tooLong)).post(path, { input: "hi" });
  expect([response.status, await json<object>(response)]).toMatchObject([
    400,
    { error: { message: "no", param: "input", n_ctx: 4 } },
  ]);
});

describe("with llama-server's habits", () => {
  const answered = (body: object) =>
    appOver(says("ok"), { settings: { profile: "router", responses: null } }).post(path, {
      model: "tiny",
      input: "hi",
      ...body,
    });

  test("what it ignores is ignored, and tools are repeated as they came", async () => {
    const tools = [weather, { type: "web_search" }, { type: "custom", name: "weather" }];
    const response = await answered({
      metadata: { a: 1 },
      include: ["all"],
      context_management: [{ type: "compaction" }],
      reasoning: { mode: "pro" },
      tools,
      input: [call, call, output, output],
    });
    expect(await json<object>(response)).toMatchObject({
      status: "completed",
      store: false,
      tools,
    });
  });

  test.each([
    [{ previous_response_id: "resp_1" }, "`previous_response_id` can only be"],
    [{ background: true }, "`background`"],
    [{ input: [{ type: "item_reference", id: "x" }] }, "`input[0].type`"],
  ])("%j is refused", async (body, message) => {
    const response = await answered(body);
    expect([response.status, await response.json()]).toMatchObject([
      400,
      { error: { code: 400, message: expect.stringContaining(message) } },
    ]);
  });
});
