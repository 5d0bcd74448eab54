import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { type ChatInputs, ChatParser, ChatTemplates } from "../../ffi/chat.ts";
import type { Model } from "../../ffi/model.ts";
import { textBoundsOf } from "../../ffi/text-bounds.ts";
import { randomNumbers, randomTokens, told } from "../support/free-text.ts";
import { loadModel } from "../support/tiny-native.ts";

let model: Model;
beforeAll(() => {
  model = loadModel();
});
afterAll(() => model[Symbol.dispose]());

/** Answers may begin with thinking, and hold calls in XML. */
const thinker =
  "{% for t in tools %}{{ t | tojson }}{% endfor %}" +
  "{% for m in messages %}<|im_start|>{{ m.role }}\n" +
  "{% if m.reasoning_content %}<think>{{ m.reasoning_content }}</think>{% endif %}{{ m.content }}" +
  "{% for c in m.tool_calls %}<tool_call>\n<function={{ c.function.name }}>\n" +
  "{% for k, v in c.function.arguments.items() %}<parameter={{ k }}>\n{{ v }}\n</parameter>\n" +
  "{% endfor %}</function>\n</tool_call>{% endfor %}<|im_end|>\n{% endfor %}" +
  "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}";

const messages = [{ role: "user", content: "Hi" }];
const tools = [
  {
    type: "function",
    function: {
      name: "get_weather",
      description: "Weather of a city",
      parameters: { type: "object", properties: { city: { type: "string" } } },
    },
  },
];
const jsonCall = '<tool_call>\n{"name": "get_weather", "arguments": {"city": "Par';
const xmlCall = "<tool_call>\n<function=get_weather>\n<parameter=city>\nPar";
const marks = ["<think>", "</think>", "<tool_call>", '"}}', "\n</tool_call>", jsonCall, xmlCall];

describe("what bounds of free text spare llama-common's parser", () => {
  const rows: [string, string, Partial<ChatInputs>][] = [
    ["the tiny model's, with tools", "", { tools }],
    ["the tiny model's, with several calls", "", { tools, parallel_tool_calls: true }],
    ["the tiny model's, with a call that must be", "", { tools, tool_choice: "required" }],
    ["thinking", thinker, {}],
    ["thinking, with tools", thinker, { tools }],
    ["thinking that stays text, with tools", thinker, { tools, reasoning_format: "none" }],
  ];
  test.each(rows)("changes no token's events: %s", (_name, template, inputs) => {
    using templates = new ChatTemplates(model, { template });
    using parser = new ChatParser(templates.apply({ messages, ...inputs }));
    const { bounds } = parser;
    expect(bounds).not.toBeNull();
    const random = randomNumbers(3);
    for (let i = 0; i < 60; i++) {
      const tokens = randomTokens(random, marks);
      expect([tokens, told(parser, bounds, tokens)]).toEqual([tokens, told(parser, null, tokens)]);
    }
  });

  test("is nothing where content has a form of its own", () => {
    using templates = new ChatTemplates(model);
    const json_schema = JSON.stringify({ type: "object", properties: { a: { type: "string" } } });
    const { parser } = templates.apply({ messages, json_schema });
    expect(textBoundsOf(parser)).toBeNull();
  });
});
