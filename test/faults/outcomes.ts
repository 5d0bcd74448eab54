import { expect } from "bun:test";
import { isWhole, type Outcome } from "../../scripts/faults/answer.ts";

/** What came of requests, and how long after the kill the last of them had failed. */
export async function outcomesAfter(outcomes: Promise<Outcome>[], kill: () => void) {
  const killedMs = performance.now();
  let tookMs = 0;
  const timed = outcomes.map(async (outcome) => {
    const found = await outcome;
    if (found.error !== null) tookMs = performance.now() - killedMs;
    return found;
  });
  kill();
  return { outcomes: await Promise.all(timed), tookMs };
}

/**
 * Those that failed say why. The others are answered to their end: the engine had not heard of
 * them, or was done with them. None is silent, and none broke the connection.
 * @returns how many failed
 */
export function expectErrors(outcomes: readonly Outcome[], why: string): number {
  const failed = outcomes.filter((outcome) => !isWhole(outcome));
  for (const { status, error, text } of failed) {
    expect([200, 500]).toContain(status);
    expect(error ?? `no error behind ${text.slice(-300)}`).toContain(why);
  }
  return failed.length;
}
