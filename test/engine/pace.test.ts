import { describe, expect, test } from "bun:test";
import { Pace } from "../../src/engine/pace.ts";

describe("Pace", () => {
  const measured = () => {
    const pace = new Pace(1);
    pace.observe(100, 500); // 5 ms a row
    return pace;
  };

  test("begins with a guess, which the first measurement replaces", () => {
    const pace = new Pace(1000 / 128);
    expect(pace.nPrefillMax(0, 1, 2048)).toBe(128);
    expect(pace.nPrefillMax(0, 1, 16)).toBe(16);
    pace.observe(100, 500);
    expect(pace.nPrefillMax(0, 1, 2048)).toBe(192);
  });

  test.each([
    [1, 1, 63], // one stream waits about 300 ms for one prompt: 60 rows, made a whole tile of 64
    [8, 1, 56], // streams have their rows in the same tile
    [60, 1, 32], // and however many they are, prompts get on
    [1, 2, 127], // two prompts that wait weigh twice as much
    [1, 20, 191], // but no step takes much longer than a second
    [0, 1, 192],
  ])("%i streams, %i prompts: %i rows of 5 ms", (nDecoding, nPrefilling, nRows) => {
    expect(measured().nPrefillMax(nDecoding, nPrefilling, 2048)).toBe(nRows);
  });

  test("a machine too slow for a tile gets less than one", () => {
    const pace = new Pace(1);
    pace.observe(100, 100 * 9); // 300 ms are 33 rows
    expect(pace.nPrefillMax(1, 1, 2048)).toBe(32);
  });

  test("follows a machine that slows down, but never below what is worth a step", () => {
    const pace = measured();
    for (let i = 0; i < 20; i++) pace.observe(64, 64 * 50);
    expect(pace.nPrefillMax(1, 1, 2048)).toBe(32);
  });

  test("steps of a few decode rows say nothing about prefill", () => {
    const pace = measured();
    pace.observe(1, 20);
    expect(pace.nPrefillMax(1, 1, 2048)).toBe(63);
  });
});
