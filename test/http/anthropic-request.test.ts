import { describe, expect, test } from "bun:test";
import type { ChatPrompt } from "../../src/core/generate.ts";
import type { Profile } from "../../src/core/server.ts";
import { appOver, says } from "../support/fake-engine.ts";

const path = "/v1/messages";
const messages = [{ role: "user", content: "hi" }];
const weather = { name: "weather", description: "How it is.", input_schema: { type: "object" } };
const png = "iVBORw0KGgo=";

/** What the engine is asked for a request. */
async function asked(body: object, profile: Profile = "hutch") {
  const { post, engine } = appOver(says("ok"), { settings: { profile } });
  const response = await post(path, { model: "tiny", messages, ...body });
  expect(response.status).toBe(200);
  const [request] = engine.requests;
  return { request, prompt: request?.prompt as ChatPrompt };
}

describe("a request of /v1/messages", () => {
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
    [
      { type: "enabled", budget_tokens: 1024, display: "summarized" },
      { enableThinking: true, reasoningBudget: 1024 },
    ],
    [
      { type: "adaptive", budget_tokens: 9 },
      { enableThinking: true, reasoningBudget: 9 },
    ],
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
    expect(prompt.continueFinalMessage).toBeUndefined();
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
      {
        role: "tool",
        parts: [{ type: "text", text: "Error: " }],
        toolCallId: "t2",
        toolName: "weather",
      },
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
    expect(prompt.messages[0]?.parts).toMatchObject([picture, said("A tale\nOnce.\n")]);
    expect(prompt.messages[2]?.parts).toMatchObject([said("a"), picture]);
  });
});

/** A user's only message, of these blocks, as the engine gets it. */
async function shown(...content: object[]) {
  const { prompt } = await asked({ messages: [{ role: "user", content }] });
  return prompt.messages[0]?.parts;
}

/** What becomes of a tool's result. */
async function resultOf(result: object) {
  const use = { type: "tool_use", id: "t", name: "weather", input: {}, caller: { type: "direct" } };
  const { prompt } = await asked({
    messages: [
      { role: "assistant", content: [use] },
      { role: "user", content: [{ type: "tool_result", tool_use_id: "t", ...result }] },
    ],
  });
  return prompt.messages[1]?.parts;
}

const said = (text: string) => ({ type: "text" as const, text });
const picture = { type: "media" as const, bytes: Uint8Array.fromBase64(png) };
const image = {
  type: "image",
  source: { type: "base64", media_type: "image/png", data: png },
  transformations: { oversized_image: "downsize" },
};

describe("content blocks", () => {
  const block = said("one");

  test("a document's title and context come before its parts", async () => {
    const source = { type: "content", content: [block, image] };
    const document = { type: "document", title: "A tale", context: "Old.", source };
    expect(await shown({ ...document, citations: { enabled: false } })).toMatchObject([
      said("A tale"),
      said("Old."),
      said("one"),
      picture,
    ]);
    const plain = { type: "document", source: { type: "content", content: "Once." } };
    expect(await shown(plain)).toEqual([said("Once.\n")]);
  });

  test("a search result is text under its title and source", async () => {
    const result = { type: "search_result", title: "Tales", source: "a.org", content: [block] };
    const text = "Tales\na.org\none\n";
    expect(await shown(result)).toEqual([said(text)]);
    expect(await resultOf({ content: [result, result] })).toEqual([said(text + text)]);
  });

  test("a tool's result may hold a document", async () => {
    const document = { type: "document", source: { type: "text", data: "Once." } };
    expect(await resultOf({ content: [document, image] })).toMatchObject([
      said("Once.\n"),
      picture,
    ]);
  });

  test.each([
    [{ is_error: true, content: "City not found" }, "Error: City not found"],
    [{ is_error: true, content: [said("TypeError: x")] }, "TypeError: x"],
    [{ is_error: false, content: "City not found" }, "City not found"],
  ])("the result %j is %j to the model", async (result, text) => {
    expect(await resultOf(result)).toEqual([said(text)]);
  });
});

