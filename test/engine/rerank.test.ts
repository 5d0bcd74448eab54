import { describe, expect, test } from "bun:test";
import { rerankTokens } from "../../src/engine/rerank.ts";

const spelled = (text: string) => [...text].map((char) => char.codePointAt(0) ?? 0);
const bert = {
  bos: 101,
  eos: -1,
  sep: 102,
  addsBos: true,
  addsEos: true,
  addsSep: false,
  tokenize: spelled,
};

describe("rerankTokens", () => {
  test("ends both texts, with SEP where there is no EOS", () => {
    const expected = [101, ...spelled("q"), 102, ...spelled("d"), 102];
    expect(rerankTokens(bert, null, "q", "d")).toEqual(expected);
  });

  test("separates the texts where the vocabulary says so", () => {
    const vocabulary = { ...bert, eos: 2, addsSep: true };
    const expected = [101, ...spelled("q"), 2, 102, ...spelled("d"), 2];
    expect(rerankTokens(vocabulary, null, "q", "d")).toEqual(expected);
  });

  test("fills in the file's own template, whatever the texts look like", () => {
    const template = "Q:{query} D:{document}";
    const expected = spelled("Q:$& {x} D:$1");
    expect(rerankTokens(bert, template, "$& {x}", "$1")).toEqual(expected);
  });
});
