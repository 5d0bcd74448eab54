import { afterAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root } from "../../scripts/paths.ts";
import type { Answer } from "../../scripts/tiny-eval/ask.ts";
import type { Expectation } from "../../scripts/tiny-eval/case-schema.ts";
import { type ChatCase, readCases } from "../../scripts/tiny-eval/cases.ts";
import { faultOf, hasWords, schemaFault } from "../../scripts/tiny-eval/judge.ts";
import { parseOptions, reportPath } from "../../scripts/tiny-eval/options.ts";
import { markdownReport } from "../../scripts/tiny-eval/report.ts";
import type { Outcome } from "../../scripts/tiny-eval/run.ts";
import { pooled, scoresOf } from "../../scripts/tiny-eval/scores.ts";
import { areaUnderRoc, cosine, wilsonInterval } from "../../scripts/tiny-eval/statistics.ts";
import { resultOf, targets } from "../../scripts/tiny-eval/targets.ts";
import { saying, weather } from "../support/answers.ts";

const dir = mkdtempSync(join(tmpdir(), "hutch-tiny-eval-test-"));
afterAll(() => rmSync(dir, { recursive: true }));

describe("an answer is judged", () => {
  test.each<[string, Answer, Expectation, boolean]>([
    ["the whole of it", saying(" Paris.\n"), { exact: "Paris." }, true],
    ["more than the whole", saying("It is Paris."), { exact: "Paris." }, false],
    ["one of several", saying("Madrid"), { exact: ["Madrid", "Madrid."] }, true],
    ["all words", saying("paris is in FRANCE"), { contains: ["Paris", "France"] }, true],
    ["a word missing", saying("Paris"), { contains: ["Paris", "France"] }, false],
    ["one word of several", saying("It is 7."), { contains: [["seven", "7"]] }, true],
    ["a forbidden word", saying("Yes, I am."), { notContains: ["yes"] }, false],
    ["a chance hit", saying("The square is blue."), { about: ["sky"] }, false],
    ["what it is about", saying("The sky is blue."), { about: ["sky"] }, true],
    ["a word alone", saying("Light blue."), { about: ["sky"] }, true],
    ["the last number", saying("7 + 6 = 13."), { number: 13 }, true],
    ["another number at the end", saying("13 + 6 = 19."), { number: 13 }, false],
    ["a number in words", saying("Three and four are Seven."), { number: 7 }, true],
    ["no number", saying("Many."), { number: 7 }, false],
    ["capital letters", saying("ROME: 3 ÄPFEL!"), { isUpperCase: true }, true],
    ["a small letter", saying("ROMe"), { isUpperCase: true }, false],
    ["nothing in capital letters", saying(""), { isUpperCase: true }, false],
    ["any JSON", saying('{"a": 1}'), { isJson: true }, true],
    ["no JSON", saying("a: 1"), { isJson: true }, false],
    ["JSON in another order", saying('{"b":2, "a":1}'), { json: { a: 1, b: 2 } }, true],
    ["JSON with too much", saying('{"a":1,"b":2}'), { json: { a: 1 } }, false],
    ["JSON with a text for a number", saying('{"a":"1"}'), { json: { a: 1 } }, false],
    ["a thought", saying("4", { thought: "2 + 2" }), { thinks: true }, true],
    ["no thought", saying("4"), { thinks: true }, false],
  ])("%s", (_, answer, expectation, isRight) => {
    expect(faultOf(answer, expectation) === undefined).toBe(isRight);
  });

  test.each<[string, Answer, string[], boolean]>([
    ["the call", saying("", { calls: [weather("Paris")] }), ["Paris"], true],
    [
      "two calls in another order",
      saying("", { calls: [weather("Rome"), weather("Paris")] }),
      ["Paris", "Rome"],
      true,
    ],
    [
      "one call twice",
      saying("", { calls: [weather("Paris"), weather("Paris")] }),
      ["Paris", "Rome"],
      false,
    ],
    ["one too many", saying("", { calls: [weather("Paris"), weather("Rome")] }), ["Paris"], false],
    ["none", saying("Sunny."), ["Paris"], false],
    ["no call where none fits", saying("Bye!"), [], true],
    ["nothing at all", saying(""), [], false],
    ["a call where none fits", saying("Bye!", { calls: [weather("Bye")] }), [], false],
  ])("by its calls: %s", (_, answer, cities, isRight) => {
    const fault = faultOf(answer, { calls: cities.map(weather) });
    expect(fault === undefined).toBe(isRight);
  });

  test("the fault says what was expected", () => {
    expect(faultOf(saying("Rome"), { contains: [["a", "b"]] })).toBe('with "a" or "b"');
    expect(faultOf(saying("x"), { calls: [weather("Oslo")] })).toBe('get_weather({"city":"Oslo"})');
  });

  test.each([
    ["13", "3", false],
    ["3.", "3", true],
    ["a catch", "cat", false],
    ["CAT!", "cat", true],
    ["I don’t", "don't", true],
    ["http://localhost:11434/v1/chat", "/v1/chat", true],
    ["POST /v1/chat/completions.", "/v1/chat/completions", true],
    ["Brasília", "Brasil", false],
    ["say (hutch pull) now", "hutch pull", true],
  ])("%p has the words %p: %p", (text, words, has) => expect(hasWords(text, words)).toBe(has));

  test("a schema's answer must be JSON, and fit", () => {
    const schema = {
      type: "object",
      properties: { city: { type: "string" }, n: { type: "integer" } },
      required: ["city"],
      additionalProperties: false,
    };
    expect(schemaFault('{"city": "Rome", "n": 3}', schema)).toBeUndefined();
    expect(schemaFault('{"city": "Rome"', schema)).toBe("JSON");
    expect(schemaFault('{"n": 3}', schema)).toContain("schema");
    expect(schemaFault('{"city": "Rome", "n": 3.5}', schema)).toContain("schema");
  });
});

