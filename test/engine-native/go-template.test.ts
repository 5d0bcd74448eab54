import { beforeAll, describe, expect, test } from "bun:test";
import { resolve } from "node:path";
import { detectTemplate } from "../../src/chat/known-templates.ts";
import type { ChatPrompt, GenerateEvent, GenerateRequest } from "../../src/core/generate.ts";
import type { ChatOptions } from "../../src/core/load.ts";
import type { Message, Tool } from "../../src/core/messages.ts";
import { EngineInProcess } from "../support/engine-in-process.ts";
import { colours, pngOf } from "../support/pictures.ts";

const modelPath = resolve(import.meta.dir, "../../assets/tiny-text.gguf");
const load = (chat: ChatOptions = {}) =>
  new EngineInProcess({ modelPath, nCtx: 1024, nParallel: 2, kvUnified: true, chat });

/** The tiny model's Jinja template, in Go's language. */
const goTemplate = `{{- if .Tools }}<|im_start|>system
{{ if .System }}{{ .System }}

{{ end }}# Tools

<tools>
{{- range .Tools }}
{"type": "function", "function": {{ .Function }}}
{{- end }}
</tools><|im_end|>
{{ else if .System }}<|im_start|>system
{{ .System }}<|im_end|>
{{ end }}
{{- range $i, $message := .Messages }}
{{- $last := eq (len (slice $.Messages $i)) 1 }}
{{- if eq .Role "system" }}{{ continue }}{{ end }}
{{- if eq .Role "tool" }}<|im_start|>user
<tool_response>
{{ .Content }}
</tool_response><|im_end|>
{{ else if eq .Role "assistant" }}<|im_start|>assistant
{{- if .Content }}
{{ .Content }}{{ end }}
{{- if .ToolCalls }}
{{- range .ToolCalls }}
<tool_call>
{"name": "{{ .Function.Name }}", "arguments": {{ .Function.Arguments }}}
</tool_call>
{{- end }}
{{- end }}{{ if not $last }}<|im_end|>
{{ end }}
{{- else }}<|im_start|>{{ .Role }}
{{ .Content }}<|im_end|>
{{ end }}
{{- if and $last (ne .Role "assistant") }}<|im_start|>assistant
{{ end }}
{{- end }}`;

const says = (role: Message["role"], text: string): Message => ({
  role,
  parts: [{ type: "text", text }],
});
const chat = (...messages: Message[]): ChatPrompt => ({
  type: "chat",
  messages,
  tools: [],
  toolChoice: "auto",
});
const weather: Tool = {
  name: "get_weather",
  description: "Get the weather of a city",
  parameters: {
    type: "object",
    properties: { city: { type: "string" } },
    required: ["city"],
  },
};
const call = { id: "call_1", name: "get_weather", arguments: '{"city":"Paris"}' };
const called: Message = { role: "assistant", parts: [], toolCalls: [call] };
const result: Message = { ...says("tool", "sunny"), toolCallId: "call_1", toolName: "get_weather" };
const asked = chat(says("user", "What is the weather in Paris?"));

let own: EngineInProcess;
let go: EngineInProcess;
beforeAll(() => {
  own = load();
  go = load({ goTemplate });
});

async function answer(engine: EngineInProcess, prompt: ChatPrompt, more = {}) {
  const request: GenerateRequest = { prompt, sampling: { temperature: 0 }, nPredict: 60, ...more };
  const events = await engine.generate(request);
  const of = (type: GenerateEvent["type"]) =>
    events.map((event) => (event.type === type && "text" in event ? event.text : "")).join("");
  const calls = events.flatMap((event) =>
    event.type === "tool_call" ? [{ name: event.name, arguments: event.arguments }] : [],
  );
  const done = events.at(-1);
  const reason = done?.type === "done" ? done.reason : null;
  return { text: of("text"), reasoning: of("reasoning"), calls, reason };
}

