import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { type ChatInputs, ChatParser, ChatTemplates } from "../../ffi/chat.ts";
import type { Model } from "../../ffi/model.ts";
import { ask, loadModel } from "../support/tiny-native.ts";

let model: Model;
let templates: ChatTemplates;

beforeAll(() => {
  model = loadModel();
  templates = new ChatTemplates(model);
});
afterAll(() => {
  templates[Symbol.dispose]();
  model[Symbol.dispose]();
});

const hi = [{ role: "user", content: "Hi" }];
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
const call = '<tool_call>\n{"name": "get_weather", "arguments": {"city": "Paris"}}\n</tool_call>';

/** A template whose answers may begin with thinking, and that can be asked not to think. */
const thinking =
  "{% for m in messages %}<|im_start|>{{ m.role }}\n" +
  "{% if m.reasoning_content %}<think>{{ m.reasoning_content }}</think>{% endif %}" +
  "{{ m.content }}<|im_end|>\n{% endfor %}" +
  "{% if add_generation_prompt %}<|im_start|>assistant\n" +
  "{% if enable_thinking is defined and enable_thinking is false %}<think></think>" +
  "{% endif %}{% endif %}";

/** One that knows of no thinking. */
const thoughtless =
  "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}" +
  "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}";

/** What `text` is parsed into as the answer to `inputs`. */
function parsed(of: ChatTemplates, inputs: ChatInputs, text: string) {
  using parser = new ChatParser(of.apply(inputs));
  return parser.parse(text, false);
}

describe("ChatTemplates", () => {
  test("tell what they can do", () => {
    const { caps, source, tool_use_source, supports_thinking } = templates.info;
    expect(caps).toMatchObject({ supports_tools: true, supports_tool_calls: true });
    expect(source).toBe(model.metaString("tokenizer.chat_template")?.trimEnd() ?? "");
    expect([tool_use_source, supports_thinking]).toEqual(["", true]);
    using plain = new ChatTemplates(model, { template: thoughtless });
    expect(plain.info).toMatchObject({ source: thoughtless, supports_thinking: false });
    using thinker = new ChatTemplates(model, { template: thinking });
    expect(thinker.info).toMatchObject({ source: thinking, supports_thinking: true });
  });

  test("leave out the generation prompt if asked to", () => {
    const { prompt } = templates.apply({ messages: hi, add_generation_prompt: false });
    expect(prompt).toBe("<|im_start|>user\nHi<|im_end|>\n");
  });

  test.each([
    [true, undefined, "<think>\n\n</think>\n\n"],
    ["content", undefined, "<think>\n\n</think>\n\n"],
    [true, thoughtless, ""],
    ["content", thoughtless, ""],
  ] as const)("continue the last message (%p), and know what it holds", (continues, ...made) => {
    const [template, thoughts] = made;
    using own = new ChatTemplates(model, template === undefined ? {} : { template });
    const messages = [...hi, { role: "assistant", content: "Hello th" }];
    const rendered = own.apply({
      messages,
      continue_final_message: continues,
      add_generation_prompt: false,
    });
    expect(rendered.prompt).toBe(`${ask("Hi")}${thoughts}Hello th`);
    using parser = new ChatParser(rendered);
    expect(parser.prefill).toMatchObject({ content: "Hello th", reasoning: "" });
    expect(parser.parse("ere.", false).content).toBe("Hello there.");
  });

  test("continue thinking", () => {
    using thinker = new ChatTemplates(model, { template: thinking });
    const messages = [...hi, { role: "assistant", content: "", reasoning_content: "Well" }];
    const rendered = thinker.apply({
      messages,
      continue_final_message: "reasoning_content",
      add_generation_prompt: false,
    });
    expect(rendered.prompt).toEndWith("Well");
    using parser = new ChatParser(rendered);
    expect(parser.parse(", yes</think>Hello", false)).toMatchObject({
      reasoning: "Well, yes",
      content: "Hello",
    });
  });

  test("nothing is continued unless asked for", () => {
    using parser = new ChatParser(templates.apply({ messages: hi }));
    expect(parser.prefill).toEqual({ content: "", reasoning: "", tool_calls: [] });
  });

  test("pass variables on, and thinking", () => {
    using thinker = new ChatTemplates(model, { template: `{{ mood }}${thinking}` });
    const inputs = { messages: hi, template_kwargs: { mood: "happy" } };
    expect(thinker.apply({ ...inputs, enable_thinking: false }).prompt).toStartWith("happy<|im");
    expect(thinker.apply({ ...inputs, enable_thinking: false }).prompt).toContain("</think>");
    expect(thinker.apply(inputs).prompt).not.toContain("<think>");
  });
});

