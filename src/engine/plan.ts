import type { Sequence } from "./sequence.ts";

/** Part of one step: decode tokens [from, to) of a sequence, with logits for the last if wanted. */
export interface Slice {
  sequence: Sequence;
  from: number;
  to: number;
  wantsLogits: boolean;
}

/**
 * One step for all running sequences: first a row for each that decodes, so that a long prompt
 * never stalls a running stream, then prefill in arrival order.
 * @param nBatch most rows of a step
 * @param nPrefillMax most prefill rows of a step
 */
export function plan(running: Sequence[], nBatch: number, nPrefillMax: number): Slice[] {
  const slices: Slice[] = [];
  let budget = nBatch;
  for (const sequence of running) {
    if (!sequence.isDecoding || budget === 0) continue;
    slices.push(sliceOf(sequence, 1));
    budget--;
  }
  budget = Math.min(budget, nPrefillMax);
  for (const sequence of running) {
    if (sequence.isDecoding || budget === 0) continue;
    const slice = sliceOf(sequence, budget);
    if (slice.to === slice.from) continue; // a picture comes next; it is decoded on its own
    slices.push(slice);
    budget -= slice.to - slice.from;
  }
  return slices;
}

function sliceOf(sequence: Sequence, budget: number): Slice {
  const { tokens, nCached: from } = sequence;
  const to = Math.min(from + budget, tokens.nextMediaStart(from));
  const wantsLogits = to === tokens.length && sequence.request.nPredict > 0;
  return { sequence, from, to, wantsLogits };
}
