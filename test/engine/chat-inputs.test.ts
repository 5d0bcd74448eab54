import { describe, expect, test } from "bun:test";
import type { ChatPrompt } from "../../src/core/generate.ts";
import type { ChatOptions } from "../../src/core/load.ts";
import type { Message } from "../../src/core/messages.ts";
import { chatDefaults, chatInputs } from "../../src/engine/chat-inputs.ts";

const settings = { supportsThinking: true, marker: "<m>" };
const says = (role: Message["role"], text: string): Message => ({
  role,
  parts: [{ type: "text", text }],
});
const prompt: ChatPrompt = {
  type: "chat",
  messages: [says("user", "hi")],
  tools: [],
  toolChoice: "auto",
};
const begun = { ...prompt, messages: [says("user", "hi"), says("assistant", "Well")] };
const tool = { name: "f", description: "", parameters: {} };

describe("chatInputs", () => {
  test("several parts of a message stay apart, with markers for pictures", () => {
    const parts = [
      { type: "text" as const, text: "a" },
      { type: "media" as const, bytes: new Uint8Array(1) },
    ];
    const [message] = chatInputs({ ...prompt, messages: [{ role: "user", parts }] }, settings)
      .messages as { content: unknown }[];
    expect(message?.content).toEqual([
      { type: "text", text: "a" },
      { type: "media_marker", text: "<m>" },
    ]);
  });

  test("the model's own system message and examples come first", () => {
    const example = { role: "user" as const, content: "e" };
    const own = { ...settings, system: "s", messages: [example] };
    const said = (...messages: Message[]) =>
      chatInputs({ ...prompt, messages }, own).messages.map(
        (message) => (message as { content: string }).content,
      );
    expect(said(says("user", "hi"))).toEqual(["s", "e", "hi"]);
    expect(said(says("system", "mine"), says("user", "hi"))).toEqual(["mine", "e", "hi"]);
  });

  test.each<[Partial<ChatPrompt>, unknown]>([
    [{}, undefined],
    [{ thinkLevel: "high" }, "high"],
    [{ thinkLevel: "high", templateVariables: { reasoning_effort: "low" } }, "low"],
  ])("%p asks Jinja templates for an effort of %p", (more, effort) => {
    const { template_kwargs: variables } = chatInputs({ ...prompt, ...more }, settings);
    expect(variables?.reasoning_effort).toBe(effort);
  });

  describe("a last message of the assistant's", () => {
    test.each([
      ["is continued", begun, {}, true, false],
      ["is not, if the server was told so", begun, { prefillAssistant: false }, undefined, true],
      [
        "is not, if the request says so",
        { ...begun, continueFinalMessage: false },
        {},
        undefined,
        true,
      ],
      [
        "is continued where the request says",
        { ...begun, continueFinalMessage: "content" as const },
        { prefillAssistant: false },
        "content",
        false,
      ],
    ])("%s", (_, asked, chat, continued, addsPrompt) => {
      const inputs = chatInputs(asked, { ...settings, ...chat });
      expect(inputs.continue_final_message).toEqual(continued as never);
      expect(inputs.add_generation_prompt).toBe(addsPrompt);
    });

    test("must be one, and must not call tools", () => {
      const two = { ...begun, messages: [...begun.messages, says("assistant", "er")] };
      expect(() => chatInputs(two, settings)).toThrow("2 or more assistant messages");
      const calls = {
        ...says("assistant", ""),
        toolCalls: [{ id: "1", name: "f", arguments: "{}" }],
      };
      expect(() => chatInputs({ ...begun, messages: [calls] }, settings)).toThrow("tool calls");
    });

    test("cannot be continued and answered at once", () => {
      const both = { ...begun, continueFinalMessage: true, addGenerationPrompt: true };
      expect(() => chatInputs(both, settings)).toThrow("add_generation_prompt");
    });
  });

  describe("thinking", () => {
    test.each([
      ["on where the template can", {}, {}, true],
      ["off where it cannot", {}, { supportsThinking: false }, false],
      ["off by the server", {}, { reasoning: "off" as const }, false],
      ["by the server's variables", {}, { templateVariables: { enable_thinking: false } }, false],
      [
        "on where the request names an effort",
        { templateVariables: { reasoning_effort: "low" } },
        { reasoning: "off" as const },
        true,
      ],
      [
        "off where it cannot, whatever the effort",
        { templateVariables: { reasoning_effort: "low" } },
        { supportsThinking: false },
        false,
      ],
      ["by the request's wish", { enableThinking: true }, { reasoning: "off" as const }, true],
      [
        "by the request's variables",
        { templateVariables: { enable_thinking: false } },
        { reasoning: "on" as const },
        false,
      ],
    ])("is %s", (_, asked, chat, expected) => {
      const inputs = chatInputs({ ...prompt, ...asked }, { ...settings, ...chat });
      expect(inputs.enable_thinking).toBe(expected);
    });

    test("must be true or false", () => {
      const asked = { ...prompt, templateVariables: { enable_thinking: "no" } };
      expect(() => chatInputs(asked, settings)).toThrow('"enable_thinking"');
    });
  });

  describe("tools", () => {
    test("a named choice leaves that one tool, and requires it", () => {
      const tools = [tool, { ...tool, name: "g" }];
      const inputs = chatInputs({ ...prompt, tools, toolChoice: { name: "g" } }, settings);
      expect(inputs).toMatchObject({ tool_choice: "required", parse_tool_calls: true });
      expect(inputs.tools).toEqual([expect.objectContaining({ function: { ...tool, name: "g" } })]);
    });

    test("need Jinja", () => {
      const asked = { ...prompt, tools: [tool] };
      expect(() => chatInputs(asked, { ...settings, jinja: false })).toThrow("requires --jinja");
    });

    test("exclude a grammar", () => {
      const asked = { ...prompt, tools: [tool], grammar: "root ::= [a]" };
      expect(() => chatInputs(asked, settings)).toThrow("custom grammar");
    });
  });
});

describe("chatDefaults", () => {
  test.each<[string | null, ChatOptions | undefined, ChatOptions]>([
    [null, undefined, {}],
    ["off", undefined, { reasoning: "off" }],
    ["on", { system: "s" }, { system: "s", reasoning: "on" }],
    ["off", { reasoning: "auto" }, { reasoning: "auto" }],
    ["sometimes", undefined, {}],
  ])("a file that says %p, and an owner who says %p", (own, owner, expected) => {
    const model = { metaString: (key: string) => (key === "hutch.reasoning" ? own : null) };
    expect(chatDefaults(model, owner)).toEqual(expected);
  });
});