describe("reasoning_format", () => {
  test.each([
    ["none", { reasoning: "", content: "<think>hm</think>Hello" }],
    ["auto", { reasoning: "hm", content: "Hello" }],
    ["deepseek", { reasoning: "hm", content: "Hello" }],
    ["deepseek-legacy", { reasoning: "hm", content: "Hello" }],
  ] as const)("%s", (reasoning_format, expected) => {
    using thinker = new ChatTemplates(model, { template: thinking });
    const inputs = { messages: hi, reasoning_format };
    expect(parsed(thinker, inputs, "<think>hm</think>Hello")).toMatchObject(expected);
  });

  test("that is unknown is refused", () => {
    const inputs = { messages: hi, reasoning_format: "loud" as "none" };
    expect(() => templates.apply(inputs)).toThrow(/reasoning_format .*"loud"/);
  });
});

describe("tool calls", () => {
  const inputs: ChatInputs = {
    messages: hi,
    tools,
    tool_choice: "auto",
    enable_thinking: false,
  };

  test("are parsed, or stay text", () => {
    expect(parsed(templates, inputs, call).tool_calls).toHaveLength(1);
    const text = parsed(templates, { ...inputs, parse_tool_calls: false }, call);
    expect(text).toEqual({ content: call, reasoning: "", tool_calls: [] });
  });

  test("are still asked for when they stay text", () => {
    const { prompt, grammar } = templates.apply({ ...inputs, parse_tool_calls: false });
    expect(prompt).toContain("get_weather");
    expect(grammar).not.toBe("");
  });

  test("and thinking stay text when nothing is to be parsed", () => {
    using thinker = new ChatTemplates(model, { template: thinking });
    const text = `<think>hm</think>${call}`;
    const plain = parsed(thinker, { ...inputs, force_pure_content: true }, text);
    expect(plain).toEqual({ content: text, reasoning: "", tool_calls: [] });
  });
});

describe("a template that does not parse", () => {
  test.each([
    [
      "{{ messages[0].content",
      "the chat template does not parse: parser: Parser Error: Expected }}",
    ],
    ["{% soup %}", "the chat template does not parse: Unknown statement: soup"],
    ["{{ 'a", "the chat template does not parse: lexer: unexpected end of input"],
    ["{{ raise_exception('never') }}", "Jinja Exception: never"],
  ])("says why: %s", (template, reason) => {
    expect(() => new ChatTemplates(model, { template })).toThrow(reason);
    const plain = () => new ChatTemplates(model, { template, jinja: false });
    expect(plain).toThrow(/built in/);
  });
});

describe("without Jinja", () => {
  test("a model's template is recognized", () => {
    using plain = new ChatTemplates(model, { jinja: false });
    expect(plain.apply({ messages: hi }).prompt).toBe(ask("Hi"));
    expect(plain.info.supports_thinking).toBe(false);
  });

  test.each([
    ["llama3", "<|start_header_id|>user<|end_header_id|>\n\nHi<|eot_id|>"],
    ["chatml", "<|im_start|>user\nHi<|im_end|>\n"],
    ["vicuna", "USER: Hi\n"],
    ["{% if true %}<|im_start|>{% endif %}", "<|im_start|>user\nHi<|im_end|>\n"],
  ])("a template may be named or recognized: %s", (template, expected) => {
    using named = new ChatTemplates(model, { template, jinja: false });
    expect(named.apply({ messages: hi }).prompt).toContain(expected);
    expect(parsed(named, { messages: hi }, "Hello")).toMatchObject({ content: "Hello" });
  });

  test("one that is not built in is refused", () => {
    const make = () => new ChatTemplates(model, { template: "no such one", jinja: false });
    expect(make).toThrow(/built in/);
  });
});
