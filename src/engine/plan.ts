import type { Runner } from "./runner.ts";
import type { Sequence } from "./sequence.ts";

/**
 * Part of one step: decode tokens [from, to) of a sequence, with logits for the last if wanted, or
 * for all of them if they are scored, and after them a draft, with logits for each of its tokens.
 */
export interface Slice {
  sequence: Sequence;
  from: number;
  to: number;
  wantsLogits: boolean;
  isScored: boolean;
  draft: Int32Array;
}

const noDraft = new Int32Array(0);

/**
 * One step for all running sequences: first a row for each that decodes, so that a long prompt
 * never stalls a running stream, with its draft; then prefill in arrival order.
 * @param nBatch most rows of a step
 * @param nOutputsMax most of these rows that have logits
 * @param nPrefillMax most prefill rows of a step
 * @param drafts leave a row for each sequence that decodes
 */
export function plan(
  running: Sequence[],
  { nBatch, nOutputsMax }: Pick<Runner, "nBatch" | "nOutputsMax">,
  nPrefillMax: number,
  drafts: ReadonlyMap<Sequence, Int32Array> = new Map(),
): Slice[] {
  const slices: Slice[] = [];
  let budget = nBatch;
  for (const sequence of running) {
    if (!sequence.isDecoding || budget === 0) continue;
    const draft = drafts.get(sequence) ?? noDraft;
    slices.push({ ...sliceOf(sequence, 1), draft });
    budget -= 1 + draft.length;
  }
  const nDecoded = nBatch - budget;
  // Whoever prefills may need logits of its last row.
  let nOutputs = nOutputsMax - nDecoded - (running.length - slices.length);
  budget = Math.min(budget, nPrefillMax);
  for (const sequence of running) {
    if (sequence.isDecoding || budget === 0) continue;
    const nRowsMax = sequence.isScoring ? Math.min(budget, 1 + nOutputs) : budget;
    const slice = sliceOf(sequence, nRowsMax);
    if (slice.to === slice.from) continue; // a picture comes next; it is decoded on its own
    slices.push(slice);
    if (slice.isScored) nOutputs -= slice.to - slice.from - 1;
    budget -= slice.to - slice.from;
  }
  return slices;
}

function sliceOf(sequence: Sequence, budget: number): Slice {
  const { tokens, nCached: from, lora, loraFrom } = sequence;
  // Adapters that begin in the middle of a prompt begin with a step.
  const end = lora.key !== "" && from < loraFrom ? loraFrom : tokens.length;
  const to = Math.min(from + budget, end, tokens.nextMediaStart(from));
  const wantsLogits = to === tokens.length && sequence.request.nPredict > 0;
  return { sequence, from, to, wantsLogits, isScored: sequence.isScoring, draft: noDraft };
}
