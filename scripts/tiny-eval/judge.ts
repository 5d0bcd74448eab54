import { isDeepStrictEqual } from "node:util";
import { z } from "zod";
import { type Answer, type Call, type JsonObject, parsedJson } from "./ask.ts";
import type { Expectation } from "./case-schema.ts";

/** Why the answer is wrong, as what was expected instead; undefined: it is right. */
export function faultOf(answer: Answer, expect: Expectation): string | undefined {
  const text = answer.text.trim();
  return (
    callsFault(answer, expect.calls) ??
    exactFault(text, expect.exact) ??
    wordsFault(text, expect) ??
    aboutFault(text, expect.about) ??
    numberFault(text, expect.number) ??
    formFault(text, expect) ??
    (expect.thinks && answer.thought.trim() === "" ? "a thought before it" : undefined)
  );
}

function exactFault(text: string, exact: Expectation["exact"]): string | undefined {
  const right = exact === undefined ? [] : [exact].flat();
  if (right.length === 0 || right.some((one) => one.trim() === text)) return undefined;
  return right.map(quoted).join(" or ");
}

function wordsFault(
  text: string,
  { contains = [], notContains = [] }: Expectation,
): string | undefined {
  const missing = contains.find((words) => ![words].flat().some((word) => hasWords(text, word)));
  if (missing !== undefined) return `with ${[missing].flat().map(quoted).join(" or ")}`;
  const wrong = notContains.find((word) => hasWords(text, word));
  return wrong === undefined ? undefined : `without ${quoted(wrong)}`;
}

/** Words of an answer that need not say what they are about. */
const nBareWords = 2;

function aboutFault(text: string, about: readonly string[] = []): string | undefined {
  const isBare = text.split(/\s+/).length <= nBareWords;
  if (isBare || about.length === 0 || about.some((word) => hasWords(text, word))) return undefined;
  return `about ${about.map(quoted).join(" or ")}`;
}

const numberWords =
  "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen " +
  "sixteen seventeen eighteen nineteen twenty";
const numbers = numberWords.split(" ");
const numberPattern = new RegExp(`-?\\d+|\\b(${numbers.join("|")})\\b`, "gi");

function numberFault(text: string, expected: number | undefined): string | undefined {
  const last = text.match(numberPattern)?.at(-1)?.toLowerCase() ?? "";
  if (expected === undefined || last === `${expected}` || last === numbers[expected])
    return undefined;
  return `${expected}`;
}

function formFault(text: string, { isUpperCase, isJson, json }: Expectation): string | undefined {
  if (isUpperCase && (text === "" || /\p{Ll}/u.test(text))) return "in capital letters";
  if (isJson && !isJsonText(text)) return "JSON";
  if (json === undefined || isDeepStrictEqual(parsedJson(text), json)) return undefined;
  return JSON.stringify(json);
}

function callsFault({ calls, text }: Answer, expected: readonly Call[] | undefined) {
  if (expected === undefined) return undefined;
  if (expected.length === 0) {
    return calls.length === 0 && text.trim() !== "" ? undefined : "words, and no call of a tool";
  }
  return areSameCalls(calls, expected) ? undefined : expected.map(callText).join(", ");
}

/** The same calls in any order: who calls two tools at once asks for none to come first. */
function areSameCalls(calls: readonly Call[], expected: readonly Call[]): boolean {
  const rest = [...calls];
  for (const { name, arguments: given } of expected) {
    const i = rest.findIndex((call) =>
      isDeepStrictEqual([call.name, call.arguments], [name, given]),
    );
    if (i < 0) return false;
    rest.splice(i, 1);
  }
  return rest.length === 0;
}

/** Why the text is not what a schema demands; undefined: it is. */
export function schemaFault(text: string, schema: JsonObject): string | undefined {
  if (!isJsonText(text)) return "JSON";
  const result = z.fromJSONSchema(schema).safeParse(JSON.parse(text));
  return result.success ? undefined : `JSON after its schema (${result.error.issues[0]?.message})`;
}

/**
 * Whether the words stand in the text, in any case, and not as parts of other words: 3 is not in
 * 13, nor "cat" in "catch".
 */
export function hasWords(text: string, words: string): boolean {
  const literal = plain(words).replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
  const before = /^[\p{L}\p{N}]/u.test(words) ? "(?<![\\p{L}\\p{N}])" : "";
  const after = /[\p{L}\p{N}]$/u.test(words) ? "(?![\\p{L}\\p{N}])" : "";
  return new RegExp(before + literal + after, "iu").test(plain(text));
}

/** Typographic apostrophes are as good as typed ones. */
const plain = (text: string) => text.replaceAll("’", "'");

function isJsonText(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** `get_weather({"city":"Paris"})`. */
export function callText({ name, arguments: given }: Call): string {
  return `${name}(${JSON.stringify(given)})`;
}

const quoted = (text: string) => JSON.stringify(text);
