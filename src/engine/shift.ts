import type { Limits } from "./limits.ts";
import { repeatsItself } from "./repetition.ts";
import type { Sequence } from "./sequence.ts";

/**
 * Whether a sequence may drop its middle when it is full: as its request says, else as the server
 * was told. Pictures are not taken apart.
 * @param canCut cells can be dropped from a row's end
 */
export function canShift(
  { request, tokens }: Sequence,
  { contextShift }: Limits,
  canCut: boolean,
): boolean {
  const isWanted = request.asked.contextShift ?? contextShift;
  return isWanted && canCut && tokens.media.length === 0;
}

/** Whether a sequence that will be full has nothing new to say, and its request wants it to end. */
export function isStuck({ request, tokens, nCtx }: Sequence): boolean {
  const isFull = tokens.length + 1 >= nCtx;
  return isFull && request.asked.endsLoops === true && repeatsItself(tokens.keys);
}

/** Tokens that a context shift can drop at least. Source: llama-server. */
const nKeptFree = 4;

/**
 * Drops the middle of a full sequence, as llama-server does; its last token is not in the KV cache.
 * What comes after the gap is computed again: rows share cells, which thus cannot be moved.
 * @returns cells that are left
 */
export function shift(sequence: Sequence): number {
  const { request, tokens, nCtx } = sequence;
  const nHeld = tokens.length - 1;
  const nKeep = Math.max(0, Math.min(request.nKeep, nCtx - nKeptFree));
  const nLeft = nHeld - nKeep;
  const nDiscard = request.asked.nDiscard || Math.floor(nLeft / 2);
  const nDropped = Math.max(1, Math.min(nDiscard, nLeft - 1));
  tokens.drop(nKeep, nDropped);
  sequence.nShifted += nDropped;
  sequence.nCached = Math.min(sequence.nCached, nKeep);
  return sequence.nCached;
}
