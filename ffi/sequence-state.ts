import type { ContextPtr } from "./handle.ts";
import { native } from "./native.ts";

/**
 * How much of a sequence a state holds: all of it, or only what cannot be cut back to an earlier
 * position: recurrent state, and the cells of layers with a sliding window.
 */
export type StatePart = "whole" | "uncuttable";

/** A copy of a sequence: one part for each context that holds it. */
export type SequenceState = readonly Uint8Array[];

/** `llama_state_seq_flags`: LLAMA_STATE_SEQ_FLAGS_NONE and LLAMA_STATE_SEQ_FLAGS_PARTIAL_ONLY. */
const stateFlags: Record<StatePart, number> = { whole: 0, uncuttable: 1 };

/** Gives a state's memory back at once: left to the garbage collector it would pile up. */
export function freeState(state: SequenceState): void {
  for (const { buffer } of state) if (buffer instanceof ArrayBuffer) buffer.transfer(0);
}

/** Bytes of what `saveStates` would copy. */
export function stateBytes(contexts: ContextPtr[], seqId: number, part: StatePart): number {
  const { llama_state_seq_get_size_ext } = native().llama;
  const bytesIn = (context: ContextPtr) =>
    Number(llama_state_seq_get_size_ext(context, seqId, stateFlags[part]));
  return contexts.reduce((sum, context) => sum + bytesIn(context), 0);
}

/** Copies what a sequence has in each of these contexts. */
export function saveStates(contexts: ContextPtr[], seqId: number, part: StatePart): SequenceState {
  return contexts.map((context) => {
    const bytes = new Uint8Array(stateBytes([context], seqId, part));
    const flags = stateFlags[part];
    native().llama.llama_state_seq_get_data_ext(context, bytes, bytes.length, seqId, flags);
    return bytes;
  });
}

/**
 * Gives a sequence what another one had, in place of what it has.
 * @returns false when the first context has no room; what the sequence holds is then of no use
 */
export function restoreStates(
  contexts: ContextPtr[],
  seqId: number,
  state: SequenceState,
  part: StatePart,
): boolean {
  const [isRestored = false] = contexts.map((context, i) => {
    const bytes = state[i];
    if (!bytes || bytes.length === 0) return false;
    const { llama_state_seq_set_data_ext } = native().llama;
    const flags = stateFlags[part];
    return Number(llama_state_seq_set_data_ext(context, bytes, bytes.length, seqId, flags)) > 0;
  });
  return isRestored;
}
