import { describe, expect, test } from "bun:test";
import { type Candidate, draftLengths } from "../../src/engine/draft-lengths.ts";

/** 0.5 B parameters on 2 cores, milliseconds. */
function onCpu(nRows: number): number {
  const points: [number, number][] = [
    [1, 18],
    [4, 50],
    [8, 75],
    [64, 355],
  ];
  const at = Math.max(
    1,
    points.findIndex(([n]) => n >= nRows),
  );
  const [[n0, low], [n1, high]] = [points[at - 1] ?? [1, 18], points[at] ?? [64, 355]];
  return low + ((high - low) * (nRows - n0)) / (n1 - n0);
}
const onGpu = (nRows: number) => 10 + 0.05 * nRows;
const sure = (rate: number, nMax = 31): Candidate => ({ nMax, rateAt: () => rate });
const lengths = (
  candidates: Candidate[],
  { msOf = onCpu, nSequences = candidates.length, nRowsMax = 46, msPerDraftToken = 0 } = {},
) => draftLengths(candidates, nSequences, nRowsMax, { msOf, msPerDraftToken });

describe("lengths of drafts", () => {
  test("grow with how likely they are right", () => {
    const byRate = [0.3, 0.6, 0.8, 0.9, 0.97, 1].map((rate) => lengths([sure(rate)])[0] ?? 0);
    expect(byRate.slice(0, 2)).toEqual([0, 0]);
    expect(byRate).toEqual(byRate.toSorted((a, b) => a - b));
    expect(byRate.at(-2)).toBeGreaterThan(6);
    expect(byRate.at(-1)).toBe(31);
  });

  test("are longer where rows are cheap", () => {
    expect(lengths([sure(0.3)], { msOf: onGpu })[0]).toBeGreaterThan(1);
    expect(lengths([sure(0.8)], { msOf: onGpu })[0]).toBeGreaterThan(10);
  });

  test("are shared out where they are worth most", () => {
    expect(lengths([sure(0.2), sure(1)])).toEqual([0, 31]);
    const [a = 0, b = 0] = lengths([sure(1), sure(1)]);
    expect(a + b).toBe(46);
    expect(a).toBeGreaterThan(14);
  });

  test("are shorter beside many streams", () => {
    const alone = lengths([sure(0.9)])[0] ?? 0;
    // Eight rows cost 75 ms already, and a row more just 5.
    const beside = lengths([sure(0.9)], { nSequences: 8 })[0] ?? 0;
    expect(alone).toBeGreaterThan(0);
    expect(beside).toBeGreaterThan(0);
    expect(lengths([sure(0.4)], { nSequences: 8 })).toEqual([0]);
  });

  test("keep to what there is room for", () => {
    expect(lengths([sure(1, 4)])).toEqual([4]);
    expect(lengths([sure(1)], { nRowsMax: 5 })).toEqual([5]);
    expect(lengths([sure(1)], { nRowsMax: 0 })).toEqual([0]);
    expect(lengths([sure(1, 0), sure(1, 0)])).toEqual([0, 0]);
    expect(lengths([])).toEqual([]);
  });

  test("take what drafting costs into account", () => {
    expect(lengths([sure(0.95)], { msPerDraftToken: 2 })[0]).toBeGreaterThan(0);
    expect(lengths([sure(0.95)], { msPerDraftToken: 15 })).toEqual([0]);
  });
});
