import type { TokenList } from "./tokens.ts";

/** A row of the KV cache and the tokens in its cells. */
export interface CachedRow {
  seqId: number;
  tokens: TokenList;
  /** Cells that are filled: tokens [0, nCached). */
  nCached: number;
}

/**
 * Hands out the sequence ids of a context, and keeps finished sequences as prefix donors.
 * Every id is free, cached (finished, least recently used first) or running, exactly once.
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

  /**
   * The row that shares most of `tokens` from the start on, and how many cells; null when none
   * does.
   * At most all but one: the last token must be decoded for its logits.
   */
  donorFor(tokens: TokenList, running: Iterable<CachedRow>): { row: CachedRow; n: number } | null {
    let best: { row: CachedRow; n: number } | null = null;
    for (const row of [...this.#cached.values(), ...running]) {
      const n = this.sharedCells(tokens, row.tokens, row.nCached);
      if (n > (best?.n ?? 0)) best = { row, n };
    }
    return best;
  }

  /** Cells that a sequence of `tokens` can take over from a row with `nDonor` cells of `donor`. */
  sharedCells(tokens: TokenList, donor: TokenList, nDonor: number): number {
    const common = tokens.commonPrefix(donor, nDonor);
    if (common < tokens.length) return this.#canCut || common === nDonor ? common : 0;
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

  /** Keeps a finished sequence's row as a donor. */
  keep(row: CachedRow): void {
    this.#cached.set(row.seqId, row);
  }

  /** Returns an id whose cells the caller has removed. */
  giveBack(seqId: number): void {
    this.#free.push(seqId);
  }

  /** Drops the least recently used row; the caller removes its cells, then gives the id back. */
  evictOldest(except?: number): number | null {
    for (const seqId of this.#cached.keys()) {
      if (seqId === except) continue;
      this.#cached.delete(seqId);
      return seqId;
    }
    return null;
  }
}
