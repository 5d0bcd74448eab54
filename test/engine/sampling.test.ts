import { describe, expect, test } from "bun:test";
import { samplerOptions } from "../../src/engine/sampling.ts";

describe("samplerOptions", () => {
  test.each([
    [undefined, 0xffffffff],
    [0, 0],
    [42, 42],
  ])("seed %p is %p for llama.cpp", (seed, expected) => {
    expect(samplerOptions({ seed }, 100).seed).toBe(expected);
  });

  test("a window of -1 is the whole context, 0 stays off", () => {
    const { repeat_last_n, dry_penalty_last_n } = samplerOptions(
      { repeatLastN: -1, dryPenaltyLastN: 0 },
      1024,
    );
    expect([repeat_last_n, dry_penalty_last_n]).toEqual([1024, 0]);
  });

  test("a forbidden token survives JSON, which has no infinity", () => {
    const logitBias = [
      { token: 3, bias: Number.NEGATIVE_INFINITY },
      { token: 4, bias: 1.5 },
    ];
    const { logit_bias } = JSON.parse(JSON.stringify(samplerOptions({ logitBias }, 1)));
    expect(logit_bias).toEqual([
      [3, null],
      [4, 1.5],
    ]);
  });

  test("what the request does not say is not said to llama.cpp either", () => {
    expect(Object.keys(JSON.parse(JSON.stringify(samplerOptions({}, 1))))).toEqual(["seed"]);
  });
});