describe("statistics", () => {
  test("the area under the ROC curve", () => {
    expect(areaUnderRoc([3, 4], [1, 2])).toBe(1);
    expect(areaUnderRoc([1, 2], [3, 4])).toBe(0);
    expect(areaUnderRoc([1, 1], [1, 1])).toBe(0.5);
    expect(areaUnderRoc([1, 3], [2, 2, 0])).toBeCloseTo(4 / 6);
    expect(areaUnderRoc([], [1])).toBeNaN();
  });

  test("Wilson's interval", () => {
    const [low, high] = wilsonInterval(50, 100);
    expect([low.toFixed(3), high.toFixed(3)]).toEqual(["0.404", "0.596"]);
    expect(wilsonInterval(10, 10)[1]).toBeCloseTo(1);
    expect(wilsonInterval(10, 10)[0]).toBeCloseTo(0.722, 2);
    expect(wilsonInterval(0, 0)).toEqual([0, 1]);
  });

  test("cosines", () => {
    expect(cosine([1, 2], [2, 4])).toBeCloseTo(1);
    expect(cosine([1, 0], [0, 1])).toBe(0);
    expect(cosine([0, 0], [0, 1])).toBe(0);
  });
});

function caseFile(name: string, data: unknown): string {
  const path = join(dir, name);
  writeFileSync(path, JSON.stringify(data));
  return path;
}

function chatCases(path: string): ChatCase[] {
  return readCases(path).filter((one): one is ChatCase => one.kind === "chat");
}

