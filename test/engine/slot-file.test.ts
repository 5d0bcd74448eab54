import { describe, expect, test } from "bun:test";
import { packRow, unpackRow } from "../../src/engine/slot-file.ts";
import { MediaKeys, TokenList } from "../../src/engine/tokens.ts";

const expected = { nVocab: 100, nTokensMax: 8, seesMedia: false, mediaKeys: new MediaKeys() };

describe("slot files", () => {
  test("hold the tokens of a row in llama-server's form", () => {
    const payload = packRow(TokenList.fromTokens([5, 6, 7, 8]), 3);
    expect([...payload]).toEqual([-1, 1, 3, 5, 6, 7, 0]);
    expect(unpackRow(payload, expected).keys).toEqual([5, 6, 7]);
  });

  test("may be a plain list of tokens, as old servers wrote them", () => {
    expect(unpackRow(Int32Array.of(5, 6, 7), expected).keys).toEqual([5, 6, 7]);
  });

  test.each([
    ["more tokens than fit", Array.from({ length: 9 }, () => 1), "does not fit"],
    ["a token that the model has not", [1, 100], "Invalid tokens"],
    ["a cell of a picture that is not there", [-1, 1, 2, 5, -1, 0], "Invalid tokens"],
    ["less than it says", [-1, 1, 50, 5], "ends too early"],
    ["an unknown version", [-1, 9, 1, 5, 0], "version"],
  ])("that hold %s are refused", (_what, words, reason) => {
    expect(() => unpackRow(Int32Array.from(words), expected)).toThrow(reason);
  });
});
