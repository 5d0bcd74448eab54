import { expect, test } from "bun:test";
import { noMetrics } from "../../src/core/calls.ts";
import { addMetrics, Tally } from "../../src/supervisor/engine-metrics.ts";
import { TestEngine } from "./set-up.ts";

test("counters add up, peaks stay, and what goes on is the present engine's", () => {
  const one = { ...noMetrics, nCellProofs: 1 };
  const before = { ...one, nPredicted: 3, nTokensMax: 9, acceptedAt: [2], nProcessing: 4 };
  const now = { ...one, nPredicted: 4, nTokensMax: 5, acceptedAt: [1, 1], nDeferred: 2 };
  expect(addMetrics(before, now)).toEqual({
    ...noMetrics,
    nPredicted: 7,
    nTokensMax: 9,
    acceptedAt: [3, 1],
    nCellProofs: 2,
    nDeferred: 2,
  });
});

test("an engine that has nothing to say any more leaves what was counted before", async () => {
  const tally = new Tally();
  const engine = new TestEngine("a", []);
  await tally.add("a", engine);
  engine.call = () => Promise.reject(new Error("gone"));
  await tally.add("a", engine);
  expect(await tally.of("a")).toEqual({ ...noMetrics, nPredicted: 10 });
  expect(await tally.of("b")).toEqual(noMetrics);
});
