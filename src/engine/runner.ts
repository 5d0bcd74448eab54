import type { Batch } from "../../ffi/batch.ts";
import type { SequenceState, StatePart } from "../../ffi/sequence-state.ts";
import type { DraftRequest } from "../../ffi/speculation.ts";
import type { LoraSet } from "./sequence.ts";
import type { MediaSpan, TokenList } from "./tokens.ts";

/** The native side of a step. Implemented by NativeRunner, and by a simulation in the tests. */
export interface Runner {
  /** Most rows of one decode. */
  readonly nBatch: number;
  /** Most of these rows that have logits: `nParallel` and their drafts at least. */
  readonly nOutputsMax: number;
  /** KV cells in all. */
  readonly nCells: number;
  readonly nSeqMax: number;
  /** What a row of prefill may take, before one was measured, milliseconds. */
  readonly msPerRowGuess: number;
  /** The last few cells can be dropped from a row's end: false for recurrent state. */
  readonly canCut: boolean;
  /** Rows cannot be cut at just any position, but where they have checkpoints. */
  readonly needsCheckpoints: boolean;
  /** Proposes tokens that are checked in one decode; null: no speculation. */
  readonly drafter: Drafter | null;
  /** "no_room": the KV cache is full and nothing was decoded. */
  decode(batch: Batch): "done" | "no_room";
  /**
   * Encodes a media span, unless that was done before.
   * @param following spans that may be encoded in the same go, for later
   * @returns whether it had to be, and is kept for decoding
   */
  encodeMedia(span: MediaSpan, following: MediaSpan[]): boolean;
  /** Decodes a media span, encoded if it has to be. "no_room": some cells may have been written. */
  decodeMedia(span: MediaSpan, pos: number, seqId: number): "done" | "no_room";
  /** Uses these adapters from the next decode on. */
  setLora(lora: LoraSet): void;
  /** Cells can be given other positions. */
  readonly canMove: boolean;
  /** Forgets a row's cells from position `from` on, up to `to` if that is given. */
  removeCells(seqId: number, from: number, to?: number): void;
  /** Moves a row's cells [from, to), which no other row shares, by so many positions. */
  moveCells(seqId: number, from: number, to: number, by: number): void;
  /** Makes the cells of `source` below position `to` (-1: all) also `target`'s. */
  shareCells(source: number, target: number, to: number): void;
  /** Rows keep all of their cells: no window moves on, and no state stands for what came before. */
  readonly keepsWholeRows: boolean;
  /** Positions of a row's cells, asked of the native side; null: it has none. */
  positionsOf(seqId: number): { first: number; last: number } | null;
  /** Lowest position at which a row that holds cells can be cut now, its end at most. */
  firstCut(seqId: number): number;
  /** Bytes that `saveState` would copy. */
  stateBytes(seqId: number, part: StatePart): number;
  /** Copies a row, or of it what cannot be cut. */
  saveState(seqId: number, part: StatePart): SequenceState;
  /**
   * Puts a copy in the place of what a row has.
   * @returns false when the KV cache has no room; what the row holds is then of no use
   */
  restoreState(seqId: number, state: SequenceState, part: StatePart): boolean;
  /** Lowest position at which a row can be cut once `saveState` and `restoreState` had it. */
  firstCutRestored(seqId: number): number;
  /** What a file keeps of a picture whose request still lives. */
  saveMedia(span: MediaSpan): Uint8Array;
  /**
   * Writes a row with its first `nTokens` tokens to a file.
   * @returns bytes written @throws Error
   */
  saveRow(seqId: number, path: string, tokens: TokenList, nTokens: number): number;
  /**
   * Fills an empty row from a file with at most `nTokensMax` tokens.
   * @throws Error when the file is not of this model, or damaged; the row is empty then
   */
  restoreRow(seqId: number, path: string, nTokensMax: number): RestoredRow;
  isEog(token: number): boolean;
  /**
   * The bytes of a token; a view, dead after the next call.
   * @param showsSpecial special tokens have bytes as well
   */
  pieceView(token: number, showsSpecial: boolean): Uint8Array;
  /** Text of tokens, special ones shown. */
  detokenize(tokens: Int32Array): string;
}

export interface RestoredRow {
  tokens: TokenList;
  /** Bytes read. */
  nBytes: number;
}

/** Guesses a sequence's next tokens. Implemented by ffi's Speculation, and by PromptLookup. */
export interface Drafter {
  /** Most tokens of a draft. */
  readonly nMax: number;
  /** Fewest tokens worth checking. */
  readonly nMin: number;
  /** It can draft for sequences with pictures, whose cells have negative numbers. */
  readonly followsMedia: boolean;
  /** A sequence begins to decode after `prompt`. */
  begin(seqId: number, prompt: Int32Array): void;
  /** A draft for each of `requests`; an empty one where it has no good guess. */
  draft(requests: DraftRequest[]): Int32Array[];
  /** Tells it what was decoded; after every decode. */
  process(batch: Batch): void;
  /** Tells it how many tokens of its last draft for the sequence were right. */
  accept(seqId: number, nAccepted: number): void;
  /** A test aid: how likely token `i` of a draft is taken unseen; null: drafts are checked. */
  synthProbability(i: number): number | null;
  /**
   * Tokens that its last draft for the sequence goes on from, which it had met before, in a drafter
   * that just looks up: its drafts cost no time, and any part of one may be checked.
   */
  matched?(seqId: number): number;
  /** The sequence ends, or begins anew. */
  forget?(seqId: number): void;
}
