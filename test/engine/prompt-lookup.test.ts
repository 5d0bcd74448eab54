import { describe, expect, test } from "bun:test";
import { PromptLookup } from "../../src/engine/prompt-lookup.ts";

/** What is drafted after `text`, and how long a match it continues. */
function lookUp(text: number[], nMax = 8) {
  const lookup = new PromptLookup(nMax);
  const tokens = Int32Array.from(text.slice(0, -1));
  lookup.begin(0, tokens);
  return ask(lookup, text, nMax);
}

function ask(lookup: PromptLookup, text: number[], nMax = 8) {
  const tokens = Int32Array.from(text.slice(0, -1));
  const lastToken = text.at(-1) ?? -1;
  const request = { seqId: 0, position: tokens.length, lastToken, tokens, nMax };
  const [draft = new Int32Array(0)] = lookup.draft([request]);
  return { draft: [...draft], matched: lookup.matched(0) };
}

const upTo = (n: number, from = 0) => Array.from({ length: n }, (_, i) => from + i);

describe("prompt lookup", () => {
  test("drafts what followed the same tokens before", () => {
    expect(lookUp([9, 1, 2, 3, 4, 5, 6, 7, 8, 50, 51, 2, 3], 4)).toEqual({
      draft: [4, 5, 6, 7],
      matched: 2,
    });
  });

  test.each([
    ["nothing stood there before", upTo(20)],
    ["just one token did", [1, 2, 3, 4, 9, 3]],
    ["the text is one token", [1]],
  ])("drafts nothing when %s", (_, text) => {
    expect(lookUp(text)).toEqual({ draft: [], matched: 0 });
  });

  test("prefers longer matches, and of equal ones the latest", () => {
    const longer = [1, 2, 3, 4, 20, 9, 9, 3, 4, 21, 8, 8, 1, 2, 3, 4];
    expect(lookUp(longer, 1)).toEqual({ draft: [20], matched: 4 });
    const equal = [7, 3, 4, 20, 8, 3, 4, 21, 9, 3, 4];
    expect(lookUp(equal, 1)).toEqual({ draft: [21], matched: 2 });
  });

  test("finds a long match behind many short ones", () => {
    const long = upTo(10, 100);
    const short = Array.from({ length: 50 }, (_, i) => [108, 109, 200 + i]).flat();
    const found = lookUp([...long, 77, ...short, 1, ...long], 1);
    expect(found).toEqual({ draft: [77], matched: 10 });
  });

  test("goes on round a text that repeats itself", () => {
    expect(lookUp([1, 2, 3, 1, 2, 3, 1, 2], 7).draft).toEqual([3, 1, 2, 3, 1, 2, 3]);
    expect(lookUp([5, 5, 5, 5], 4).draft).toEqual([5, 5, 5, 5]);
  });

  test("follows a match as the text grows, and behind a token that is another one", () => {
    const source = upTo(20, 10);
    const lookup = new PromptLookup(3);
    const text = [...source, 99, 10, 11];
    lookup.begin(0, Int32Array.from(text.slice(0, -1)));
    expect(ask(lookup, text, 3)).toEqual({ draft: [12, 13, 14], matched: 2 });
    text.push(12, 13, 14, 15);
    expect(ask(lookup, text, 3)).toEqual({ draft: [16, 17, 18], matched: 6 });
    text.push(55);
    expect(ask(lookup, text, 3)).toEqual({ draft: [17, 18, 19], matched: 1 });
    text.push(17);
    expect(ask(lookup, text, 3)).toEqual({ draft: [18, 19, 20], matched: 2 });
    text.push(56, 57);
    expect(ask(lookup, text, 3)).toEqual({ draft: [], matched: 0 });
    // What stood there before is worth more than going on behind another token.
    text.push(...source.slice(0, 8), 24, 25);
    expect(ask(lookup, text, 3)).toEqual({ draft: [26, 27, 28], matched: 2 });
  });

  test("ends before a picture", () => {
    expect(lookUp([1, 2, 3, -1, -1, 4, 5, 1, 2], 8).draft).toEqual([3]);
  });

  test("knows sequences apart, and forgets them", () => {
    const lookup = new PromptLookup(2);
    const [a, b] = [Int32Array.of(1, 2, 3, 4, 1), Int32Array.of(1, 2, 7, 8, 1)];
    lookup.begin(0, a);
    lookup.begin(1, b);
    const request = (seqId: number, tokens: Int32Array) => {
      return { seqId, position: 5, lastToken: 2, tokens, nMax: 2 };
    };
    expect(lookup.draft([request(0, a), request(1, b)])).toEqual([
      Int32Array.of(3, 4),
      Int32Array.of(7, 8),
    ]);
    lookup.forget(0);
    expect(lookup.draft([request(0, a)])).toEqual([new Int32Array(0)]);
  });

  test("finds in any text what a search from end to end finds", () => {
    let state = 1;
    const random = (n: number) => {
      state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
      return Math.floor((state / 2 ** 32) * n);
    };
    const growing = new PromptLookup(4);
    growing.begin(0, new Int32Array(0));
    const text = [random(6)];
    let nFound = 0;
    for (let n = 0; n < 3000; n++) {
      const { draft: next } = ask(growing, text, 4);
      if (n % 10 === 0) {
        const { draft, matched } = lookUp(text, 4);
        const isThere = (at: number, length: number) =>
          text.slice(-length).every((token, i) => text[at - length + i] === token);
        const ends = [...text.keys()].filter((at) => at > 1 && isThere(at, 2));
        expect(matched > 0).toBe(ends.length > 0);
        if (matched > 0) nFound++;
        const goesOn = (at: number) => isThere(at, matched) && text[at] === draft[0];
        expect(ends.length === 0 || ends.some(goesOn)).toBe(true);
      }
      // Stretches of what was there before, broken by chance.
      text.push(random(8) > 0 && next.length > 0 ? (next[0] ?? 0) : random(60));
    }
    expect(nFound).toBeGreaterThan(50);
  });
});
