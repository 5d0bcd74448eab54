import { describe, expect, test } from "bun:test";
import { reusableStretches } from "../../src/engine/cache-reuse.ts";
import { TokenList } from "../../src/engine/tokens.ts";
import { setUp, sizes } from "../support/scheduling.ts";
import { SimulatedRunner } from "../support/simulated-runner.ts";

const list = (...tokens: number[]) => TokenList.fromTokens(tokens);
const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);

describe("stretches that a prompt repeats", () => {
  const row = { tokens: list(1, 2, 3, 4, 5, 6, 7, 8, 9), nCached: 9 };

  test("are found after what it leaves out, in order", () => {
    const prompt = list(1, 2, 5, 6, 8, 9, 10);
    expect(reusableStretches(prompt, row, 2, 2)).toEqual([
      { from: 4, to: 6, at: 2 },
      { from: 7, to: 9, at: 4 },
    ]);
  });

  test.each<[string, TokenList, number]>([
    ["too short", list(1, 2, 5, 6, 50, 51), 3],
    ["of other tokens", list(1, 2, 50, 51, 52), 1],
    ["only the last token, which is decoded again", list(1, 2, 5), 1],
  ])("are none where they are %s", (_, prompt, nMin) => {
    expect(reusableStretches(prompt, row, 2, nMin)).toEqual([]);
  });
});

describe("a slot that reuses stretches", () => {
  // Simulated cells know no order but their positions, so the answer is that of the moved prompt.
  const long = [...range(10, 20), ...range(20, 60), ...range(60, 100)];
  const edited = [...range(10, 20), ...range(60, 100), 7];

  const answer = (cacheReuse: number, nCacheReuse?: number) => {
    const runner = new SimulatedRunner(sizes);
    const { scheduler, completions, run } = setUp(runner, { nParallel: 1, cacheReuse });
    scheduler.add(runner.request(1, long));
    run();
    const asked = nCacheReuse === undefined ? {} : { nCacheReuse };
    scheduler.add(runner.request(2, edited, {}, asked));
    run();
    scheduler.checkIntegrity();
    return completions.get(2)?.nCached;
  };

  test("moves what follows a cut", () => {
    expect(answer(16)).toBe(50);
    expect(answer(0, 16)).toBe(50);
  });

  test("but not when it is off, or the stretch is shorter than wanted", () => {
    expect([answer(0), answer(64), answer(16, 0)]).toEqual([10, 10, 10]);
  });

  test("leaves cells alone that another row shares", () => {
    const runner = new SimulatedRunner(sizes);
    const { scheduler, completions, run } = setUp(runner, { nParallel: 2, cacheReuse: 16 });
    scheduler.add(runner.request(1, long, {}, { slot: 0 }));
    run();
    scheduler.add(runner.request(2, [...long, 5])); // shares all of it
    run();
    scheduler.add(runner.request(3, edited, {}, { slot: 0 }));
    run();
    expect(completions.get(3)?.nCached).toBe(10);
  });
});
