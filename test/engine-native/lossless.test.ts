import { afterAll, describe, expect, test } from "bun:test";
import type { GenerateRequest } from "../../src/core/generate.ts";
import { StillEngine } from "../support/still-engine.ts";
import { ask, tinyPath } from "../support/tiny-native.ts";

/** Goes on as it stands here, and the model is sure of it: even when its context is shifted. */
const copyIt = Array(20).fill("red hello").join(" ");
/** So sure that the last bits of the logits decide no draw either. */
const copySurely = { type: "text" as const, parts: [" France".repeat(60)] };

function start(types: string[] | undefined): StillEngine {
  const speculation = types === undefined ? {} : { types };
  const sizes = { nCtx: 2048, nParallel: 4, nCtxSeq: 256 };
  return new StillEngine({ modelPath: tinyPath, speculation, contextShift: true, ...sizes });
}

const looking = start(undefined);
const plain = start(["none"]);
afterAll(() => {
  looking[Symbol.dispose]();
  plain[Symbol.dispose]();
});

/** What an engine answers to several requests at once. */
function write(
  engine: StillEngine,
  requests: Partial<GenerateRequest>[],
): { texts: string[]; nAccepted: number } {
  const asked = requests.map((request) => ({
    text: copyIt,
    request: { nPredict: 60, ...request },
  }));
  const written = engine.write(asked);
  return {
    texts: written.map(({ text }) => text),
    nAccepted: written.reduce((sum, { nAccepted }) => sum + nAccepted, 0),
  };
}

describe("with prompt lookup, which is the default", () => {
  test("it is said, and none where it is switched off", () => {
    const types = [looking, plain].map(({ loaded }) => loaded.info.defaults.speculationTypes);
    expect(types).toEqual(["prompt-lookup", "none"]);
    expect([looking.loaded.runner.drafter?.nMax, plain.loaded.runner.drafter]).toEqual([31, null]);
  });

  const ignoreEos = true;
  test.each<[string, Partial<GenerateRequest>]>([
    ["greedy", {}],
    ["greedy beyond the answer's end", { sampling: { temperature: 0, ignoreEos } }],
    ["shifted", { sampling: { temperature: 0, ignoreEos }, nPredict: 400 }],
    // A string: of how much white space an object may begin with the model is not sure.
    ["in JSON", { prompt: { type: "text", parts: [copyIt], jsonSchema: { type: "string" } } }],
    ["stopped", { stop: ["hello red"], sampling: { temperature: 0, ignoreEos } }],
    ["penalized", { sampling: { temperature: 0, repeatPenalty: 1.1, ignoreEos } }],
    ["sampled", { prompt: copySurely, sampling: { temperature: 1, seed: 11, ignoreEos } }],
    [
      "sampled by mirostat",
      { prompt: copySurely, sampling: { temperature: 0.7, seed: 1, mirostat: 2, ignoreEos } },
    ],
  ])("the text is the same: %s", (_, request) => {
    expect(write(looking, [request]).texts).toEqual(write(plain, [request]).texts);
  });

  test("drafts are right, and taken", () => {
    const request = { sampling: { temperature: 0, ignoreEos } };
    expect(write(looking, [request, request]).nAccepted).toBeGreaterThan(60);
  });

  // What the model is sure of: where a sequence's cells lie changes the last bits of its logits.
  test("answers to several questions at once are the same", () => {
    const countries = ["France", "Italy", "Japan", "Egypt", "Spain", "Germany", "Peru"];
    const requests = countries.map((country) => {
      const question = ask(`What is the capital of ${country}?`);
      return { prompt: { type: "text" as const, parts: [question] } };
    });
    const { texts, nAccepted } = write(looking, requests);
    expect(texts).toEqual(write(plain, requests).texts);
    expect(texts[0]).toContain("Paris");
    expect(nAccepted).toBeGreaterThan(0);
  });

  test("sampled text has the same distribution", () => {
    const nAnswers = 250;
    const sampled = (engine: StillEngine, firstSeed: number) => {
      const requests = Array.from({ length: nAnswers }, (_, i) => ({
        sampling: { temperature: 1.5, seed: firstSeed + i, ignoreEos },
        nPredict: 12,
      }));
      return write(engine, requests);
    };
    const [a, b] = [sampled(looking, 1), sampled(plain, 10_001)];
    expect(a.nAccepted).toBeGreaterThan(nAnswers / 10);
    for (let at = 0; at < 12; at++) {
      const charAt = (text: string) => [...text][at] ?? "end";
      const { statistic, nDegrees } = chiSquare(a.texts.map(charAt), b.texts.map(charAt));
      // Exceeded by chance once in about 10,000 times; the seeds are fixed.
      const z = 3.72;
      const k = 2 / (9 * Math.max(1, nDegrees));
      expect(statistic).toBeLessThan(Math.max(1, nDegrees) * (1 - k + z * Math.sqrt(k)) ** 3);
    }
  });
});

/** Pearson's statistic for two samples of one size; rare values are put together. */
function chiSquare(a: string[], b: string[]): { statistic: number; nDegrees: number } {
  const nMin = 10;
  const counts = new Map<string, [number, number]>();
  const both = [...a, ...b];
  const keyOf = (value: string) =>
    both.filter((other) => other === value).length < nMin ? "rare" : value;
  const keys = new Map([...new Set(both)].map((value) => [value, keyOf(value)]));
  for (const [i, values] of [a, b].entries()) {
    for (const value of values) {
      const key = keys.get(value) ?? "rare";
      const count = counts.get(key) ?? [0, 0];
      count[i === 0 ? 0 : 1]++;
      counts.set(key, count);
    }
  }
  let statistic = 0;
  for (const [m, n] of counts.values()) statistic += (m - n) ** 2 / (m + n);
  return { statistic, nDegrees: counts.size - 1 };
}
