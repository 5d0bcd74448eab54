import { describe, expect, test } from "bun:test";
import { GoPromptTemplate } from "../../src/chat/go-prompt.ts";
import { goTemplateFacts } from "../../src/chat/go-template-facts.ts";
import { formats } from "../../src/chat/known-formats.ts";
import { detectTemplate, usedGoTemplate } from "../../src/chat/known-templates.ts";
import type { Message } from "../../src/core/messages.ts";

const says = (role: Message["role"], text: string): Message => ({
  role,
  parts: [{ type: "text", text }],
});
const messages = [
  says("system", "S"),
  says("user", "Q1"),
  says("assistant", "A1"),
  says("user", "Q2"),
];

/** What the formats' own Jinja templates make of a conversation, without its beginning of text. */
const expected: Record<string, string> = {
  "llama4-instruct":
    "<|header_start|>system<|header_end|>\n\nS<|eot|><|header_start|>user<|header_end|>\n\nQ1<|eot|>" +
    "<|header_start|>assistant<|header_end|>\n\nA1<|eot|><|header_start|>user<|header_end|>\n\n" +
    "Q2<|eot|><|header_start|>assistant<|header_end|>\n\n",
  "llama3.1-instruct":
    "<|start_header_id|>system<|end_header_id|>\n\nS<|eot_id|><|start_header_id|>user<|end_header_id|>" +
    "\n\nQ1<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\nA1<|eot_id|>" +
    "<|start_header_id|>user<|end_header_id|>\n\nQ2<|eot_id|>" +
    "<|start_header_id|>assistant<|end_header_id|>\n\n",
  chatml:
    "<|im_start|>system\nS<|im_end|>\n<|im_start|>user\nQ1<|im_end|>\n<|im_start|>assistant\nA1" +
    "<|im_end|>\n<|im_start|>user\nQ2<|im_end|>\n<|im_start|>assistant\n",
  "phi-4":
    "<|im_start|>system<|im_sep|>S<|im_end|><|im_start|>user<|im_sep|>Q1<|im_end|>" +
    "<|im_start|>assistant<|im_sep|>A1<|im_end|><|im_start|>user<|im_sep|>Q2<|im_end|>" +
    "<|im_start|>assistant<|im_sep|>",
  "gemma-instruct":
    "<start_of_turn>user\nS\n\nQ1<end_of_turn>\n<start_of_turn>model\nA1<end_of_turn>\n" +
    "<start_of_turn>user\nQ2<end_of_turn>\n<start_of_turn>model\n",
  "command-r":
    "<|START_OF_TURN_TOKEN|><|SYSTEM_TOKEN|>S<|END_OF_TURN_TOKEN|><|START_OF_TURN_TOKEN|>" +
    "<|USER_TOKEN|>Q1<|END_OF_TURN_TOKEN|><|START_OF_TURN_TOKEN|><|CHATBOT_TOKEN|>A1" +
    "<|END_OF_TURN_TOKEN|><|START_OF_TURN_TOKEN|><|USER_TOKEN|>Q2<|END_OF_TURN_TOKEN|>" +
    "<|START_OF_TURN_TOKEN|><|CHATBOT_TOKEN|>",
  "granite-instruct":
    "<|start_of_role|>system<|end_of_role|>S<|end_of_text|>\n<|start_of_role|>user<|end_of_role|>" +
    "Q1<|end_of_text|>\n<|start_of_role|>assistant<|end_of_role|>A1<|end_of_text|>\n" +
    "<|start_of_role|>user<|end_of_role|>Q2<|end_of_text|>\n<|start_of_role|>assistant<|end_of_role|>",
  "mistral-tools": "[INST] Q1[/INST] A1</s>[INST] S\n\nQ2[/INST]",
  "llama2-chat": "[INST] <<SYS>>\nS\n<</SYS>>\n\nQ1 [/INST] A1</s>[INST] Q2 [/INST] ",
  "mistral-instruct": "[INST] S\n\nQ1[/INST] A1</s>[INST] Q2[/INST] ",
  "deepseek-r1": "S<｜User｜>Q1<｜Assistant｜>A1<｜end▁of▁sentence｜><｜User｜>Q2<｜Assistant｜>",
  "phi-3":
    "<|system|>\nS<|end|>\n<|user|>\nQ1<|end|>\n<|assistant|>\nA1<|end|>\n<|user|>\nQ2<|end|>\n<|assistant|>\n",
  zephyr:
    "<|system|>\nS</s>\n<|user|>\nQ1</s>\n<|assistant|>\nA1</s>\n<|user|>\nQ2</s>\n<|assistant|>\n",
  openchat:
    "GPT4 Correct System: S<|end_of_turn|>GPT4 Correct User: Q1<|end_of_turn|>GPT4 Correct Assistant: A1" +
    "<|end_of_turn|>GPT4 Correct User: Q2<|end_of_turn|>GPT4 Correct Assistant: ",
  alpaca:
    "S\n\n### Instruction:\nQ1\n\n### Response:\nA1\n\n### Instruction:\nQ2\n\n### Response:\n",
  vicuna: "S\n\nUSER: Q1\nASSISTANT: A1</s>\nUSER: Q2\nASSISTANT: ",
  "falcon-instruct": "System: S\n\nUser: Q1\n\nAssistant: A1\n\nUser: Q2\n\nAssistant: ",
};
for (const [alias, name] of [
  ["llama3-instruct", "llama3.1-instruct"],
  ["chatml-thinking", "chatml"],
  ["chatml-tools", "chatml"],
] as const) {
  expected[alias] = expected[name] ?? "";
}

