import { describe, expect, test } from "bun:test";
import { type GoPrompt, GoPromptTemplate } from "../../src/chat/go-prompt.ts";
import type { Message } from "../../src/core/messages.ts";

const says = (role: Message["role"], ...texts: string[]): Message => ({
  role,
  parts: texts.map((text) =>
    text === "(picture)" ? { type: "media", bytes: new Uint8Array() } : { type: "text", text },
  ),
});

function render(template: string, messages: Message[], more: Partial<GoPrompt> = {}): string {
  const prompt = { messages, tools: [], think: null, marker: "<m>", ...more };
  return new GoPromptTemplate(template).render(prompt);
}

const each = "{{range .Messages}}[{{.Role}}: {{.Content}}]{{end}}";

describe("GoPromptTemplate", () => {
  test("messages of the same role become one, but for those of tools", () => {
    const messages = [
      says("user", "a"),
      says("user", "b"),
      says("tool", "c"),
      says("tool", "d"),
      says("assistant", "e"),
    ];
    expect(render(each, messages)).toBe("[user: a\n\nb][tool: c][tool: d][assistant: e]");
  });

  test("system messages are in .System and stay in .Messages", () => {
    const messages = [says("system", "a"), says("user", "b"), says("system", "c")];
    expect(render(`{{.System}}|${each}`, messages)).toBe("a\n\nc|[system: a][user: b][system: c]");
  });

  test("a template without messages is used for each turn, and ends where the answer begins", () => {
    const messages = [
      says("system", "s"),
      says("user", "1"),
      says("assistant", "2"),
      says("user", "3"),
    ];
    const template = "{{if .System}}<{{.System}}>{{end}}({{.Prompt}})[{{.Response}}];";
    expect(render(template, messages)).toBe("<s>(1)[2];(3)[");
    expect(render("{{if .Prompt}}({{.Prompt}}){{.Response}}.{{end}}!", messages)).toBe("(1)2.!(3)");
  });

  test("a template with neither messages nor an answer has the answer at its end", () => {
    expect(render("({{.Prompt}})", [says("user", "1"), says("assistant", "2")])).toBe("(1)2");
  });

  test("markers stand where the pictures do, or where the user wants them", () => {
    expect(render("{{.Prompt}}", [says("user", "(picture)", "what?")])).toBe("<m>what?");
    const placed = says("user", "(picture)", "(picture)", "in [img] what?");
    expect(render("{{.Prompt}}", [placed])).toBe("<m>in <m> what?");
    expect(render("{{range .Messages}}{{len .Images}}{{end}}", [placed])).toBe("2");
  });

  test("a suffix is rendered with what comes before it, and nothing else", () => {
    const template = "{{if .Suffix}}<{{.Prompt}}|{{.Suffix}}|{{.System}}>{{else}}no{{end}}";
    const messages = [says("system", "s"), says("user", "a")];
    expect(render(template, messages, { suffix: "b" })).toBe("<a|b|<no value>>");
  });

  test.each([
    [null, undefined, "false  false"],
    [false, undefined, "false  true"],
    [true, "high", "true high true"],
  ])("think %p, level %p", (think, thinkLevel, expected) => {
    const template = "{{.Think}} {{.ThinkLevel}} {{.IsThinkSet}}";
    expect(render(template, [says("user", "a")], { think, thinkLevel })).toBe(expected);
  });

  test("tools and arguments keep the order in which they were sent, and all that schemas say", () => {
    const parameters = {
      type: "object",
      properties: { z: { minimum: 1, type: "integer" }, a: { type: ["string", "null"] } },
      required: ["z"],
      additionalProperties: false,
    };
    const tools = [{ name: "f", description: "d", parameters }];
    const call = { id: "1", name: "f", arguments: '{"z": 1, "a": {"y": 2, "b": "<"}}' };
    const messages: Message[] = [
      says("user", "a"),
      { role: "assistant", parts: [], toolCalls: [call, { ...call, id: "2" }] },
    ];
    const template =
      "{{.Tools}}{{range .Tools}}{{range $k, $p := .Function.Parameters.Properties}} {{$k}}" +
      "{{$p.Type}}{{end}}{{end}}\n{{range .Messages}}{{range .ToolCalls}}{{.ID}}" +
      "{{.Function.Index}}{{.Function.Name}}{{.Function.Arguments}}" +
      "{{range $k, $v := .Function.Arguments}}{{$k}}{{end}}{{.Function.Arguments.z}};{{end}}{{end}}";
    expect(render(template, messages, { tools }).split("\n")).toEqual([
      '[{"type":"function","function":{"name":"f","description":"d","parameters":' +
        '{"type":"object","required":["z"],"properties":{"z":{"type":"integer","minimum":1},' +
        '"a":{"type":["string","null"]}},"additionalProperties":false}}}] zinteger a[string null]',
      '10f{"z":1,"a":{"y":2,"b":"\\u003c"}}za1;21f{"z":1,"a":{"y":2,"b":"\\u003c"}}za1;',
    ]);
  });

  test("arguments that are no object are refused", () => {
    const call = { id: "1", name: "f", arguments: "[1" };
    const messages: Message[] = [{ role: "assistant", parts: [], toolCalls: [call] }];
    expect(() => render(each, messages)).toThrow("must be a JSON object");
  });
});
