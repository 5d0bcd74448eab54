import type { Limits } from "./scheduler.ts";
import type { Sequence } from "./sequence.ts";

/** Whether a sequence may drop its middle when it is full. Pictures are not taken apart. */
export function canShift({ tokens }: Sequence, { contextShift }: Limits): boolean {
  return contextShift && tokens.media.length === 0;
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
  tokens.drop(nKeep, Math.max(1, Math.min(nDiscard, nLeft - 1)));
  sequence.isShifted = true;
  sequence.nCached = Math.min(sequence.nCached, nKeep);
  return sequence.nCached;
}
