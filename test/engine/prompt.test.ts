import { describe, expect, test } from "bun:test";
import { tokenizeParts } from "../../src/engine/prompt.ts";
import { MediaKeys } from "../../src/engine/tokens.ts";
import { tokenize } from "../../src/engine/vocabulary-calls.ts";

/** BOS is 1, "!" names the special token 2, any other character is itself. */
const model = {
  nVocab: 1000,
  tokenize(text: string, addSpecial: boolean, parseSpecial: boolean) {
    const tokens = [...text].map((char) =>
      char === "!" && parseSpecial ? 2 : (char.codePointAt(0) ?? 0),
    );
    return Int32Array.from(addSpecial ? [1, ...tokens] : tokens);
  },
};
const tokenizer = { model, media: null, mediaKeys: new MediaKeys(), options: {} };
const options = { addSpecial: true, parseSpecial: true, param: "prompt" };
const [a, b] = [97, 98];

function tokensOf(parts: (string | number | Uint8Array)[], other = {}): number[] {
  using stack = new DisposableStack();
  return tokenizeParts(tokenizer, parts, { ...options, ...other }, stack).keys;
}

describe("tokenizeParts", () => {
  test.each([
    ["text begins with BOS", ["ab"], [1, a, b]],
    ["tokens are taken as they are", [5, 6], [5, 6]],
    ["BOS comes before a first text only", ["a", 5, "b"], [1, a, 5, b]],
    ["a first token has no BOS before it, nor has what follows", [5, "a"], [5, a]],
    ["special tokens are read", ["a!"], [1, a, 2]],
    ["nothing", [], []],
  ])("%s", (_, parts, expected) => {
    expect(tokensOf(parts)).toEqual(expected);
  });

  test("without special tokens", () => {
    expect(tokensOf(["a!"], { addSpecial: false, parseSpecial: false })).toEqual([a, 33]);
  });

  test.each([[-1], [1000], [99_999]])("token %p is not in the vocabulary", (token) => {
    expect(() => tokensOf(["a", token])).toThrow(
      expect.objectContaining({
        code: "invalid_request",
        param: "prompt",
        message: expect.stringContaining("`prompt[1]`"),
      }),
    );
  });

  test("a picture needs a projector", () => {
    expect(() => tokensOf(["a", new Uint8Array(3)])).toThrow(
      expect.objectContaining({ code: "unsupported" }),
    );
  });
});

test("a piece that is half a character comes as bytes", () => {
  const bytesOf: Record<number, number[]> = { 97: [97], 200: [0xe5, 0xaa] };
  const halves = { ...model, pieceView: (token: number) => Uint8Array.from(bytesOf[token] ?? []) };
  const loaded = { ...tokenizer, model: halves };
  const question = { parts: [97, 200], addSpecial: false, parseSpecial: true };
  expect(tokenize(loaded as never, question)).toEqual({
    tokens: [97, 200],
    pieces: ["a", [0xe5, 0xaa]],
  });
});
