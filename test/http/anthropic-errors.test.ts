import { describe, expect, test } from "bun:test";
import { AppError } from "../../src/core/errors.ts";
import type { Profile } from "../../src/core/server.ts";
import type { AnthropicError } from "../../src/http/anthropic/answer-schema.ts";
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
    [{ messages, max_tokens: -1 }, "`max_tokens` is out of range"],
    [{ messages, system: [{ type: "image" }] }, "`system[0].type`"],
    [{ messages, tool_choice: { type: "any" } }, "no `tools`"],
    [{ messages, tools: [weather], tool_choice: { type: "tool" } }, "`tool_choice.name`"],
    [{ messages, tools: [weather], tool_choice: { type: "tool", name: "x" } }, '"x"'],
    [{ messages, tools: [{ type: "web_search_20250305", name: "s" }] }, "`tools[0].type`"],
    [{ messages, tools: [{ type: "mcp_toolset", mcp_server_name: "s" }] }, "`tools[0].type`"],
    [{ messages, tools: [{ type: "bash_20250124", name: "bash" }] }, "as a custom tool"],
    [{ messages, tools: [{ type: "text_editor_20250728", name: "e" }] }, "`tools[0].type`"],
    [{ messages, tools: [{ type: "computer_toolset_20260801" }] }, "`tools[0].type`"],
    [{ messages, tools: [{ input_schema: {} }] }, "`tools[0].name` is required"],
    [{ messages, tools: [{ ...weather, defer_loading: true }] }, "`tools[0].defer_loading`"],
    [
      { messages, tools: [{ ...weather, allowed_callers: ["code_execution_20260120"] }] },
      "`tools[0].allowed_callers`",
    ],
    [{ messages, tools: Array(1001).fill(weather) }, "`tools`"],
    [{ messages, output_config: { effort: "banana" } }, "`output_config.effort`"],
    [{ messages, mcp_servers: [{}] }, "`mcp_servers`"],
    [{ messages, container: "c" }, "`container`"],
    [{ messages, context_management: { edits: [{ type: "compact_20260112" }] } }, "as they are"],
    [{ messages, diagnostics: { previous_message_id: "msg_1" } }, "`diagnostics`"],
    [{ messages, inference_geo: "us" }, "`inference_geo`"],
    [{ messages, speed: "fast" }, "`speed`"],
    [{ messages, fallbacks: [{ model: "b" }] }, "`fallbacks`"],
    [{ messages, fallback_credit_token: "t" }, "`fallback_credit_token`"],
    [{ messages, billing_policy: { bill_to: "user_profile" } }, "`billing_policy`"],
    [{ messages, compaction: { type: "summarize" } }, "`compaction`"],
    [{ messages, thread: { type: "create" } }, "`thread`"],
    [{ messages, service_tier: "priority" }, "`service_tier`"],
    [{ messages, thinking: { type: "between_tools" } }, "`thinking.type`"],
    [{ messages, thinking: { type: "adaptive", display: "updates" } }, "`thinking.display`"],
    [{ messages, output_config: { task_budget: { total: 5 } } }, "`output_config.task_budget`"],
    [{ messages, output_config: { format: { type: "text" } } }, "`output_config.format"],
    [{ messages, stop_sequences: "END" }, "`stop_sequences`"],
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
    [block("user", { type: "document", source: { type: "base64", data: png } }), "PDFs"],
    [block("user", { type: "document", source: { type: "file", file_id: "f" } }), ".source.type"],
    [block("user", { type: "document", source: { type: "text" } }), ".source.data` is required"],
    [block("user", { type: "document", source: { type: "content" } }), ".source.content` is"],
    [
      block("user", {
        type: "document",
        source: { type: "text", data: "x" },
        citations: { enabled: true },
      }),
      "`messages[0].content[0].citations`",
    ],
    [block("user", { type: "image", source: "a.png" }), ".source` is required"],
    [
      block("user", {
        type: "image",
        source: { type: "base64", data: png },
        transformations: { oversized_image: "error" },
      }),
      "`messages[0].content[0].transformations`",
    ],
    [block("user", { type: "search_result", source: "a" }), ".title` is required"],
    [block("user", { type: "search_result", title: "a" }), ".source` is required"],
    [block("user", { type: "search_result", title: "a", source: "b" }), ".content` is required"],
    [block("user", { type: "container_upload", file_id: "f" }), "`messages[0].content[0].type`"],
    [block("assistant", { type: "server_tool_use", id: "s" }), "`messages[0].content[0].type`"],
    [block("assistant", { type: "thinking" }), ".thinking` is required"],
    [
      block("assistant", { ...use, caller: { type: "code_execution_20260120" } }),
      "`messages[0].content[0].caller`",
    ],
    [
      block("assistant", { ...use, toolset_name: "browser" }),
      "`messages[0].content[0].toolset_name`",
    ],
    [block("user"), "`messages[0].content` is required"],
    [block("system", { type: "image" }), "`messages[0].content[0].type`"],
    [
      { messages: [{ role: "system", content: "x", clear_at: "next_user_message" }] },
      "`messages[0].clear_at`",
    ],
    [block("user", use), "assistant's messages"],
    [block("assistant", { type: "tool_result", tool_use_id: "t" }), "user's messages"],
    [block("assistant", { ...use, id: undefined }), "`messages[0].content[0].id` is required"],
    [block("user", { type: "tool_result", content: "x" }), ".tool_use_id` is required"],
    [
      block("user", { type: "tool_result", content: [{ type: "text", text: 5 }] }),
      "`messages[0].content[0].content[0].text`",
    ],
    [block("user", { type: "tool_result", tool_use_id: "t", content: "x" }), '"t"'],
    [
      {
        messages: [
          { role: "assistant", content: [use] },
          {
            role: "user",
            content: [
              { type: "tool_result", tool_use_id: "t", content: [{ type: "tool_reference" }] },
            ],
          },
        ],
      },
      "`messages[1].content[0].content[0].type`",
    ],
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
      {
        type: "error",
        error: { type, message: "no" },
        request_id: expect.stringMatching(/^req_[0-9a-f]{32}$/),
      },
    ]);
  });

  test("a thread is refused in the way that makes the client do without", async () => {
    const { error } = await refused({ messages, thread: { type: "create" } });
    expect(error.details).toEqual({ error_code: "thread_unsupported_request" });
    expect((await refused({ messages: [] })).error.details).toBeUndefined();
  });

  test("the id of an error is in its header as well", async () => {
    const response = await appOver(says()).post(path, { messages: [] });
    const { request_id } = await json<AnthropicError>(response);
    expect(response.headers.get("request-id")).toBe(request_id);
  });

  test.each(["batches", "batches/msgbatch_1/results", "nothing"])(
    "/v1/messages/%s is not there, in Anthropic's envelope",
    async (rest) => {
      const response = await appOver(says()).get(`${path}/${rest}`);
      expect(response.status).toBe(404);
      expect(await json<AnthropicError>(response)).toMatchObject({
        type: "error",
        error: { type: "not_found_error", message: expect.stringContaining(rest) },
      });
    },
  );
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
