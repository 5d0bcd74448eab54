import type { TextBounds } from "../../ffi/text-bounds.ts";
import { Answer, type AnswerParser } from "../../src/engine/answer.ts";

/** Numbers from 0 to 1, the same for the same seed. */
export function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

const words = [
  ..."Hello| the| word|.|, |\n|\n\n| |é|日本|🦊| x = 1;|a<b|<|>|</|{|}|[|]|\"|\\n|'|:| 42|()".split(
    "|",
  ),
  "|",
  "<tool",
  "_call",
  "think",
];

/** What a model may write: words, and among them `marks`, whole or in pieces. */
export function randomTokens(random: () => number, marks: readonly string[]): string[] {
  const pick = (from: readonly string[]) => from[Math.floor(random() * from.length)] ?? "";
  const nMax = 5 + random() * 60;
  const tokens: string[] = [];
  while (tokens.length < nMax) tokens.push(random() < 0.15 ? pick(marks) : pick(words));
  if (random() < 0.3) return [...tokens.join("")];
  if (random() < 0.5) return tokens.join("").match(/[\s\S]{1,4}/gu) ?? [];
  return tokens;
}

/** All that an answer says, token by token. @param bounds null: each token's text is parsed */
export function told(
  parser: AnswerParser,
  bounds: TextBounds | null,
  tokens: readonly string[],
): unknown[] {
  const parse = parser.parse.bind(parser);
  const answer = new Answer([], { bounds, parse }, { newCallId: () => "call_1" });
  const pushed = tokens.map((token) => [answer.push(Buffer.from(token)), answer.nReasoning]);
  return [...pushed, answer.finish(tokens.length % 2 === 0), answer.hasToolCalls];
}