describe("a Go template that says what the Jinja template says", () => {
  test.each<[string, ChatPrompt]>([
    ["a question", chat(says("user", "Hello"))],
    ["a system message", chat(says("system", "Be kind."), says("user", "Hello"))],
    ["turns", chat(says("user", "1"), says("assistant", "2"), says("user", "3"))],
    ["a call with its result", chat(says("user", "Weather?"), called, result)],
  ])("renders %s alike", async (_, prompt) => {
    const [a, b] = await Promise.all(
      [own, go].map((engine) => engine.call("applyTemplate", { prompt })),
    );
    const compact = (text = "") => text.replace(/": (?=["{])/g, '":');
    expect(compact(b?.text)).toBe(compact(a?.text));
    const counts = [own, go].map((engine) => engine.call("countTokens", { prompt }));
    const [c, d] = await Promise.all(counts);
    expect(Math.abs((d?.nTokens ?? 0) - (c?.nTokens ?? 0))).toBeLessThan(4); // spaces in JSON
  });

  test("gives the same answers", async () => {
    const prompt = chat(says("user", "What is the capital of France?"));
    const expected = await answer(own, prompt);
    expect(expected.text).toContain("Paris");
    expect(await answer(go, prompt)).toEqual(expected);
    const asRequested = { ...prompt, goTemplate };
    expect(await answer(own, asRequested)).toEqual(expected);
  });

  test("an answer that was begun is continued", async () => {
    const prompt = chat(says("user", "What is the capital of France?"), says("assistant", "The"));
    const { text } = await go.call("applyTemplate", { prompt });
    expect(text).toEndWith("<|im_start|>assistant\nThe");
  });

  test("the request's template comes first", async () => {
    const prompt = { ...chat(says("user", "Hello")), goTemplate: "<{{ .Prompt }}>" };
    expect(await go.call("applyTemplate", { prompt })).toEqual({ text: "<Hello>" });
  });

  test("the owner's system message and examples come first", async () => {
    const examples = [{ role: "user" as const, content: "E" }];
    const engine = load({ goTemplate, system: "S", messages: examples });
    const { text } = await engine.call("applyTemplate", { prompt: chat(says("assistant", "A")) });
    expect(text).toBe(
      "<|im_start|>system\nS<|im_end|>\n<|im_start|>user\nE<|im_end|>\n<|im_start|>assistant\nA",
    );
  });

  test("says what it can", () => {
    expect(go.info).toMatchObject({ goTemplate, thinks: false, inserts: false });
    expect(go.info.chatTemplateCaps).toMatchObject({ supports_tools: true });
  });
});

describe("tools", () => {
  const withTool = { ...asked, tools: [weather] };

  test("a call is found by the template's tag", async () => {
    const { calls, text, reason } = await answer(go, withTool);
    expect({ calls, text, reason }).toEqual({
      calls: [{ name: "get_weather", arguments: expect.stringContaining("Paris") }],
      text: "",
      reason: "tool_calls",
    });
  });

  test.each<[string, ChatPrompt["toolChoice"]]>([
    ["required", "required"],
    ["named", { name: "get_weather" }],
  ])("a call that is %s comes, whatever the question", async (_, toolChoice) => {
    const prompt = { ...chat(says("user", "Hello")), tools: [weather], toolChoice };
    const { calls } = await answer(go, prompt);
    expect(calls.map(({ name }) => name)).toEqual(["get_weather"]);
    expect(Object.keys(JSON.parse(calls[0]?.arguments ?? ""))).toEqual(["city"]);
  });

  test("calls stay text where they are not looked for", async () => {
    const { text, calls } = await answer(go, { ...withTool, parseToolCalls: false });
    expect([text.includes("get_weather"), calls]).toEqual([true, []]);
  });

  test.each<[string, Partial<ChatPrompt>, string]>([
    ["tools without a place", { tools: [weather], goTemplate: "{{ .Prompt }}!" }, "tools"],
    ["a suffix without a place", { suffix: "}" }, "suffix"],
    ["a variable", { templateVariables: { colour: "red" } }, "chat_template_kwargs.colour"],
    ["no beginning of an answer", { addGenerationPrompt: false }, "add_generation_prompt"],
    [
      "a required call that the template cannot write",
      {
        tools: [weather],
        toolChoice: "required",
        goTemplate: "{{ .Tools }}{{ range .Messages }}{{ .Content }}{{ end }}",
      },
      "tool_choice",
    ],
  ])("%s is refused", async (_, more, param) => {
    await expect(answer(go, { ...asked, ...more })).rejects.toMatchObject({
      code: "unsupported",
      param,
    });
  });
});

