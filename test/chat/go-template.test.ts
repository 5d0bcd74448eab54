import { describe, expect, test } from "bun:test";
import { GoPromptTemplate } from "../../src/chat/go-prompt.ts";
import { Budget, type BudgetLimits } from "../../src/chat/go-template/budget.ts";
import { GoTemplate } from "../../src/chat/go-template/template.ts";
import { fromJson, type GoMap } from "../../src/chat/go-template/values.ts";
import { AppError } from "../../src/core/errors.ts";

function render(template: string, data: object = {}): string {
  return GoTemplate.parse(template).render(fromJson(data) as GoMap);
}

function refusal(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof AppError && error.code === "invalid_request") return error.message;
    throw error;
  }
  throw new Error("not refused");
}

describe("what Go has learned since the version that the golden files come from", () => {
  test.each([
    ["{{range $i := 3}}{{$i}}{{end}}", "012"],
    ["{{range 2}}{{.}}{{end}}{{range 0}}x{{else}}none{{end}}", "01none"],
    ["{{with .a}}{{.}}{{else with .b}}{{.}}!{{else}}none{{end}}", "2!"],
    ["{{$x := 0}}{{range $x = .l}}{{end}}{{$x}}", "b"],
  ])("%s", (template, expected) => {
    expect(render(template, { a: "", b: "2", l: ["a", "b"] })).toBe(expected);
  });

  test("two variables do not go over a number", () => {
    expect(refusal(() => render("{{range $i, $x := 3}}{{end}}"))).toContain(
      "can't use 3 to iterate over more than one variable",
    );
  });
});

describe("a rendering's own limits", () => {
  const long = "{{range 100000}}x{{end}}";
  const rendered = (limits: BudgetLimits) =>
    GoTemplate.parse(long).render(fromJson({}) as GoMap, undefined, new Budget(limits));

  test("are named when it takes more", () => {
    expect(rendered({ templateSteps: 1_000_000, templateSeconds: 60 })).toHaveLength(100_000);
    expect(refusal(() => rendered({ templateSteps: 1000, templateSeconds: 60 }))).toContain(
      "it takes more than 1000 steps (--max-template-steps)",
    );
    expect(refusal(() => rendered({ templateSteps: 1_000_000, templateSeconds: 0 }))).toContain(
      "it takes more than 0 s (--max-template-time)",
    );
  });

  test("are for all the turns of a conversation together", () => {
    const template = new GoPromptTemplate("{{ .Prompt }}{{range 1000}}x{{end}}{{ .Response }}");
    const said = (n: number) => ({
      messages: Array.from({ length: n }, (_, i) => ({
        role: i % 2 === 0 ? ("user" as const) : ("assistant" as const),
        parts: [{ type: "text" as const, text: "hi" }],
      })),
      tools: [],
      think: null,
      marker: "",
      limits: { templateSteps: 20_000, templateSeconds: 60 },
    });
    expect(template.render(said(3))).toContain("x");
    expect(refusal(() => template.render(said(99)))).toContain("more than 20000 steps");
  });
});

describe("templates that would never end", () => {
  const nested = (n: number) => "{{if 1}}".repeat(n) + "{{end}}".repeat(n);
  const tenfold = `${"{{range 10}}".repeat(9)}x${"{{end}}".repeat(9)}`;
  const doubling = `{{$s := "0123456789"}}{{range 40}}{{$s = print $s $s}}{{end}}`;
  test.each([
    ["a template that calls itself", '{{define "a"}}{{template "a"}}{{end}}{{template "a"}}'],
    [
      "two that call each other",
      '{{define "a"}}{{template "b"}}{{end}}{{define "b"}}{{template "a"}}{{end}}{{template "a"}}',
    ],
    ["a billion turns", "{{range 1000000000}}{{end}}"],
    ["turns within turns", tenfold],
    ["a text that doubles", doubling],
    ["wide numbers", '{{range 1000000}}{{printf "%1000000d" 1}}{{end}}'],
    ["blocks too deep", nested(10_000)],
    ["parentheses too deep", `{{${"(".repeat(10_000)}1${")".repeat(10_000)}}}`],
    ["too many else-ifs", `{{if 0}}${"{{else if 0}}".repeat(10_000)}{{end}}`],
    ["too many variables", "{{$a := 1}}".repeat(10_000)],
    ["a text that is too long", "x".repeat(2_000_000)],
    ["an unending action", "{{ ".repeat(100_000)],
  ])("%s", (_, template) => {
    expect(refusal(() => render(template))).toStartWith("template error: ");
  });

  test("a width beyond all measure is Go's error in the text", () => {
    expect(render('{{printf "%1000000000d" 1}}')).toBe("%!(NOVERB)%!(EXTRA int=1)");
  });

  test("data that lies too deep in itself is cut", () => {
    let data: object = {};
    for (let i = 0; i < 5000; i++) data = { a: data };
    expect(render("{{.}}", data)).toStartWith("map[a:map[a:");
    expect(render("{{json .}}", data)).toContain("null");
  });

  test("a long conversation is none of these", () => {
    const messages = Array.from({ length: 5000 }, (_, i) => ({ c: `message ${i}` }));
    const template =
      "{{range $i, $_ := .m}}{{$last := eq (len (slice $.m $i)) 1}}{{.c}}{{if $last}}!{{end}}{{end}}";
    expect(render(template, { m: messages })).toEndWith("message 4999!");
  });
});

describe("names of JavaScript's", () => {
  test.each(["constructor", "__proto__", "toString", "hasOwnProperty"])(
    "%s is no field",
    (name) => {
      expect(render(`{{.${name}}}`)).toBe("<no value>");
      expect(refusal(() => render(`{{.l.${name}}}`, { l: [] }))).toContain("can't evaluate field");
      expect(refusal(() => render(`{{${name}}}`))).toContain(`function "${name}" not defined`);
    },
  );
});
