import { describe, expect, test } from "bun:test";
import { Acceptance, guessedRates } from "../../src/engine/acceptance.ts";

const observed = (depth: number, n: number, isRight: boolean, acceptance = matched()) => {
  for (let i = 0; i < n; i++) acceptance.observe(depth, isRight);
  return acceptance;
};
const matched = () => new Acceptance(guessedRates.byMatch);

describe("how often drafts are right", () => {
  test("is guessed by the length of the match", () => {
    const rates = [1, 2, 4, 8, 16, 32, 1000].map((depth) => matched().rate(depth));
    expect(rates).toEqual([0.2, 0.4, 0.6, 0.8, 0.9, 0.95, 0.95]);
  });

  test("is learned within a few tokens", () => {
    expect(observed(2, 4, true).rate(2)).toBeGreaterThan(0.75);
    expect(observed(2, 4, false).rate(2)).toBeLessThan(0.15);
    expect(observed(40, 6, false).rate(40)).toBeLessThan(0.3);
  });

  test("is no less for a longer match, as long as nothing else is known", () => {
    const acceptance = observed(4, 20, true);
    expect(acceptance.rate(100)).toBeGreaterThan(0.95);
    expect(observed(32, 10, false, acceptance).rate(100)).toBeLessThan(0.2);
    expect(acceptance.rate(4)).toBeGreaterThan(0.9);
    expect(acceptance.rate(2)).toBe(0.4);
  });

  test("follows a text that changes", () => {
    const acceptance = observed(3, 200, true);
    expect(acceptance.rate(3)).toBeGreaterThan(0.96);
    expect(observed(3, 30, false, acceptance).rate(3)).toBeLessThan(0.5);
  });
});
