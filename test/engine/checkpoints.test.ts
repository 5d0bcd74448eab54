import { describe, expect, test } from "bun:test";
import {
  type Checkpoint,
  checkpointPoints,
  checkpointWithin,
  withCheckpoint,
} from "../../src/engine/checkpoints.ts";
import { TokenList } from "../../src/engine/tokens.ts";
import { host, prompt, setUp, sizes } from "../support/scheduling.ts";
import { expectedAnswer, SimulatedRunner } from "../support/simulated-runner.ts";

const isEog = (token: number) => token === 0;
/** Turns of so many tokens, each ended by an end-of-generation token, the last one open. */
const turns = (...lengths: number[]) =>
  TokenList.fromTokens(
    lengths.flatMap((n, i) => [
      ...Array.from({ length: n }, () => 7),
      ...(i < lengths.length - 1 ? [0] : []),
    ]),
  );

describe("where checkpoints are made", () => {
  test.each([
    ["the last few tokens are left out", turns(40), 0, [36]],
    ["the end of the last two turns", turns(29, 39, 49, 6), 8192, [70, 120]],
    ["at each turn, if that is wanted", turns(29, 39, 49, 6), 0, [30, 70, 120]],
    ["now and then in a long text", turns(250), 100, [100, 200, 246]],
    [
      "at turns that are not close to the last one",
      turns(99, 19, 99, 99, 30, 9),
      100,
      [100, 200, 300, 320, 351],
    ],
    ["not in a short prompt", turns(12), 0, []],
  ])("%s", (_name, tokens, minStep, points) => {
    expect(checkpointPoints(tokens, isEog, { nMax: 8, minStep })).toEqual(points);
  });

  test("nowhere, if none are wanted", () => {
    expect(checkpointPoints(turns(40), isEog, { nMax: 0, minStep: 0 })).toEqual([]);
  });
});

const at = (n: number): Checkpoint => ({ n, state: [] });
const places = (checkpoints: readonly Checkpoint[]) => checkpoints.map(({ n }) => n);

test("of too many checkpoints the one goes that is missed least, never the newest", () => {
  let all: Checkpoint[] = [];
  for (const n of [100, 110, 500, 900]) all = withCheckpoint(all, at(n), 3);
  expect(places(all)).toEqual([110, 500, 900]);
  expect(places(withCheckpoint(all, at(910), 3))).toEqual([110, 500, 910]);
  expect(places(withCheckpoint(all, at(500), 3))).toEqual([110, 500, 900]);
});

test("the last checkpoint before a place is found", () => {
  const all = [at(10), at(20)];
  expect([9, 10, 19, 25].map((n) => checkpointWithin(all, n)?.n)).toEqual([undefined, 10, 10, 20]);
});

/** Such as Mamba, and such as Gemma. */
const kinds: [string, { canCut?: boolean; window?: number }][] = [
  ["recurrent", { canCut: false }],
  ["windowed", { window: 8 }],
  ["both", { canCut: false, window: 8 }],
];

describe.each(kinds)("a %s model", (_kind, kind) => {
  const start = (with_: Parameters<typeof setUp>[1] = {}) => {
    const runner = new SimulatedRunner({ ...sizes, ...kind });
    const s = setUp(runner, with_);
    const ask = (id: number, ...prompts: number[][]) => {
      for (const [i, p] of prompts.entries()) s.scheduler.add(runner.request(id + i, p));
      s.run();
      for (const [i, p] of prompts.entries()) {
        expect(s.texts.get(id + i) ?? "").toBe(expectedAnswer(p, 8));
      }
      return prompts.map((_, i) => s.completions.get(id + i)?.nCached);
    };
    return { ...s, ask };
  };

  test("goes on after the whole of an answer", () => {
    const { ask, texts } = start();
    const first = prompt(2, 40);
    ask(0, first);
    const answer = (texts.get(0) ?? "").trim().split(" ").map(Number);
    expect(ask(1, [...first, ...answer, 9, 9])).toEqual([40 + answer.length - 1]);
  });

  test("goes on before an answer that is told otherwise, or asked for again", () => {
    const { ask } = start();
    const first = prompt(2, 40);
    ask(0, first);
    expect(ask(1, [...first, 48, 48, 48])).toEqual([36]);
    expect(ask(2, first)).toEqual([39]);
  });

  test("learns from the second request where requests part", () => {
    const { ask } = start();
    const system = prompt(3, 50);
    const asked = (n: number) => [...system, n, ...prompt(n, 20)];
    expect(ask(0, asked(1))).toEqual([0]);
    expect(ask(1, asked(2))).toEqual([0]);
    expect(ask(2, asked(3))).toEqual([50]);
  });

  test("computes what requests share once, when they come together", () => {
    const { ask, runner } = start();
    const system = prompt(3, 100);
    const asked = (n: number) => [...system, n, ...prompt(n, 20)];
    expect(ask(0, asked(1), asked(2), asked(3), asked(4))).toEqual([0, 100, 100, 100]);
    expect(runner.batchSizes.reduce((a, b) => a + b, 0)).toBeLessThan(100 + 4 * (21 + 8));
  });

  test("makes none without being allowed to", () => {
    const checkpoints = { nMax: 0, minStep: 0 };
    const { ask, runner } = start({ host: { ...host, checkpoints } });
    const first = prompt(2, 40);
    ask(0, first);
    expect(ask(1, [...first, 48, 48, 48])).toEqual([0]);
    const system = prompt(3, 100);
    ask(2, [...system, 1], [...system, 2]);
    expect(runner.nCheckpointsMade).toBe(0);
  });

  test("keeps within its memory, and is right without what it drops", () => {
    const { ask, runner } = start({ host: { ...host, nBytesMax: 300 } });
    for (let i = 0; i < 6; i++) ask(i, [...prompt(i % 3, 60), i, i]);
    expect(runner.nCheckpointsMade).toBeGreaterThan(6);
  });

  test("a private row leaves no checkpoints", () => {
    const { scheduler, runner, run } = start();
    scheduler.add(runner.request(0, prompt(2, 60), { cachePrompt: false }));
    run();
    expect(runner.nCheckpointsMade).toBe(0);
  });
});

test("a model that can be cut anywhere has no checkpoints", () => {
  const s = setUp();
  s.scheduler.add(s.runner.request(0, prompt(2, 60)));
  s.run();
  expect(s.runner.nCheckpointsMade).toBe(0);
});

test("a context shift in a window computes again what the window has lost", () => {
  const runner = new SimulatedRunner({ ...sizes, window: 8 });
  const s = setUp(runner, { contextShift: true, nCtxSeq: 64 });
  s.scheduler.add(runner.request(0, prompt(2, 40), { nPredict: 60, nKeep: 20 }));
  s.run();
  const done = s.completions.get(0);
  expect(s.errors.size).toBe(0);
  if (done?.reason === "length") expect(done.truncated).toBe(true);
});
