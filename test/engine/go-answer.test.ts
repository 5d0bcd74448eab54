import { describe, expect, test } from "bun:test";
import { Answer } from "../../src/engine/answer.ts";
import { type AnswerForm, GoAnswerParser } from "../../src/engine/go-answer.ts";

const thinking = { open: "<think>", close: "</think>", isOpen: false };
const calls = { tag: "<tool_call>", names: ["get", "get_weather"] };
const bare = { ...calls, tag: "{" };
const both: AnswerForm = { thinking, calls };

interface Outcome {
  content: string;
  reasoning: string;
  calls: [string, string][];
}

function outcome({ content, reasoning, tool_calls }: ReturnType<GoAnswerParser["parse"]>): Outcome {
  return {
    content,
    reasoning,
    calls: tool_calls.map(({ name, arguments: text }) => [name, text]),
  };
}

/** What events make of a text that comes character by character. */
function streamed(form: AnswerForm, text: string): Outcome & { nPieces: number } {
  const answer = new Answer([], new GoAnswerParser(form));
  const bytes = Array.from(text, (c) => Buffer.from(c));
  const pieces = [...bytes.flatMap((byte) => answer.push(byte).pieces), ...answer.finish(false)];
  const result: Outcome = { content: "", reasoning: "", calls: [] };
  for (const piece of pieces) {
    if (piece.type === "text") result.content += piece.text;
    else if (piece.type === "reasoning") result.reasoning += piece.text;
    else if (piece.type === "tool_call") result.calls.push([piece.name ?? "?", piece.arguments]);
  }
  return { ...result, nPieces: pieces.length };
}

const weather = '{"name": "get_weather", "arguments": {"city": "Oslo"}}';
const oslo: [string, string] = ["get_weather", '{"city": "Oslo"}'];

describe("answers to conversations that Go templates rendered", () => {
  const rows: [string, AnswerForm, string, Partial<Outcome>][] = [
    ["plain text", both, "Hello there.", { content: "Hello there." }],
    ["thinking", both, "<think>\nHm.\n</think>\n\nYes.", { reasoning: "Hm.", content: "Yes." }],
    [
      "white space before it",
      both,
      "\n <think>Hm.</think>Yes",
      { reasoning: "Hm.", content: "Yes" },
    ],
    ["thinking that does not end", both, "<think>Hm. </thi", { reasoning: "Hm. </thi" }],
    ["a tag later on is text", both, "No <think>a</think>", { content: "No <think>a</think>" }],
    ["half a tag is text", both, "<thin", { content: "<thin" }],
    [
      "thinking that the prompt began",
      { ...both, thinking: { ...thinking, isOpen: true } },
      "Hm.</think>Yes.",
      { reasoning: "Hm.", content: "Yes." },
    ],
    [
      "thinking that the prompt began, and the model again",
      { ...both, thinking: { ...thinking, isOpen: true } },
      "<think>Hm.</think>Yes.",
      { reasoning: "Hm.", content: "Yes." },
    ],
    ["a call", both, `<tool_call>\n${weather}\n</tool_call>`, { calls: [oslo] }],
    [
      "thinking, prose and a call",
      both,
      `<think>Hm.</think>Let me see.\n<tool_call>${weather}`,
      { reasoning: "Hm.", content: "Let me see.", calls: [oslo] },
    ],
    [
      "several calls",
      both,
      `<tool_call>${weather}</tool_call>\n<tool_call>{"name":"get","arguments":{}}</tool_call>`,
      { calls: [oslo, ["get", "{}"]] },
    ],
    [
      "a list of calls",
      { ...both, calls: { ...calls, tag: "[TOOL_CALLS]" } },
      `[TOOL_CALLS] [${weather}, ${weather}]`,
      { calls: [oslo, oslo] },
    ],
    ["a bare call", { thinking, calls: bare }, weather, { calls: [oslo] }],
    ["a bare list", { thinking, calls: { ...bare, tag: "[" } }, `[${weather}]`, { calls: [oslo] }],
    [
      "parameters for arguments, and numbers as they are",
      { thinking, calls: bare },
      '{"type":"function","name":"get","parameters":{"a":12345678901234567890,"b":1.0}}',
      { calls: [["get", '{"a":12345678901234567890,"b":1.0}']] },
    ],
    [
      "a function within",
      { thinking, calls: bare },
      '{"type":"function","function":{"name":"get","arguments":{"a":"}{"}}}',
      { calls: [["get", '{"a":"}{"}']] },
    ],
    [
      "arguments in a string",
      both,
      '<tool_call>{"name":"get","arguments":"{\\"a\\":1}"}',
      { calls: [["get", '{"a":1}']] },
    ],
    ["a call without arguments", both, '<tool_call>{"name":"get"}', { calls: [["get", "{}"]] }],
    [
      "a name before its arguments",
      { thinking, calls: { ...calls, tag: "[TOOL_CALLS]" } },
      '[TOOL_CALLS]get_weather[ARGS]{"city": "Oslo"}',
      { calls: [oslo] },
    ],
    [
      "JSON that is no call",
      { thinking, calls: bare },
      '{"capital": "Oslo"}',
      { content: '{"capital": "Oslo"}' },
    ],
    [
      "a tool that there is not",
      both,
      '<tool_call>{"name":"rm","arguments":{}}</tool_call>',
      { content: '<tool_call>{"name":"rm","arguments":{}}</tool_call>' },
    ],
    [
      "a call that was cut off",
      both,
      '<tool_call>{"name":"get","arg',
      { content: '<tool_call>{"name":"get","arg' },
    ],
    ["a brace in prose", { thinking, calls: bare }, "Use { and }.", { content: "Use { and }." }],
    ["no tools", { thinking, calls: null }, weather, { content: weather }],
    ["white space at the end", both, "Yes. \n", { content: "Yes. \n" }],
  ];
  const nothing: Outcome = { content: "", reasoning: "", calls: [] };

  test.each(rows)("%s", (_, form, text, expected) => {
    const whole = outcome(new GoAnswerParser(form).parse(text, false));
    expect(whole).toEqual({ ...nothing, ...expected });
    const { nPieces, ...pieces } = streamed(form, text);
    expect(pieces).toEqual(whole);
  });

  test("text and thinking come as they are written, calls when they are whole", () => {
    const text = "<think>one two</think>three four";
    expect(streamed(both, text).nPieces).toBeGreaterThan(10);
    expect(streamed({ thinking, calls: bare }, '{"capital": "Oslo"}').nPieces).toBeGreaterThan(5);
    const open = new GoAnswerParser(both).parse('A<tool_call>{"name": "get", "arguments"', true);
    expect(outcome(open)).toEqual({ ...nothing, content: "A" });
  });
});
