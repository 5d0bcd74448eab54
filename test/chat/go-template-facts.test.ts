import { describe, expect, test } from "bun:test";
import { callFormOf } from "../../src/chat/go-call-form.ts";
import { goTemplateFacts } from "../../src/chat/go-template-facts.ts";
import { packageTemplates } from "../golden/go-template/data.ts";

const calls = (text: string) => `{{range .Messages}}{{if .ToolCalls}}${text}{{end}}{{end}}`;

describe("goTemplateFacts", () => {
  test.each([
    ["{{ .Prompt }}", []],
    ["{{ .Prompt }}{{ .Suffix }}", ["insert"]],
    ["{{ if $.Tools }}{{ end }}", ["tools"]],
    ["{{ if (and .A (not $.Think)) }}{{ end }}", ["thinking"]],
    ["{{ range .Messages }}{{ .Thinking }}{{ end }}", ["thinking"]],
    ['{{ define "x" }}{{ .Tools }}{{ end }}', ["tools"]],
    ["{{/* .Tools */}} .Tools", []],
  ] as const)("%s can %p", (text, capabilities) => {
    expect(goTemplateFacts(text).capabilities).toEqual([...capabilities]);
  });

  test.each([
    ["{{range .Messages}}{{if .Thinking}}<think>\n{{.Thinking}}\n</think>{{end}}{{end}}", true],
    ["{{range $m := .Messages}}<think>{{$m.Thinking}}</think>{{end}}", true],
    ["{{range .Messages}}a{{if .Thinking}}<think>{{.Thinking}}</think>{{end}}b{{end}}", true],
    ["{{if .Thinking}}<think>{{.Thinking}}</think>{{end}}", false],
    ["{{range .Messages}}{{.Thinking}}</think>{{end}}", false],
  ])("the tags of %s", (text, has) => {
    expect(goTemplateFacts(text).thinkingTags).toEqual(has ? ["<think>", "</think>"] : null);
  });

  test.each([
    [calls('\n<tool_call>\n{"name": "{{.Name}}"}'), "<tool_call>"],
    [calls('{{range .ToolCalls}}{"name":{{end}}'), "{"],
    [calls('[{{range .ToolCalls}}{"name":{{end}}]'), "["],
    [calls('[TOOL_CALLS] [{{range .ToolCalls}}{"name":{{end}}]'), "[TOOL_CALLS]"],
    [calls('{{ "\\n" }}{{ print "<call>{" }}'), "<call>"],
    [calls("{{ .Content }}<call>"), "{"],
    ["{{range .Messages}}{{.Content}}{{end}}", null],
  ])("the tag of %s", (text, tag) => {
    expect(goTemplateFacts(text).toolTag).toBe(tag);
  });

  test("a template that does not parse is refused in Go's words", () => {
    expect(() => goTemplateFacts("{{ .Prompt }")).toThrow(
      'template error: template: :1: unexpected "}" in operand',
    );
  });

  test("every template of the package has facts", () => {
    const facts = [...packageTemplates().values()].map(goTemplateFacts);
    const count = (what: "tools" | "insert" | "thinking") =>
      facts.filter(({ capabilities }) => capabilities.includes(what)).length;
    expect([count("tools"), count("insert"), count("thinking")]).toEqual([27, 4, 3]);
  });
});

describe("callFormOf", () => {
  test.each([
    [
      calls('<tool_call>\n{"name": "{{.N}}", "arguments": {{.A}}}\n</tool_call>'),
      ["<tool_call>", false, "</tool_call>", "name", "arguments"],
    ],
    [
      calls('[TOOL_CALLS] [{{range .T}}{"name": "{{.N}}", "arguments": {{.A}}}{{end}}]</s>'),
      ["[TOOL_CALLS]", true, "</s>", "name", "arguments"],
    ],
    [
      calls('{"tool_name": "{{.N}}", "parameters": {{.A}}}'),
      ["", false, "", "tool_name", "parameters"],
    ],
  ] as const)("%s", (text, [before, isList, after, nameKey, argumentsKey]) => {
    expect(callFormOf(text)).toEqual({ before, isList, after, nameKey, argumentsKey });
  });

  test("calls that are no JSON have no form", () => {
    expect(callFormOf(calls("<call>{{.Name}}({{.Arguments}})"))).toBeNull();
    expect(callFormOf("{{ .Prompt }}")).toBeNull();
  });
});
