import { describe, expect, test } from "bun:test";
import { proveRows } from "../../src/engine/row-proof.ts";
import { MediaKeys, TokenList } from "../../src/engine/tokens.ts";
import { prompt, setUp } from "../support/scheduling.ts";

/** What the native side says of each row: its first and its last position. */
function says(positions: ([first: number, last: number] | null)[], keepsWholeRows = true) {
  const positionsOf = (seqId: number) => {
    const [first, last] = positions[seqId] ?? [];
    return first === undefined || last === undefined ? null : { first, last };
  };
  return { nSeqMax: positions.length, keepsWholeRows, positionsOf };
}

const row = (seqId: number, nCached: number, tokens = TokenList.fromTokens(prompt(1, 20))) => ({
  seqId,
  nCached,
  tokens,
});

test("rows that hold their cells, and others that hold none, are as they should be", () => {
  proveRows(says([null, [0, 9], null, [0, 19]]), [row(3, 20), row(1, 10), row(0, 0)]);
});

test.each([
  [
    "a free row",
    [
      [0, 0],
      [0, 9],
    ],
    "row 0 holds cells that belong to nobody",
  ],
  ["a row that is lost", [null, null], "row 1 has lost its 10 cells"],
  ["too many", [null, [0, 10]], "row 1 holds positions 0 to 10, and should hold 0 to 9"],
  ["too few", [null, [0, 8]], "row 1 holds positions 0 to 8, and should hold 0 to 9"],
  ["no beginning", [null, [1, 9]], "row 1 holds positions 1 to 9, and should hold 0 to 9"],
] satisfies [string, ([number, number] | null)[], string][])("%s is found", (_, held, problem) => {
  expect(() => proveRows(says(held), [row(1, 10)])).toThrow(problem);
});

test("where a window moves on, the beginning is gone; the end is there", () => {
  proveRows(says([[7, 9]], false), [row(0, 10)]);
  expect(() => proveRows(says([[7, 8]], false), [row(0, 10)])).toThrow("holds positions 7 to 8");
});

describe("a row that ends with a picture", () => {
  /** 3 tokens, then a picture of 16 cells that is 4 positions long, then a token. */
  const chunk = { type: "media", id: "a", nTokens: 16, nPos: 4, ptr: 0 as never } as const;
  const tokens = TokenList.fromChunks(
    [
      { type: "text", tokens: Int32Array.of(1, 2, 3) },
      chunk,
      { type: "text", tokens: Int32Array.of(4) },
    ],
    new MediaKeys(),
  );

  test("may have all of its cells at one position, within the picture's", () => {
    for (const last of [3, 6]) proveRows(says([[0, last]]), [row(0, 19, tokens)]);
    for (const last of [2, 7]) {
      expect(() => proveRows(says([[0, last]]), [row(0, 19, tokens)])).toThrow(
        "should hold 0 to 6",
      );
    }
  });

  test("has the next token behind all of them", () => {
    proveRows(says([[0, 7]]), [row(0, 20, tokens)]);
    expect(() => proveRows(says([[0, 4]]), [row(0, 20, tokens)])).toThrow("should hold 0 to 7");
  });
});

test("an idle scheduler finds what happened to cells behind its back, and counts its proofs", () => {
  const { scheduler, runner, run } = setUp();
  scheduler.add(runner.request(0, prompt(2, 30)));
  run();
  expect(scheduler.metrics().nCellProofs).toBe(1);
  const seqId = Array.from({ length: runner.nSeqMax }, (_, i) => i).find(
    (id) => runner.positionsOf(id) !== null,
  );
  runner.removeCells(seqId ?? -1, 20);
  expect(() => scheduler.checkIntegrity()).toThrow("should hold 0 to");
  expect(scheduler.metrics().nCellProofs).toBe(1);
});
