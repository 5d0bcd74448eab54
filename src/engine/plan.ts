import type { Batch } from "../../ffi/batch.ts";
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

/** Steps in a row for which the prompt admitted first waits for shorter ones. */
const nPassedOverMax = 3;

/**
 * One step for all running sequences: first a row for each that decodes, so that a long prompt
 * never stalls a running stream, with its draft; then prefill, each in its turn.
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
  let nLeft = nBatch;
  for (const sequence of running) {
    if (!sequence.isDecoding || nLeft === 0) continue;
    const draft = drafts.get(sequence) ?? noDraft;
    const { nCached: from } = sequence;
    slices.push({ sequence, from, to: from + 1, wantsLogits: true, isScored: false, draft });
    nLeft -= 1 + draft.length;
  }
  if (slices.length === running.length) return slices;
  const nDecoded = nBatch - nLeft;
  // Whoever prefills may need logits of its last row.
  let nOutputs = nOutputsMax - nDecoded - (running.length - slices.length);
  let budget = Math.min(nLeft, nPrefillMax);
  for (const sequence of inTurn(running.filter(wantsText))) {
    if (budget <= 0) break;
    const nRowsMax = sequence.isScoring ? Math.min(budget, 1 + nOutputs) : budget;
    const slice = sliceOf(sequence, nRowsMax);
    const nRows = slice.to - slice.from;
    if (nRows === 0) continue; // it is scored, and there are outputs for others only
    slices.push(slice);
    if (slice.isScored) nOutputs -= nRows - 1;
    budget -= nRows;
  }
  return slices;
}

/**
 * The order in which sequences prefill: whoever has least left is first, so that a short question
 * does not wait for a long document; every fourth time it is the one admitted first, so that this
 * one gets on whatever else arrives. Counts the times.
 * @param prefilling in order of admission
 */
export function inTurn(prefilling: Sequence[]): Sequence[] {
  const [oldest] = prefilling;
  if (!oldest || prefilling.length === 1) return prefilling;
  const nRest = ({ tokens, nCached }: Sequence) => tokens.length - nCached;
  const shortest = prefilling.toSorted((a, b) => nRest(a) - nRest(b));
  const isPassedOver = shortest[0] !== oldest && oldest.nPassedOver < nPassedOverMax;
  oldest.nPassedOver = isPassedOver ? oldest.nPassedOver + 1 : 0;
  return isPassedOver || shortest[0] === oldest
    ? shortest
    : [oldest, ...shortest.filter((sequence) => sequence !== oldest)];
}

/** It prefills, and what comes next is not a picture, which is decoded on its own. */
function wantsText({ isDecoding, tokens, nCached }: Sequence): boolean {
  return !isDecoding && tokens.nextMediaStart(nCached) > nCached;
}

function sliceOf(sequence: Sequence, budget: number): Slice {
  const { tokens, nCached: from } = sequence;
  const to = Math.min(from + budget, sequence.nextStop(from), tokens.nextMediaStart(from));
  const wantsLogits = to === tokens.length && sequence.request.nPredict > 0;
  return { sequence, from, to, wantsLogits, isScored: sequence.isScoring, draft: noDraft };
}

/** Puts slices into a batch. @returns for each the row of its last token, before its draft */
export function fillBatch(batch: Batch, slices: Slice[]): number[] {
  batch.clear();
  return slices.map(({ sequence: { tokens, seqId }, from, to, wantsLogits, isScored, draft }) => {
    let row = -1;
    const shift = tokens.positionOf(from) - from;
    for (let i = from; i < to; i++) {
      const isOutput = isScored || (wantsLogits && i === to - 1);
      row = batch.add(tokens.keys[i] ?? -1, i + shift, seqId, isOutput);
    }
    for (let i = 0; i < draft.length; i++) batch.add(draft[i] ?? -1, to + i + shift, seqId, true);
    return row;
  });
}
