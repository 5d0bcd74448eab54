import { describe, expect, test } from "bun:test";
import { type InfillVocabulary, infillTokens, missingFim } from "../../src/engine/infill.ts";

const [pre, suf, mid, rep, sep, bos] = [901, 902, 903, 904, 905, 1];
/** A token per character. */
const spelled = (text: string) => [...text].map((char) => char.codePointAt(0) ?? 0);
const vocabulary: InfillVocabulary = {
  fim: { pre, suf, mid, rep: -1, sep: -1 },
  bos,
  addsBos: true,
  tokenize: spelled,
};
const limits = { nBatch: 64, nCtx: 1000, nPredict: -1, isSuffixFirst: false };
const prompt = { type: "infill" as const, prefix: "ab", suffix: "yz", prompt: "c", extra: [] };
const extra = [{ filename: "x.ts", text: "X" }];

describe("infillTokens", () => {
  test("puts the text before and after the gap between the model's own tokens", () => {
    const expected = [bos, pre, ...spelled("abc"), suf, ...spelled("yz"), mid];
    expect(infillTokens(vocabulary, prompt, limits)).toEqual(expected);
  });

  test("some models want the suffix first", () => {
    const expected = [bos, suf, ...spelled("yz"), pre, ...spelled("abc"), mid];
    const tokens = infillTokens(vocabulary, prompt, { ...limits, isSuffixFirst: true });
    expect(tokens).toEqual(expected);
  });

  test("other files come first, separated by a text", () => {
    const tokens = infillTokens(vocabulary, { ...prompt, extra }, limits);
    const other = spelled("\n\n--- snippet ---\n\nX");
    expect(tokens.slice(0, other.length + 1)).toEqual([...other, bos]);
  });

  test("other files have their names where the model has tokens for that", () => {
    const fim = { ...vocabulary.fim, rep, sep };
    const tokens = infillTokens({ ...vocabulary, fim }, { ...prompt, extra }, limits);
    const project = [rep, ...spelled("myproject\n")];
    const files = [sep, ...spelled("x.ts\nX"), sep, ...spelled("filename\n")];
    expect(tokens.slice(0, tokens.indexOf(bos))).toEqual([...project, ...files]);
  });

  test("the beginning of a long prefix and the end of a long suffix go", () => {
    const long = { ...prompt, prefix: `${"-".repeat(100)}P`, suffix: `S${"+".repeat(100)}` };
    const tokens = infillTokens(vocabulary, long, limits);
    const prefix = tokens.slice(tokens.indexOf(pre) + 1, tokens.indexOf(suf));
    const suffix = tokens.slice(tokens.indexOf(suf) + 1, -1);
    expect([prefix.length, suffix.length]).toEqual([48 + 1, 16 - 3]);
    expect([prefix.at(-2), suffix[0]]).toEqual([...spelled("P"), ...spelled("S")]);
  });

  test("of other files remains what the context leaves", () => {
    const many = { ...prompt, extra: [{ filename: "", text: "x".repeat(500) }] };
    const tokens = infillTokens(vocabulary, many, { ...limits, nCtx: 100, nPredict: 8 });
    expect(tokens.indexOf(bos)).toBe(100 - 64 - 16);
  });
});

test("says which tokens a model lacks", () => {
  expect(missingFim({ pre: -1, suf: 5, mid: -1 } as InfillVocabulary["fim"])).toEqual([
    "prefix token is missing.",
    "middle token is missing.",
  ]);
});
