import { type EngineMetrics, noMetrics } from "../core/calls.ts";
import type { Engine } from "../core/generate.ts";

/** Counters of a model over one engine after the other; `now` alone says what goes on. */
export function addMetrics(before: EngineMetrics, now: EngineMetrics): EngineMetrics {
  const nPositions = Math.max(before.acceptedAt.length, now.acceptedAt.length);
  const accepted = (i: number) => (before.acceptedAt[i] ?? 0) + (now.acceptedAt[i] ?? 0);
  return {
    nPromptTokens: before.nPromptTokens + now.nPromptTokens,
    nPromptCached: before.nPromptCached + now.nPromptCached,
    promptMs: before.promptMs + now.promptMs,
    nPredicted: before.nPredicted + now.nPredicted,
    nPredictSteps: before.nPredictSteps + now.nPredictSteps,
    predictedMs: before.predictedMs + now.predictedMs,
    nDecodes: before.nDecodes + now.nDecodes,
    nTokensMax: Math.max(before.nTokensMax, now.nTokensMax),
    nBusySlots: before.nBusySlots + now.nBusySlots,
    nDrafts: before.nDrafts + now.nDrafts,
    nDrafted: before.nDrafted + now.nDrafted,
    nDraftAccepted: before.nDraftAccepted + now.nDraftAccepted,
    acceptedAt: Array.from({ length: nPositions }, (_, i) => accepted(i)),
    nCellProofs: before.nCellProofs + now.nCellProofs,
    nProcessing: now.nProcessing,
    nDeferred: now.nDeferred,
  };
}

/** An idle engine answers at once; one that does not must not hold up what waits for its memory. */
const lastWordsMs = 1000;

/** What the ended engines of each model have counted. */
export class Tally {
  readonly #counted = new Map<string, Promise<EngineMetrics>>();

  /** Waits for an engine that is just being counted. */
  of(name: string): Promise<EngineMetrics> {
    return this.#counted.get(name) ?? Promise.resolve(noMetrics);
  }

  /** Keeps the counters of an engine that is about to end. */
  async add(name: string, engine: Engine): Promise<void> {
    const before = this.of(name);
    const count = async () => {
      try {
        const now = await engine.call("metrics", {}, AbortSignal.timeout(lastWordsMs));
        return { ...addMetrics(await before, now), nProcessing: 0, nDeferred: 0 };
      } catch {
        return before; // it has ended by itself, or hangs
      }
    };
    const counted = count();
    this.#counted.set(name, counted);
    await counted;
  }
}
