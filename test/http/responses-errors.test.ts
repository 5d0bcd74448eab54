import { describe, expect, test } from "bun:test";
import { appOver, says } from "../support/fake-engine.ts";

const path = "/v1/responses";
const weather = { type: "function", name: "weather", parameters: { type: "object" } };

describe("errors of /v1/responses", () => {
  const input = "hi";
  const item = (one: object) => ({ input: [one] });
  const choosing = (tool_choice: unknown) => ({ input, tools: [weather], tool_choice });
  const user = (part: object) => item({ role: "user", content: [part] });

  test.each([
    [{}, "`input` is required"],
    [{ input, previous_response_id: "resp_1" }, "`previous_response_id`"],
    [{ input, conversation: "conv_1" }, "`conversation`"],
    [{ input, background: true }, "`background`"],
    [{ input, prompt: { id: "p" } }, "`prompt`"],
    [{ input, truncation: "auto" }, "`truncation`"],
    [{ input, max_output_tokens: 0 }, "`max_output_tokens`"],
    [{ input, tool_choice: "required" }, "no functions"],
    [{ input, tools: [{ type: "function" }] }, "`tools[0].name` is required"],
    [choosing({ type: "function", name: "x" }), "`tool_choice.name`"],
    [choosing({ type: "file_search" }), "`tool_choice.type`"],
    [choosing({ type: "allowed_tools", tools: [{ type: "mcp" }] }), "`tool_choice.tools[0].name`"],
    [{ input, text: { format: { type: "json_schema" } } }, "`text.format.schema` is required"],
    [{ input, text: { format: { type: "json_object" } }, grammar: "root ::= x" }, "`text.format`"],
    [{ input, tools: [weather], grammar: "root ::= x" }, "`grammar`"],
    [item({ role: "robot", content: "hi" }), "`input[0].role`"],
    [item({ content: "hi" }), "`input[0].role` is required"],
    [item({ role: "user" }), "`input[0].content` is required"],
    [item({ type: "item_reference", id: "x" }), "`input[0].type`"],
    [item({ type: "function_call", name: "f", arguments: "" }), "`input[0].call_id` is required"],
    [item({ type: "function_call", call_id: "c", arguments: "" }), "`input[0].name` is required"],
    [item({ type: "function_call", call_id: "c", name: "f" }), "`input[0].arguments` is required"],
    [item({ type: "function_call_output", call_id: "c" }), "`input[0].output` is required"],
    [item({ type: "function_call_output", output: "" }), "`input[0].call_id` is required"],
    [item({ type: "function_call_output", call_id: "c", output: "" }), '"c"'],
    [user({ type: "input_file", file_id: "f" }), "`input[0].content[0].type`"],
    [user({ type: "input_text" }), "`input[0].content[0].text` is required"],
    [user({ type: "refusal" }), "`input[0].content[0].refusal` is required"],
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
