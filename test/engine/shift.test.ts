import { describe, expect, test } from "bun:test";
import { repeatsItself } from "../../src/engine/repetition.ts";
import { longRunning, setUp, sizes } from "../support/scheduling.ts";
import { SimulatedRunner } from "../support/simulated-runner.ts";

/** How an answer of 100 tokens ends in a context of 32. */
function ending(asked: { contextShift?: boolean }, contextShift: boolean, canCut = true) {
  const runner = new SimulatedRunner(sizes);
  Object.defineProperty(runner, "canCut", { value: canCut });
  const s = setUp(runner, { nCtxSeq: 200, contextShift });
  s.scheduler.add(
    runner.request(0, longRunning(20), { nPredict: 100, nKeep: 4 }, { nCtx: 32, ...asked }),
  );
  s.run();
  return s.completions.get(0);
}

describe("a context shift of the request's own", () => {
  test("happens where the server was told of none", () => {
    const done = ending({ contextShift: true }, false);
    expect(done).toMatchObject({ truncated: true });
    expect(done?.nShifted).toBeGreaterThan(0);
    expect(done?.nPredicted).toBeGreaterThan(12);
  });

  test("does not happen where the request forbids it", () => {
    const done = ending({ contextShift: false }, true);
    expect(done).toMatchObject({ reason: "length", truncated: true, nPredicted: 12 });
    expect(done).not.toHaveProperty("nShifted");
  });

  test("is as the server was told, unasked", () => {
    expect(ending({}, true)?.nShifted).toBeGreaterThan(0);
    expect(ending({}, false)).toMatchObject({ reason: "length", nPredicted: 12 });
  });

  test("needs a cache that can be cut: others end where the context does", () => {
    const done = ending({ contextShift: true }, false, false);
    expect(done).toMatchObject({ reason: "length", truncated: true, nPredicted: 12 });
  });

  test("counts what it drops: half of what is not kept, each time", () => {
    const done = ending({ contextShift: true }, false);
    const nHeld = 20 + (done?.nPredicted ?? 0);
    const nEach = Math.floor((31 - 4) / 2);
    expect((done?.nShifted ?? 1) % nEach).toBe(0);
    expect(nHeld - (done?.nShifted ?? 0)).toBeLessThan(32 + 1);
  });
});

describe("an answer that repeats itself", () => {
  const end = (endsLoops: boolean) => {
    const runner = new SimulatedRunner(sizes);
    const s = setUp(runner, { nCtxSeq: 32 });
    const request = runner.request(
      0,
      [1, 2, 3],
      { nPredict: 100 },
      { endsLoops, contextShift: true },
    );
    s.scheduler.add({ ...request, sampler: { ...request.sampler, sample: () => 7 } });
    s.run();
    return s.completions.get(0);
  };

  test("ends with the context, if the request wants that", () => {
    expect(end(true)).toMatchObject({ reason: "length", truncated: true, nPredicted: 29 });
    expect(end(false)).toMatchObject({ reason: "length", nPredicted: 100 });
  });

  test.each([
    ["a stammer", Array.from({ length: 100 }, (_, i) => (i * i) % 3), true],
    ["a sentence", Array.from({ length: 100 }, (_, i) => i % 20), true],
    ["after something else", [...Array(50).keys(), ...Array(60).fill(7)], true],
    [
      "a list of numbers",
      Array.from({ length: 300 }, (_, i) => [...String(i)].map(Number)).flat(),
      false,
    ],
    ["text", Array.from({ length: 100 }, (_, i) => (i * i) % 101), false],
    ["what has just begun to", [...Array(80).keys(), ...Array(20).fill(7)], false],
  ])("%s", (_, keys, expected) => expect(repeatsItself(keys)).toBe(expected));
});

test("the prompt's tokens are told with `report.prompt` and `report.tokens`", () => {
  const s = setUp();
  const p = longRunning(6);
  const report = { prompt: true, tokens: true };
  s.scheduler.add(s.runner.request(0, p, { nPredict: 2 }, { report }));
  s.scheduler.add(s.runner.request(1, p, { nPredict: 2 }, { report: { prompt: true } }));
  s.run();
  expect(s.completions.get(0)?.promptTokens).toEqual(p);
  expect(s.completions.get(1)).not.toHaveProperty("promptTokens");
});

test("what `truncate` left out of the prompt is told", () => {
  const s = setUp();
  const dropped = { nMessagesDropped: 2, nPromptDropped: 5 };
  s.scheduler.add({ ...s.runner.request(0, longRunning(6), { nPredict: 2 }), dropped });
  s.run();
  expect(s.completions.get(0)).toMatchObject(dropped);
});
