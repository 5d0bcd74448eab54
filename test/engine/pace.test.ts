import { describe, expect, test } from "bun:test";
import { Pace } from "../../src/engine/pace.ts";

describe("Pace", () => {
  const step = { nPrompts: 1, nRest: 1000 };

  /** Prefill takes `rowMs` a row, and a step of decoding rows alone `decodeMs`. */
  const measured = (rowMs: number, decodeMs = 0, stallMsMax: number | null = null) => {
    const pace = new Pace(1, stallMsMax);
    pace.observe(1, 0, decodeMs);
    pace.observe(0, 100, 100 * rowMs);
    return pace;
  };

  test("begins with a guess, which the first measurement replaces", () => {
    const pace = new Pace(1000 / 128, null);
    expect(pace.nPrefillMax({ ...step, nDecoded: 0, hasStreams: false, nBatch: 2048 })).toBe(128);
    expect(pace.nPrefillMax({ ...step, nDecoded: 0, hasStreams: false, nBatch: 16 })).toBe(16);
    pace.observe(0, 100, 500);
    expect(pace.nPrefillMax({ ...step, nDecoded: 0, hasStreams: false, nBatch: 2048 })).toBe(192);
  });

  test.each([
    [1, 63], // 200 ms are 40 rows of 5 ms, but a tile of 64 rows is worth its time
    [8, 56], // streams have their rows in the same tile, and so have their drafts
    [32, 32],
    [33, 95], // but prompts have half a tile at least
    [0, 192], // alone, no step takes much longer than a second
  ])("beside %i rows of streams: %i rows of 5 ms", (nDecoded, nRows) => {
    expect(
      measured(5).nPrefillMax({
        ...step,
        nDecoded: nDecoded,
        hasStreams: nDecoded > 0,
        nBatch: 2048,
      }),
    ).toBe(nRows);
  });

  test.each([
    [1, 192],
    [2, 192],
    [3, 256],
    [8, 576], // three seconds at most
    [99, 576],
  ])("%i prompts that nobody's stream waits for: %i rows of 5 ms", (nPrompts, nRows) => {
    const ahead = { nDecoded: 0, hasStreams: false, nPrompts, nRest: 1000, nBatch: 2048 };
    expect(measured(5).nPrefillMax(ahead)).toBe(nRows);
    expect(measured(5).nPrefillMax({ ...ahead, hasStreams: true })).toBe(64);
  });

  test.each([
    [2, 120, 120], // 640 ms
    [2, 160, 63], // 960 ms would be too long
    [2, 20, 63],
    [1, 120, 63], // one alone is no reason
  ])("beside a stream: %i prompts that need %i rows of 5 ms get %i", (nPrompts, nRest, nRows) => {
    const ahead = { nDecoded: 1, hasStreams: true, nPrompts, nRest, nBatch: 2048 };
    expect(measured(5).nPrefillMax(ahead)).toBe(nRows);
  });

  test.each([
    [4, 172, 86, 384], // the other half will be 640 ms beside the streams of the first
    [3, 171, 86, 256],
    [4, 126, 384, 384], // less than a tile is no half
    [4, 300, 384, 384], // 960 ms would be too long beside streams
    [1, 172, 192, 192],
  ])(
    "%i prompts that arrive together and need %i rows get %i",
    (nPrompts, nRest, nRows, nAtOnce) => {
      const ahead = { nDecoded: 0, hasStreams: false, nPrompts, nRest, nBatch: 2048 };
      expect(measured(5).nPrefillMax(ahead)).toBe(nRows);
      expect(measured(5).nPrefillMax({ ...ahead, nBatch: 32 })).toBe(32);
      // A steady gap was asked for: the first streams begin when all prompts are read.
      expect(measured(5, 0, 300).nPrefillMax(ahead)).toBe(nAtOnce);
    },
  );

  test("streams that are not in the step wait for it all the same", () => {
    expect(measured(5).nPrefillMax({ ...step, nDecoded: 0, hasStreams: true, nBatch: 2048 })).toBe(
      64,
    );
  });

  test("a fast machine fills the time with whole tiles, less what decoding takes", () => {
    expect(
      measured(0.5).nPrefillMax({ ...step, nDecoded: 1, hasStreams: true, nBatch: 2048 }),
    ).toBe(383);
    expect(
      measured(0.5, 40).nPrefillMax({ ...step, nDecoded: 1, hasStreams: true, nBatch: 2048 }),
    ).toBe(319);
    expect(
      measured(0.5, 40).nPrefillMax({ ...step, nDecoded: 0, hasStreams: false, nBatch: 2048 }),
    ).toBe(1984);
  });

  test.each([
    [400, 63], // 80 rows, a tile and a part
    [200, 40], // less than a tile, where that is what is asked for
    [50, 10],
    [10, 8], // but no step for less than 8 rows
  ])("a limit of %i ms: %i rows of 5 ms", (stallMsMax, nRows) => {
    const pace = measured(5, 0, stallMsMax);
    expect(pace.nPrefillMax({ ...step, nDecoded: 1, hasStreams: true, nBatch: 2048 })).toBe(nRows);
    expect(pace.nPrefillMax({ ...step, nDecoded: 0, hasStreams: false, nBatch: 2048 })).toBe(192);
  });

  test("follows rows that become slower as the context grows", () => {
    const pace = measured(1, 0, 300);
    expect(pace.nPrefillMax({ ...step, nDecoded: 1, hasStreams: true, nBatch: 2048 })).toBe(255);
    for (let i = 0; i < 20; i++) pace.observe(1, 63, 64 * 3);
    expect(pace.nPrefillMax({ ...step, nDecoded: 1, hasStreams: true, nBatch: 2048 })).toBe(63);
  });

  test("steps without prefill say what decoding takes, and nothing about prefill", () => {
    const pace = measured(1, 0, 300);
    for (let i = 0; i < 20; i++) pace.observe(1, 0, 100);
    expect(pace.nPrefillMax({ ...step, nDecoded: 1, hasStreams: true, nBatch: 2048 })).toBe(191);
  });
});