describe("known templates", () => {
  test.each(formats)("$name", ({ name, template, marks }) => {
    const prompt = { messages, tools: [], think: null, marker: "" };
    expect(new GoPromptTemplate(template).render(prompt)).toBe(expected[name] ?? "");
    expect(detectTemplate(marks.join(" "))?.name).toBe(name);
  });

  test.each(formats)("$name goes on with an answer that was begun", ({ template }) => {
    const begun = [...messages, says("assistant", "A2 and")];
    const prompt = { messages: begun, tools: [], think: null, marker: "" };
    expect(new GoPromptTemplate(template).render(prompt)).toEndWith("A2 and");
  });

  test("those that show tools and thinking are recognized by their own texts", () => {
    const facts = (name: string) =>
      goTemplateFacts(formats.find((format) => format.name === name)?.template ?? "");
    expect(facts("chatml-tools")).toEqual({
      capabilities: ["tools"],
      thinkingTags: null,
      toolTag: "<tool_call>",
    });
    expect(facts("chatml-thinking").thinkingTags).toEqual(["<think>", "</think>"]);
    expect(facts("deepseek-r1").thinkingTags).toEqual(["<think>", "</think>"]);
    expect(facts("mistral-tools").toolTag).toBe("[TOOL_CALLS]");
    expect(facts("llama3.1-instruct").toolTag).toBe("{");
  });

  test("what nobody knows is not recognized", () => {
    expect(detectTemplate("{{ messages[0].content }}")).toBeNull();
  });
});

describe("usedGoTemplate", () => {
  const jinja = "{{ '<|im_start|>' }}";
  const derived = detectTemplate(jinja)?.template;
  test.each([
    ["none", undefined, jinja, undefined],
    ["one of its own", "{{ .Prompt }}!", jinja, "{{ .Prompt }}!"],
    ["one derived from its Jinja template", derived, jinja, undefined],
    ["one that shows the question only", "{{ .Prompt }}", jinja, undefined],
    ["one for answers in channels", "{{ .Prompt }}!", "<|channel|>analysis", undefined],
    ["that, where there is no other", "{{ .Prompt }}", null, "{{ .Prompt }}"],
  ])("%s", (_, template, own, used) => {
    expect(usedGoTemplate(template, own)).toBe(used as string);
  });
});
