import { describe, expect, test } from "bun:test";
import { AppError } from "../../src/core/errors.ts";
import type { Profile } from "../../src/core/server.ts";
import type { AnthropicError } from "../../src/http/anthropic/schema.ts";
import { appOver, fakeInfo, json, refuses, says } from "../support/fake-engine.ts";

const path = "/v1/messages";
const messages = [{ role: "user", content: "hi" }];
const weather = { name: "weather", input_schema: { type: "object" } };
const png = "iVBORw0KGgo=";

async function refused(body: object, profile: Profile = "hutch") {
  const response = await appOver(says("ok"), { settings: { profile } }).post(path, body);
  return { status: response.status, ...(await json<AnthropicError>(response)) };
}

describe("errors of /v1/messages", () => {
  const use = { type: "tool_use", id: "t", name: "weather", input: {} };
  const block = (role: string, ...content: object[]) => ({ messages: [{ role, content }] });

  test.each([
    [{}, "`messages` is required"],
    [{ messages: [] }, "`messages` must not be empty"],
    [{ messages: [{ role: "robot", content: "hi" }] }, "`messages[0].role` must be one of"],
    [{ messages: [{ role: "user" }] }, "`messages[0].content` is required"],
    [{ messages, max_tokens: 0 }, "`max_tokens` is out of range"],
    [{ messages, system: [{ type: "image" }] }, "`system[0].type`"],
    [{ messages, tool_choice: { type: "any" } }, "no `tools`"],
    [{ messages, tools: [weather], tool_choice: { type: "tool" } }, "`tool_choice.name`"],
    [{ messages, tools: [weather], tool_choice: { type: "tool", name: "x" } }, '"x"'],
    [{ messages, tools: [{ type: "web_search_20250305", name: "s" }] }, "`tools[0].type`"],
    [{ messages, mcp_servers: [{}] }, "`mcp_servers`"],
    [{ messages, container: "c" }, "`container`"],
    [{ messages, chat_template_kwargs: { enable_thinking: "no" } }, "enable_thinking"],
    [block("user", { type: "hologram" }), "`messages[0].content[0].type`"],
    [block("user", { type: "text" }), "`messages[0].content[0].text` is required"],
    [block("user", { type: "image" }), "`messages[0].content[0].source` is required"],
    [
      block("user", { type: "image", source: { type: "file" } }),
      "`messages[0].content[0].source.type`",
    ],
    [
      block("user", { type: "image", source: { type: "base64", data: "no picture" } }),
      ".source.data",
    ],
    [block("user", { type: "image", source: { type: "url", url: "http://a/b" } }), ".source.url"],
    [block("user", { type: "document", source: { type: "base64", data: png } }), "plain text"],
    [block("user", use), "assistant's messages"],
    [block("assistant", { type: "tool_result", tool_use_id: "t" }), "user's messages"],
    [block("assistant", { ...use, id: undefined }), "`messages[0].content[0].id` is required"],
    [block("user", { type: "tool_result", content: "x" }), ".tool_use_id` is required"],
    [
      block("user", { type: "tool_result", content: [{ type: "text", text: 5 }] }),
      "`messages[0].content[0].content[0].text`",
    ],
    [block("user", { type: "tool_result", tool_use_id: "t", content: "x" }), '"t"'],
  ])("%j is refused, and the field is named", async (body, message) => {
    const answer = await refused(body);
    expect(answer).toMatchObject({
      status: 400,
      type: "error",
      error: { type: "invalid_request_error", message: expect.stringContaining(message) },
    });
  });

  test("llama-server's habit is to take a conversation without messages", async () => {
    const { status } = await refused({ model: "tiny", messages: [] }, "router");
    expect(status).toBe(200);
  });

  test.each([
    ["overloaded", 503, "overloaded_error"],
    ["internal", 500, "api_error"],
    ["context_length_exceeded", 400, "invalid_request_error"],
  ] as const)("%s is %i %s", async (code, status, type) => {
    const response = await appOver(refuses(new AppError(code, "no"))).post(path, { messages });
    expect([response.status, await response.json()]).toEqual([
      status,
      { type: "error", error: { type, message: "no" } },
    ]);
  });
});

describe("a picture for a model that cannot see", () => {
  const source = { type: "base64", media_type: "image/png", data: png };
  const seen = {
    model: "tiny",
    messages: [{ role: "user", content: [{ type: "image", source }] }],
  };

  test.each([
    ["hutch", 400],
    ["router", 500],
  ] as const)("in profile %s is %i, as it is when it is only counted", async (profile, status) => {
    const info = { ...fakeInfo, vision: false };
    const { post } = appOver(says("never"), { info, settings: { profile } });
    for (const response of [await post(path, seen), await post(`${path}/count_tokens`, seen)]) {
      expect(response.status).toBe(status);
      const { error } = await json<AnthropicError>(response);
      expect(error.message).toContain("image input is not supported");
    }
  });
});
