import type { AppError } from "../../src/core/errors.ts";
import type { Completion, GenerateEvent } from "../../src/core/generate.ts";
import type { HostLimits } from "../../src/engine/host-cache.ts";
import type { Limits } from "../../src/engine/limits.ts";
import { Scheduler } from "../../src/engine/scheduler.ts";
import { expectedAnswer, SimulatedRunner } from "./simulated-runner.ts";

export const host: HostLimits = {
  nBytesMax: 1_000_000,
  keepsRows: true,
  movesIdle: true,
  checkpoints: { nMax: 8, minStep: 100 },
};

const limits: Limits = {
  nParallel: 4,
  nCtxSeq: 200,
  contextShift: false,
  cacheReuse: 0,
  slotPromptSimilarity: 0.1,
  maxStallMs: null,
  host,
};
export const sizes = { nBatch: 64, nCells: 1000, nSeqMax: 8 };

/**
 * A scheduler over a simulated model, its results, and a clock that the test moves.
 * @param msPerLook what the clock moves on whenever it is looked at
 */
export function setUp(
  runner = new SimulatedRunner(sizes),
  with_: Partial<Limits> = {},
  msPerLook = 0,
) {
  const texts = new Map<number, string>();
  const completions = new Map<number, Completion>();
  const errors = new Map<number, AppError>();
  const events: { id: number; event: GenerateEvent }[] = [];
  const clock = { ms: 0 };
  const outbox = {
    event(id: number, event: GenerateEvent) {
      events.push({ id, event });
      if (event.type === "text") texts.set(id, (texts.get(id) ?? "") + event.text);
      if (event.type === "done") completions.set(id, event);
    },
    error: (id: number, error: AppError) => void errors.set(id, error),
  };
  const now = () => {
    clock.ms += msPerLook;
    return clock.ms;
  };
  const scheduler = new Scheduler(runner, outbox, { ...limits, ...with_ }, now);
  const run = (nStepsMax = 2000) => {
    let n = 0;
    for (; !scheduler.isIdle; n++) {
      if (n > nStepsMax) throw new Error("the scheduler does not come to an end");
      scheduler.step();
      clock.ms++;
    }
    scheduler.checkIntegrity();
    return n;
  };
  return { scheduler, runner, texts, completions, errors, events, clock, run };
}

export const prompt = (seed: number, n: number) =>
  Array.from({ length: n }, (_, i) => 1 + ((seed * 7 + i * (3 + seed)) % 41));

/** A prompt after which the simulated model goes on for long. */
export function longRunning(n = 6): number[] {
  for (let seed = 0; seed < 1000; seed++) {
    const p = prompt(seed, n);
    if (expectedAnswer(p, 60).trim().split(" ").length === 60) return p;
  }
  throw new Error("the simulated model always ends early");
}