describe("turns", () => {
  const user = (text: string) => ({ role: "user", content: text });
  const assistant = (content: unknown) => ({ role: "assistant", content });
  const turns = [user("a"), user("b"), assistant("c"), assistant([said("d")])];

  test("messages in a row of one role are one, and the assistant's last is continued", async () => {
    const { prompt } = await asked({ messages: turns });
    expect(prompt).toMatchObject({
      messages: [
        { role: "user", parts: [said("a"), said("b")] },
        { role: "assistant", parts: [said("c"), said("d")] },
      ],
      continueFinalMessage: true,
    });
  });

  test("thinking and calls in a row are one turn's", async () => {
    const use = (id: string) => ({ type: "tool_use", id, name: "weather" });
    const { prompt } = await asked({
      messages: [
        assistant([{ type: "thinking", thinking: "hm " }, use("t1")]),
        assistant([{ type: "thinking", thinking: "well" }, use("t2")]),
        user("ok"),
      ],
    });
    expect(prompt.messages[0]).toMatchObject({
      reasoning: "hm well",
      toolCalls: [{ id: "t1" }, { id: "t2" }],
    });
  });

  test.each(["", []])("an assistant's last message %j begins no answer", async (content) => {
    const { prompt } = await asked({ messages: [user("a"), assistant(content)] });
    expect(prompt.messages).toEqual([{ role: "user", parts: [said("a")] }]);
    expect(prompt.continueFinalMessage).toBeUndefined();
  });

  test("a system message in between stays where it is", async () => {
    const message = { role: "system", content: [said("b")], clear_at: "never" };
    const { prompt } = await asked({ messages: [user("a"), message, user("c")] });
    expect(prompt.messages.map(({ role }) => role)).toEqual(["user", "system", "user"]);
  });

  test("llama-server leaves messages apart, and to its flag whether to continue", async () => {
    const { prompt } = await asked({ messages: turns }, "router");
    expect(prompt.messages).toHaveLength(4);
    expect(prompt.continueFinalMessage).toBeUndefined();
  });
});

describe("tools", () => {
  test("examples of a tool's input are part of its description", async () => {
    const tool = { ...weather, type: "custom", input_examples: [{ city: "Paris" }, {}] };
    const extra = { strict: true, eager_input_streaming: true, defer_loading: false };
    const { prompt } = await asked({ tools: [{ ...tool, ...extra, allowed_callers: ["direct"] }] });
    expect(prompt.tools[0]?.description).toBe('How it is.\nExample: {"city":"Paris"}\nExample: {}');
  });

  test.each([
    [true, false],
    [false, true],
    [undefined, undefined],
  ])("disable_parallel_tool_use %p: parallel calls %p", async (disabled, parallel) => {
    const tool_choice = { type: "auto", disable_parallel_tool_use: disabled };
    const { prompt } = await asked({ tools: [weather], tool_choice });
    expect(prompt.parallelToolCalls).toBe(parallel as never);
  });
});

test("what asks for nothing that is not so anyway is let through", async () => {
  await asked({
    metadata: { user_id: "u" },
    service_tier: "standard_only",
    cache_control: { type: "ephemeral", ttl: "1h" },
    container: null,
    mcp_servers: [],
    diagnostics: { previous_message_id: null },
    inference_geo: "global",
    speed: "standard",
    fallbacks: "default",
    billing_policy: { type: "billing_policy", bill_to: "self" },
    user_profile_id: null,
  });
});

test("max_tokens 0 only fills the prompt cache", async () => {
  const { request } = await asked({ max_tokens: 0 });
  expect(request?.nPredict).toBe(0);
});

test("a request as Claude Code sends it is taken", async () => {
  const cached = { type: "ephemeral", ttl: "1h" };
  const { post, engine } = appOver(says("ok"));
  const response = await post(`${path}?beta=true`, {
    model: "tiny",
    max_tokens: 32_000,
    stream: true,
    system: [{ ...said("You are Claude Code."), cache_control: cached }],
    messages: [
      { role: "user", content: [{ ...said("hi"), cache_control: cached }] },
      { role: "assistant", content: [{ ...said("hello"), citations: [] }] },
      { role: "user", content: [said("go on")] },
    ],
    tools: [{ ...weather, cache_control: cached, eager_input_streaming: true }],
    thinking: { type: "adaptive", display: "summarized" },
    output_config: { effort: "high" },
    context_management: { edits: [{ type: "clear_thinking_20251015", keep: "all" }] },
    metadata: { user_id: "user_1" },
    temperature: 1,
  });
  expect(await response.text()).toContain('"context_management":{"applied_edits":[]}');
  expect(engine.requests[0]?.prompt).toMatchObject({
    enableThinking: true,
    messages: [{ role: "system" }, { role: "user" }, { role: "assistant" }, { role: "user" }],
  });
});