describe("thinking and forms of answers", () => {
  const thinks = (begin: string) =>
    `{{ range .Messages }}{{ if .Thinking }}<think>{{ .Thinking }}</think>{{ end }}<|im_start|>` +
    `{{ .Role }}\n{{ .Content }}<|im_end|>\n{{ end }}<|im_start|>assistant\n${begin}`;
  const jsonSchema = {
    type: "object",
    properties: { n: { type: "integer" } },
    required: ["n"],
    additionalProperties: false,
  };
  const hello = chat(says("user", "Hello"));

  test("a schema holds for the answer, not for the thinking that the prompt begins", async () => {
    const prompt = { ...hello, jsonSchema, goTemplate: thinks("<think>"), reasoningBudget: 4 };
    const { text, reasoning } = await answer(go, prompt);
    expect(reasoning).not.toBe("");
    expect(Object.keys(JSON.parse(text))).toEqual(["n"]);
  });

  test("a grammar of the client's, too", async () => {
    const grammar = 'root ::= "yes" other | "no"\nother ::= "!"';
    const prompt = { ...hello, grammar, goTemplate: thinks("<think>"), reasoningBudget: 4 };
    const { text, reasoning } = await answer(go, prompt);
    expect(reasoning).not.toBe("");
    expect(text).toMatch(/^(yes!|no)$/);
  });

  test.each([
    ["a model that may think", thinks(""), undefined],
    ["one that shall not", thinks(""), false],
    ["one that cannot", undefined, undefined],
  ])("a schema holds for %s", async (_, template, enableThinking) => {
    const prompt = { ...hello, jsonSchema, enableThinking };
    const { text } = await answer(go, template ? { ...prompt, goTemplate: template } : prompt);
    expect(Object.keys(JSON.parse(text))).toEqual(["n"]);
  });

  test("a schema and tools: an answer or a call", async () => {
    const { text, calls } = await answer(go, { ...asked, tools: [weather], jsonSchema });
    if (calls.length === 0) expect(Object.keys(JSON.parse(text))).toEqual(["n"]);
    else expect(calls[0]?.name).toBe("get_weather");
  });

  test("clients' old thinking is left out, and what the model is told of it", async () => {
    const goTemplate = `{{ .Think }} {{ .ThinkLevel }} {{ .IsThinkSet }} ${thinks("")}`;
    const messages = [
      says("user", "1"),
      says("assistant", "<think>Hm</think>\n2"),
      says("user", "3"),
    ];
    const rendered = async (more: Partial<ChatPrompt>, engine = unasked) =>
      (
        await engine.call("applyTemplate", {
          prompt: { ...chat(...messages), goTemplate, ...more },
        })
      ).text;
    const unasked = load({ reasoning: "auto" });
    expect(await rendered({})).toStartWith("true  true <|im_start|>user\n1");
    expect(await rendered({})).toContain("assistant\n2<|im_end|>");
    expect(await rendered({ enableThinking: false })).toStartWith("false  true ");
    expect(await rendered({ thinkLevel: "high" })).toStartWith("true high true ");
    // The tiny model's file says that it thinks only when it is asked to.
    expect(await rendered({}, own)).toStartWith("false  true <|im_start|>user\n1");
    expect(await rendered({ enableThinking: true }, own)).toStartWith("true  true ");
  });
});

describe("pictures", () => {
  const bytes = Uint8Array.fromBase64(
    pngOf({ shape: "circle", colour: colours.red, background: colours.white }),
  );
  const question = (...parts: Message["parts"]) => chat({ role: "user", parts });
  const picture = { type: "media" as const, bytes };
  const text = (said: string) => ({ type: "text" as const, text: said });
  const mmprojPath = modelPath.replace("text", "mmproj");

  test("stand where they do for the model's own template", async () => {
    const sees = { modelPath, mmprojPath, nCtx: 1024, nParallel: 2, kvUnified: true };
    const [a, b] = [
      new EngineInProcess(sees),
      new EngineInProcess({ ...sees, chat: { goTemplate } }),
    ];
    const prompt = question(picture, text("What colour is the circle?"));
    const expected = await answer(a, prompt);
    expect(expected.text.toLowerCase()).toContain("red");
    expect(await answer(b, prompt)).toEqual(expected);
    const placed = question(picture, text("[img]What colour is the circle?"));
    expect(await answer(b, placed)).toEqual(expected);
  });

  test("that the template leaves out, or repeats, are missed", async () => {
    const engine = new EngineInProcess({ modelPath, mmprojPath, nCtx: 1024 });
    const shown = (goTemplate: string) =>
      answer(engine, { ...question(picture, text("Which?")), goTemplate });
    const invalid = (message: string) => ({ code: "invalid_request", message });
    const none = invalid("the chat template shows 0 of 1 pictures");
    await expect(shown("Hello")).rejects.toMatchObject(none);
    const twice = invalid("the chat template shows 2 of 1 pictures");
    await expect(shown("{{ .Prompt }}{{ .Prompt }}!")).rejects.toMatchObject(twice);
  });
});

test("the original is used where the Go template was only derived from it", () => {
  const derived = detectTemplate(own.info.chatTemplate);
  expect(derived?.name).toBe("chatml-thinking");
  expect(load({ goTemplate: derived?.template ?? "" }).info.goTemplate).toBeUndefined();
});
