import { describe, expect, test } from "bun:test";
import { longRunning, prompt, setUp, sizes } from "../support/scheduling.ts";
import { expectedAnswer, SimulatedDrafter, SimulatedRunner } from "../support/simulated-runner.ts";

describe("speculation", () => {
  test.each([1, 2, 3, 5, 1000])("answers are the same when draft token %p is wrong", (wrong) => {
    const drafter = new SimulatedDrafter(6, wrong);
    const s = setUp(new SimulatedRunner(sizes, drafter));
    const prompts = Array.from({ length: 12 }, (_, i) => prompt(i, 5 + i * 3));
    for (const [id, p] of prompts.entries()) {
      s.scheduler.add(s.runner.request(id, p, { nPredict: 20 }));
    }
    s.run();
    for (const [id, p] of prompts.entries()) {
      expect(s.texts.get(id) ?? "").toBe(expectedAnswer(p, 20));
    }
    expect(drafter.nProcessed).toBe(s.runner.batchSizes.length);
  });

  test("takes fewer decodes, and counts what was right", () => {
    const s = setUp(new SimulatedRunner(sizes, new SimulatedDrafter(4, 1000)));
    s.scheduler.add(s.runner.request(0, longRunning(), { nPredict: 21 }));
    s.run();
    // the prompt and a first token, then 4 times a draft of 4 and one token more
    expect(s.runner.batchSizes.length).toBe(5);
    expect(s.completions.get(0)).toMatchObject({
      nPredicted: 21,
      nDrafted: 16,
      nDraftAccepted: 16,
      nHeld: longRunning().length + 20,
    });
    const { nDrafts, nDrafted, acceptedAt } = s.scheduler.metrics();
    expect({ nDrafts, nDrafted, acceptedAt }).toEqual({
      nDrafts: 4,
      nDrafted: 16,
      acceptedAt: [4, 4, 4, 4],
    });
  });

  test("drafts that are taken unseen count as right, up to the end", () => {
    const s = setUp(new SimulatedRunner(sizes, new SimulatedDrafter(4, 1, 1)));
    s.scheduler.add(s.runner.request(0, longRunning(), { nPredict: 11 }));
    s.run();
    expect(s.completions.get(0)).toMatchObject({ nDrafted: 8, nDraftAccepted: 8, nPredicted: 11 });
  });

  test("drafts that are never taken unseen change nothing", () => {
    const s = setUp(new SimulatedRunner(sizes, new SimulatedDrafter(4, 1000, 0)));
    s.scheduler.add(s.runner.request(0, longRunning(), { nPredict: 11 }));
    s.run();
    expect(s.texts.get(0)).toBe(expectedAnswer(longRunning(), 11));
    expect(s.completions.get(0)?.nDraftAccepted).toBe(0);
  });

  test("drafts leave room in the context and in the batch", () => {
    const runner = new SimulatedRunner({ ...sizes, nBatch: 8 }, new SimulatedDrafter(6, 1000));
    const s = setUp(runner, { nCtxSeq: 30 });
    for (let id = 0; id < 3; id++) {
      s.scheduler.add(runner.request(id, longRunning(10), { nPredict: 1000 }));
    }
    s.run();
    expect(Math.max(...runner.batchSizes)).toBeLessThanOrEqual(8);
    expect(s.completions.get(0)).toMatchObject({ nPredicted: 20, truncated: true });
    expect(s.texts.get(0)).toBe(expectedAnswer(longRunning(10), 20));
  });

  test("a state that cannot be cut is not speculated on", () => {
    const drafter = new SimulatedDrafter(4, 1000);
    const s = setUp(new SimulatedRunner({ ...sizes, canCut: false }, drafter));
    s.scheduler.add(s.runner.request(0, longRunning(), { nPredict: 5 }));
    s.run();
    expect([drafter.nProcessed, s.completions.get(0)?.nDrafted]).toEqual([0, 0]);
  });
});
