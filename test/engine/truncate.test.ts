import { describe, expect, test } from "bun:test";
import type { Message } from "../../src/core/messages.ts";
import { MediaKeys, TokenList } from "../../src/engine/tokens.ts";
import { cutMiddle, fittingEnd, type Verdict } from "../../src/engine/truncate.ts";

/** A conversation of one word each: "s1" says the system, "u1" the user, and so on. */
const roles = { s: "system", u: "user", a: "assistant", t: "tool" } as const;
const conversation = (words: string): Message[] =>
  words.split(" ").map((text) => ({
    role: roles[text[0] as keyof typeof roles],
    parts: [{ type: "text", text }],
  }));
const wordsOf = (messages: Message[]) =>
  messages.flatMap(({ parts }) => parts.map((part) => (part.type === "text" ? part.text : "")));

const atMost =
  (n: number) =>
  (messages: Message[]): Verdict =>
    messages.length <= n ? "fits" : "too_long";

describe("fittingEnd", () => {
  test.each([
    ["the oldest go", "u1 a1 u2 a2 u3", 3, "u2 a2 u3"],
    ["as few as it takes", "u1 a1 u2 a2 u3", 4, "u2 a2 u3"],
    ["system messages stay, wherever they are", "s1 u1 a1 s2 u2 a2 u3", 5, "s1 s2 u2 a2 u3"],
    ["the last stays, even if it does not fit", "u1 a1 u2", 0, "u2"],
    ["a result keeps its call", "u1 a1 t1 t2", 0, "a1 t1 t2"],
    ["a question goes before what was done about it", "u1 a1 t1 a2 t2", 2, "a2 t2"],
    ["one message is all there is", "u1", 0, "u1"],
    ["as is one with a system message", "s1 u1", 0, "s1 u1"],
    ["without a turn of anybody's nothing goes", "s1 s2", 0, "s1 s2"],
  ])("%s: %s within %p", (_, words, n, kept) => {
    const found = fittingEnd(conversation(words), atMost(n));
    expect(wordsOf(found.messages)).toEqual(kept.split(" "));
    expect(found.nDropped).toBe(words.split(" ").length - kept.split(" ").length);
  });

  test("what the template refuses is not taken, if there is another way", () => {
    const needsUser = (messages: Message[]): Verdict =>
      messages.some(({ role }) => role === "user") ? "too_long" : "refused";
    const found = fittingEnd(conversation("u1 a1 u2 a2 t2 a3 t3"), needsUser);
    expect(wordsOf(found.messages)).toEqual(["u2", "a2", "t2", "a3", "t3"]);
  });

  test("a thousand messages are not rendered a thousand times", () => {
    const words = Array.from({ length: 1000 }, (_, i) => (i % 2 === 0 ? `u${i}` : `a${i}`));
    let nJudged = 0;
    const judge = (messages: Message[]): Verdict => {
      nJudged++;
      return messages.length <= 101 ? "fits" : "too_long";
    };
    const { nDropped } = fittingEnd(conversation(words.join(" ")), judge);
    expect(nDropped).toBe(900);
    expect(nJudged).toBeLessThan(15);
  });
});

describe("cutMiddle", () => {
  const list = (n: number) => TokenList.fromTokens(Array.from({ length: n }, (_, i) => i));

  test.each([
    // tokens, nKeep, nCtx → what is left: the first, and the last so many
    [100, 4, 40, 4, 16],
    [40, 4, 40, 4, 16],
    [100, 0, 40, 0, 20],
    [100, 30, 40, 30, 3],
    [100, 36, 40, 36, 3],
    [9, 0, 4, 0, 3],
  ])("%p tokens with %p kept, for %p", (n, nKeep, nCtx, nFirst, nLast) => {
    const tokens = list(n);
    const nCut = cutMiddle(tokens, nKeep, nCtx);
    const all = list(n).keys;
    expect(tokens.keys).toEqual([...all.slice(0, nFirst), ...all.slice(n - nLast)]);
    expect(nCut).toBe(n - nFirst - nLast);
    expect(tokens.length).toBeLessThan(nCtx);
  });

  test("what fits stays whole", () => {
    const tokens = list(39);
    expect(cutMiddle(tokens, 4, 40)).toBe(0);
    expect(tokens.length).toBe(39);
  });

  test("pictures are not taken apart", () => {
    const picture = { type: "media", id: "a", nTokens: 80, nPos: 80, ptr: 0 as never } as const;
    const text = { type: "text", tokens: Int32Array.of(1, 2, 3) } as const;
    const tokens = TokenList.fromChunks([picture, text], new MediaKeys());
    expect(cutMiddle(tokens, 4, 40)).toBe(0);
    expect(tokens.length).toBe(83);
  });
});

test("token lists are joined with their pictures", () => {
  const picture = { type: "media", id: "a", nTokens: 2, nPos: 2, ptr: 0 as never } as const;
  const text = { type: "text", tokens: Int32Array.of(7) } as const;
  const all = TokenList.fromTokens([5, 6]);
  all.append(TokenList.fromChunks([text, picture], new MediaKeys()));
  expect(all.keys).toEqual([5, 6, 7, -1, -1]);
  expect(all.mediaAt(3)?.chunk.id).toBe("a");
});