describe("a file of cases", () => {
  test("the committed one is read, and all of it can be asked", () => {
    const cases = readCases(join(root, "scripts/tiny/eval/free-wording.json"), "free");
    expect(cases.length).toBeGreaterThan(150);
    expect(cases.every(({ wording }) => wording === "free")).toBe(true);
    const skills = new Set(cases.map(({ skill }) => skill));
    for (const skill of ["refusal", "no tool call", "tool call"]) expect(skills).toContain(skill);
  });

  test("questions become messages, with pictures before the first of them", () => {
    writeFileSync(join(dir, "red.png"), "red");
    const common = { skill: "x", expect: { exact: "x" } };
    const [one, talk] = chatCases(
      caseFile("pictures.json", [
        { ...common, system: "Be brief.", question: "What is it?", image: "red.png" },
        { ...common, question: ["What is it?", "A circle.", "What color?"], image: ["red.png"] },
      ]),
    );
    expect(one?.ask.messages.map(({ role }) => role)).toEqual(["system", "user"]);
    expect(one?.ask.messages[1]?.images).toEqual([{ base64: "cmVk", mediaType: "image/png" }]);
    expect(talk?.ask.messages.map(({ role }) => role)).toEqual(["user", "assistant", "user"]);
    expect(talk?.ask.messages.map(({ images }) => images.length)).toEqual([1, 0, 0]);
  });

  test("results find their calls in order, and tools their names", () => {
    const tool = { name: "get_weather", parameters: { type: "object" } };
    const [one] = chatCases(
      caseFile("tools.json", {
        tools: { weather: { type: "function", function: tool } },
        cases: [
          {
            ...{ skill: "x", expect: { calls: [] }, tools: ["weather", tool] },
            messages: [
              { role: "user", content: "Rome and Oslo?" },
              { role: "assistant", calls: [weather("Rome"), weather("Oslo")] },
              { role: "tool", content: "hot" },
              { role: "tool", content: "cold" },
            ],
          },
        ],
      }),
    );
    expect(one?.ask.tools).toEqual([tool, tool]);
    const answered = one?.ask.messages.slice(2).map(({ answers }) => answers);
    expect(answered).toEqual([
      { ...weather("Rome"), id: "call_0" },
      { ...weather("Oslo"), id: "call_1" },
    ]);
  });

  test.each<[object, string]>([
    [{ skill: "x", question: "?", expect: {} }, "case 1/expect"],
    [{ skill: "x", question: "?", expect: { contain: ["a"] } }, "case 1/expect/contain"],
    [{ skill: "x", expect: { exact: "a" } }, "case 1: it takes either"],
    [{ skill: "x", question: "?", tools: ["no"], expect: { exact: "a" } }, 'no tool "no"'],
    [{ kind: "chess", skill: "x" }, "no such kind: chess"],
    [
      { skill: "x", messages: [{ role: "tool", content: "1" }], expect: { exact: "a" } },
      "a result of no call",
    ],
  ])("%p is refused", (entry, message) => {
    expect(() => readCases(caseFile("bad.json", [entry]))).toThrow(message);
  });
});

describe("the report", () => {
  const answered = (skill: string, wording: "seen" | "free", fault?: string): Outcome => ({
    ...{ kind: "answered", skill, wording, dialect: "OpenAI" },
    ...{ asked: "a `b`?", answered: "c\nd" },
    ...(fault !== undefined && { fault }),
  });
  const outcomes = [
    ...Array.from({ length: 49 }, () => answered("facts: colours", "seen")),
    answered("facts: capitals", "seen", "Rome"),
    answered("greeting", "free"),
  ];
  const scores = scoresOf(outcomes);

  test("a target counts the skills below it, and is missed without cases", () => {
    const results = targets.map((target) => resultOf(target, scores));
    expect(results[0]).toMatchObject({ n: 50, value: 0.98, isMet: true });
    expect(results[1]).toMatchObject({ n: 0, isMet: false });
    expect(results[2]).toMatchObject({ n: 1, value: 1, isMet: true });
    expect(pooled(scores)).toEqual({ value: 50 / 51, n: 51 });
  });

  test("names every row, its misses, and the targets", () => {
    const text = markdownReport({
      ...{ date: "2026-01-01", command: "npm run tiny:eval", version: "hutch 1" },
      ...{ files: { "text model": "`a.gguf`" }, scores, dialects: ["OpenAI", "Nitro"] },
    });
    expect(text).toContain(`2 of ${targets.length} targets are met`);
    expect(text).toMatch(/\| facts: colours +\| +as trained \| +100 % \| +93–100 \| +49 \|/);
    expect(text).toContain("### facts: capitals, as trained: 1 of 1 wrong");
    expect(text).toContain("- `` a `b`? ``\n  got `c ⏎ d`, expected `Rome` (OpenAI)");
    expect(text).toContain("- text model: `a.gguf`");
  });
});

describe("options", () => {
  test("a report of a part, or of another model, is not kept as the documented one", () => {
    const path = (...args: string[]) => {
      const options = parseOptions(args);
      if (options === "help") throw new Error("help");
      return reportPath(options, "docs");
    };
    expect(path()).toBe("docs");
    expect(path("--free")).toBeUndefined();
    expect(path("--only", "facts")).toBeUndefined();
    expect(path("--model", "a.gguf")).toBeUndefined();
    expect(path("--free", "--out", "here")).toBe("here");
  });

  test("what makes no sense is refused", () => {
    expect(() => parseOptions(["--parallel", "0"])).toThrow("--parallel");
    expect(() => parseOptions(["--mmproj", "a"])).toThrow("--model");
    expect(() => parseOptions(["--free", "--cases", "a"])).toThrow("--cases");
  });
});
