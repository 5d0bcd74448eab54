import { afterAll, describe, expect, test } from "bun:test";
import type { AppError } from "../../src/core/errors.ts";
import type { Completion, GenerateEvent, GenerateRequest } from "../../src/core/generate.ts";
import { type LoadedEngine, load } from "../../src/engine/load.ts";
import { prepare } from "../../src/engine/prepare.ts";
import { Scheduler } from "../../src/engine/scheduler.ts";
import { ask, tinyPath } from "../support/tiny-native.ts";

/** A model and a scheduler whose clock stands still: rows cost nothing, so drafts are tried. */
class Engine {
  readonly loaded: LoadedEngine;
  readonly #scheduler: Scheduler;
  readonly #texts = new Map<number, string>();
  readonly #completions = new Map<number, Completion>();
  readonly #errors: AppError[] = [];
  #nRequests = 0;

  constructor(types: string[] | undefined) {
    const libraryDir = process.env.HUTCH_LIBRARY_DIR ?? "";
    const small = { threads: { n_threads: 1 }, logLevel: 5, warmup: false, nCtx: 2048 };
    const speculation = types === undefined ? {} : { types };
    const spec = { ...small, modelPath: tinyPath, speculation, contextShift: true };
    this.loaded = load(libraryDir, { ...spec, nParallel: 4, nCtxSeq: 256 }, () => {});
    const event = (id: number, event: GenerateEvent) => {
      if (event.type === "text") this.#texts.set(id, (this.#texts.get(id) ?? "") + event.text);
      if (event.type === "done") this.#completions.set(id, event);
    };
    const error = (_: number, error: AppError) => void this.#errors.push(error);
    const { runner, limits } = this.loaded;
    this.#scheduler = new Scheduler(runner, { event, error }, limits, () => 0);
  }

  /** What it answers to several requests at once. */
  write(requests: Partial<GenerateRequest>[]): { texts: string[]; nAccepted: number } {
    const ids = requests.map((request) => {
      const prompt = { type: "text" as const, parts: [copyIt] };
      const asked = { prompt, sampling: { temperature: 0 }, nPredict: 60, ...request };
      this.#scheduler.add(prepare(this.loaded.loaded, this.#nRequests, asked));
      return this.#nRequests++;
    });
    while (!this.#scheduler.isIdle) this.#scheduler.step();
    expect(this.#errors).toEqual([]);
    const texts = ids.map((id) => this.#texts.get(id) ?? "");
    const accepted = ids.map((id) => this.#completions.get(id)?.nDraftAccepted ?? 0);
    return { texts, nAccepted: accepted.reduce((a, b) => a + b) };
  }
}

/** Most of what comes next stands here already. */
const copyIt = ask(`${"What is 7 + 5? The answer is 12. ".repeat(3)}What is 7 + 5?`);
const looking = new Engine(undefined);
const plain = new Engine(["none"]);
afterAll(() => {
  looking.loaded[Symbol.dispose]();
  plain.loaded[Symbol.dispose]();
});

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
    ["in JSON", { prompt: { type: "text", parts: [copyIt], jsonSchema: {} } }],
    ["stopped", { stop: ["12"], sampling: { temperature: 0, ignoreEos } }],
    ["penalized", { sampling: { temperature: 0, repeatPenalty: 1.3, ignoreEos } }],
    ["sampled", { sampling: { temperature: 1, seed: 11, ignoreEos } }],
    ["sampled by mirostat", { sampling: { temperature: 1, seed: 5, mirostat: 2, ignoreEos } }],
  ])("the text is the same: %s", (_, request) => {
    expect(looking.write([request]).texts).toEqual(plain.write([request]).texts);
  });

  test("drafts are right, and taken", () => {
    const request = { sampling: { temperature: 0, ignoreEos } };
    expect(looking.write([request, request]).nAccepted).toBeGreaterThan(60);
  });

  // What the model is sure of: where a sequence's cells lie changes the last bits of its logits.
  test("answers to several questions at once are the same", () => {
    const countries = ["France", "Italy", "Japan", "Egypt", "Spain", "Germany", "Peru"];
    const requests = countries.map((country) => {
      const question = ask(`What is the capital of ${country}?`);
      return { prompt: { type: "text" as const, parts: [question] } };
    });
    const { texts, nAccepted } = looking.write(requests);
    expect(texts).toEqual(plain.write(requests).texts);
    expect(texts[0]).toContain("Paris");
    expect(nAccepted).toBeGreaterThan(0);
  });

  test("sampled text has the same distribution", () => {
    const nAnswers = 250;
    const sampled = (engine: Engine, firstSeed: number) => {
      const requests = Array.from({ length: nAnswers }, (_, i) => ({
        sampling: { temperature: 1.5, seed: firstSeed + i, ignoreEos },
        nPredict: 12,
      }));
      return engine.write(requests);
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
