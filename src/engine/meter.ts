import { type EngineMetrics, noMetrics } from "../core/calls.ts";
import type { Sequence } from "./sequence.ts";

/** What an engine did since it started, counted as llama-server counts. */
export class Meter {
  /** What goes on now is not counted here. */
  readonly counters: EngineMetrics;

  /** @param nDraftMax most tokens of a draft; 0: no speculation */
  constructor(nDraftMax: number) {
    this.counters = { ...noMetrics, acceptedAt: new Array<number>(nDraftMax).fill(0) };
  }

  /** One decode, for `nBusy` sequences that hold up to `nTokensMax` tokens. */
  countDecode(nBusy: number, nTokensMax: number): void {
    this.counters.nDecodes++;
    this.counters.nBusySlots += nBusy;
    this.counters.nTokensMax = Math.max(this.counters.nTokensMax, nTokensMax);
  }

  /** Prompt tokens that were computed, and how long it took together with what ran beside them. */
  countPrompt(nTokens: number, ms: number): void {
    if (nTokens === 0) return;
    this.counters.nPromptTokens += nTokens;
    this.counters.promptMs += ms;
  }

  countCached(nTokens: number): void {
    this.counters.nPromptCached += nTokens;
  }

  /** A draft of which the first `nAccepted` tokens were right. */
  countDraft(nDrafted: number, nAccepted: number): void {
    const { counters } = this;
    counters.nDrafts++;
    counters.nDrafted += nDrafted;
    counters.nDraftAccepted += nAccepted;
    for (let i = 0; i < nAccepted; i++) {
      counters.acceptedAt[i] = (counters.acceptedAt[i] ?? 0) + 1;
    }
  }

  /** Every cell of the KV cache was found to be accounted for. */
  countCellProof(): void {
    this.counters.nCellProofs++;
  }

  /** A sequence ended. */
  countAnswer({ nPredicted }: Sequence, decodeMs: number): void {
    if (nPredicted === 0) return;
    this.counters.nPredicted += nPredicted;
    this.counters.nPredictSteps += nPredicted - 1;
    this.counters.predictedMs += decodeMs;
  }
}
