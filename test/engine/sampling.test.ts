import { describe, expect, test } from "bun:test";
import { samplerOptions } from "../../src/engine/sampling.ts";
import { samplingDefaults } from "../../src/engine/sampling-defaults.ts";

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

  test("forbidden and forced tokens survive JSON, which has no infinity", () => {
    const logitBias = [
      { token: 3, bias: Number.NEGATIVE_INFINITY },
      { token: "four", bias: 1.5 },
      { token: 5, bias: Number.POSITIVE_INFINITY },
    ];
    const { logit_bias } = JSON.parse(JSON.stringify(samplerOptions({ logitBias }, 1)));
    expect(logit_bias).toEqual([
      [3, null],
      ["four", 1.5],
      [5, expect.any(Number)],
    ]);
    expect(logit_bias[2][1]).toBeGreaterThan(1e38);
  });

  test("what the request does not say is not said to llama.cpp either", () => {
    expect(Object.keys(JSON.parse(JSON.stringify(samplerOptions({}, 1))))).toEqual(["seed"]);
  });
});

describe("samplingDefaults", () => {
  const model = (metadata: Record<string, string>) => ({
    metaString: (key: string) => metadata[`${key}`.replace("general.sampling.", "")] ?? null,
  });

  test("llama.cpp's, where nobody says anything", () => {
    const { temperature, topK, seed, samplers } = samplingDefaults(model({})).sampling;
    expect([temperature, topK, seed]).toEqual([0.8, 40, undefined]);
    expect(samplers.join(";")).toBe(
      "penalties;dry;top_n_sigma;top_k;typ_p;top_p;min_p;xtc;temperature",
    );
  });

  test("the server's flags come over what the file recommends", () => {
    const file = model({
      temp: "0.6",
      top_k: "20",
      mirostat: "2",
      sequence: "top_k;nonsense;temperature",
    });
    const defaults = samplingDefaults(file, { topK: 7, topP: undefined });
    const told = { temperature: 0.6, topK: 7, mirostat: 2 as const };
    expect(defaults.sampling).toMatchObject({ ...told, topP: 0.95 });
    expect(defaults.told).toEqual({ ...told, samplers: ["top_k", "temperature"] });
  });

  test("nonsense in a file is passed over", () => {
    const defaults = samplingDefaults(model({ temp: "hot", mirostat: "9", sequence: "?" }));
    expect(defaults).toEqual(samplingDefaults(model({})));
  });
});
