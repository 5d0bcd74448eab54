import { describe, expect, test } from "bun:test";
import { Answer, type AnswerParser } from "../../src/engine/answer.ts";
import { type AnswerForm, GoAnswerParser } from "../../src/engine/go-answer.ts";
import { randomNumbers, randomTokens, told } from "../support/free-text.ts";

const thinking = { open: "<think>", close: "</think>", isOpen: false };
const calls = { tag: "<tool_call>", names: ["get_weather"] };
const forms: [string, AnswerForm][] = [
  ["thinking", { thinking, calls: null }],
  ["thinking that the prompt began", { thinking: { ...thinking, isOpen: true }, calls: null }],
  ["calls", { thinking: null, calls }],
  ["thinking and calls", { thinking, calls }],
  ["bare calls", { thinking: null, calls: { ...calls, tag: "{" } }],
];

describe("text that the parser is spared", () => {
  test.each(forms)("is shown token by token as if it were not: %s", (_name, form) => {
    const parser = new GoAnswerParser(form);
    const marks = [
      "<think>",
      "</think>",
      "<tool_call>",
      '{"name": "get_weather", "arguments": {}}',
    ];
    const random = randomNumbers(7);
    for (let i = 0; i < 300; i++) {
      const tokens = randomTokens(random, marks);
      expect([tokens, told(parser, parser.bounds, tokens)]).toEqual([
        tokens,
        told(parser, null, tokens),
      ]);
    }
  });

  test("is most of a long answer, however long that is", () => {
    const inner = new GoAnswerParser({ thinking, calls });
    let nChars = 0;
    const parser: AnswerParser = {
      bounds: inner.bounds,
      parse(text, isPartial) {
        nChars += text.length;
        return inner.parse(text, isPartial);
      },
    };
    const answer = new Answer([], parser);
    const words = ["A", " <b>", "word", "</b>", ",", "\n", "then", ' "more"', "."];
    for (let i = 0; i < 9000; i++) answer.push(Buffer.from(words[i % words.length] ?? ""));
    answer.finish(false);
    expect(nChars).toBeLessThan(9000 * 100); // each time anew, it would be 100 million
  });
});
