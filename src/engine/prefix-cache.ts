import type { LoraSet } from "./sequence.ts";
import type { TokenList } from "./tokens.ts";

/** A row of the KV cache and the tokens in its cells. */
export interface CachedRow {
  seqId: number;
  tokens: TokenList;
  /** Cells that are filled: tokens [0, nCached). */
  nCached: number;
  /** Cells [loraFrom, nCached) were computed with these adapters, those before without. */
  lora: LoraSet;
  loraFrom: number;
  /** Only the slot that it belongs to may take cells from it. */
  isPrivate: boolean;
}

/** What looks for a prefix: a sequence that wants to start. */
export type Wanted = Pick<CachedRow, "tokens" | "lora" | "loraFrom">;

/**
 * Hands out the sequence ids of a context, and keeps finished sequences as prefix donors.
 * Every id is free, cached (finished, least recently used first) or taken, exactly once.
 */
export class PrefixCache {
  readonly nSeqMax: number;
  readonly #canCut: boolean;
  readonly #free: number[];
  /** Insertion order is age: re-inserted on use. */
  readonly #cached = new Map<number, CachedRow>();

  /** @param canCut false: a row can only be shared whole (recurrent state) */
  constructor(nSeqMax: number, canCut: boolean) {
    this.nSeqMax = nSeqMax;
    this.#canCut = canCut;
    this.#free = Array.from({ length: nSeqMax }, (_, i) => nSeqMax - 1 - i);
  }

  get nFree(): number {
    return this.#free.length;
  }

  get nCachedRows(): number {
    return this.#cached.size;
  }

  rows(): Iterable<CachedRow> {
    return this.#cached.values();
  }

  /** Cached rows that anybody may take cells from. */
  *publicRows(): Iterable<CachedRow> {
    for (const row of this.#cached.values()) if (!row.isPrivate) yield row;
  }

  /** The one of `rows` that shares most with `wanted`, and how many cells; null when none does. */
  donorFor(wanted: Wanted, rows: Iterable<CachedRow>): { row: CachedRow; n: number } | null {
    let best: { row: CachedRow; n: number } | null = null;
    for (const row of rows) {
      const n = this.sharedCells(wanted, row);
      if (n > (best?.n ?? 0)) best = { row, n };
    }
    return best;
  }

  /**
   * Cells that a sequence can take over from a row: at most all but one, because its last token
   * must be decoded for its logits.
   */
  sharedCells(wanted: Wanted, row: CachedRow): number {
    const { tokens } = wanted;
    const common = commonCells(wanted, row, row.nCached);
    if (common < tokens.length) return this.#canCut || common === row.nCached ? common : 0;
    // All of it is there. The last token (always text) is decoded again for its logits, but a
    // recurrent state cannot go back by one.
    return this.#canCut ? common - 1 : 0;
  }

  /** Marks a cached row as just used. */
  touch(seqId: number): void {
    const row = this.#cached.get(seqId);
    if (!row) return;
    this.#cached.delete(seqId);
    this.#cached.set(seqId, row);
  }

  /** A free id, or null: evict first. */
  take(): number | null {
    return this.#free.pop() ?? null;
  }

  /** Takes a cached row's id, cells and all. */
  takeCached(seqId: number): void {
    this.#cached.delete(seqId);
  }

  /** Keeps a finished sequence's row as a donor. */
  keep(row: CachedRow): void {
    this.#cached.set(row.seqId, row);
  }

  /** Returns an id whose cells the caller has removed. */
  giveBack(seqId: number): void {
    this.#free.push(seqId);
  }

  /** The least recently used cached row that is not spared. */
  oldest(isSpared: (row: CachedRow) => boolean): CachedRow | null {
    for (const row of this.#cached.values()) if (!isSpared(row)) return row;
    return null;
  }
}

/** Cells that `wanted` and the first `nRow` of a row have in common, computed alike. */
export function commonCells(wanted: Wanted, row: Wanted, nRow: number): number {
  const common = wanted.tokens.commonPrefix(row.tokens, nRow);
  if (wanted.lora.key === row.lora.key && wanted.loraFrom === row.loraFrom) return common;
  return wanted.tokens.wholeCells(Math.min(common, nPlain(wanted), nPlain(row)));
}

/** Cells at the beginning that are computed without adapters. */
function nPlain({ lora, loraFrom }: Wanted): number {
  return lora.key === "" ? Number.POSITIVE_INFINITY : loraFrom;
}
