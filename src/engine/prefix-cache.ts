import { type Checkpoint, checkpointWithin } from "./checkpoints.ts";
import type { Extent } from "./extents.ts";
import type { LoraSet } from "./sequence.ts";
import type { TokenList } from "./tokens.ts";

/** Cells that have to be computed, fewer than these, are not worth to copy or to wait for. */
export const nCellsWorthIt = 64;

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
  /** Where it can be cut, if not anywhere, in order. */
  checkpoints: readonly Checkpoint[];
  /** Whose cells it has: all that are filled, and maybe more. */
  extents: readonly Extent[];
}

/** What looks for a prefix: a sequence that wants to start. */
export type Wanted = Pick<CachedRow, "tokens" | "lora" | "loraFrom">;

/** What a row can give to a sequence: its first `n` cells, cut at a checkpoint if there is one. */
export interface Donation<Row> {
  row: Row;
  n: number;
  checkpoint: Checkpoint | null;
}

/**
 * Hands out the sequence ids of a context, and keeps finished sequences as prefix donors.
 * Every id is free, cached (finished, least recently used first) or taken, exactly once.
 */
export class PrefixCache {
  readonly nSeqMax: number;
  readonly #free: number[];
  #nSteps = 0;
  /** The step after which cached rows were used last, by their ids. */
  readonly #usedAt = new Map<number, number>();
  /** Insertion order is age: re-inserted on use. */
  readonly #cached = new Map<number, CachedRow>();

  constructor(nSeqMax: number) {
    this.nSeqMax = nSeqMax;
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

  /** Marks a cached row as just used. */
  touch(seqId: number): void {
    const row = this.#cached.get(seqId);
    if (!row) return;
    this.#cached.delete(seqId);
    this.keep(row);
  }

  /** A step was decoded, which looked at cached rows' cells as well. @returns steps so far */
  countStep(): number {
    return ++this.#nSteps;
  }

  /** Cached rows that were not used for so many steps. */
  unusedFor(nSteps: number): CachedRow[] {
    const since = this.#nSteps - nSteps;
    return [...this.#cached.values()].filter(
      ({ seqId }) => (this.#usedAt.get(seqId) ?? 0) <= since,
    );
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
    this.#usedAt.set(row.seqId, this.#nSteps);
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

/**
 * The most that one of `rows` can give to a sequence; of equals the last one. Null: nothing.
 * @param firstCutOf lowest position at which a row can be cut
 */
export function bestDonation<Row extends Donor>(
  wanted: Wanted,
  rows: Iterable<Row>,
  firstCutOf: (row: Row) => number,
): Donation<Row> | null {
  let best: Donation<Row> | null = null;
  for (const row of rows) {
    const common = nUsable(wanted, row);
    if (common === 0 || common < (best?.n ?? 0)) continue;
    const isCuttable = row.tokens.positionOf(common) >= firstCutOf(row);
    const checkpoint = isCuttable ? null : checkpointWithin(row.checkpoints, common);
    const n = isCuttable ? common : (checkpoint?.n ?? 0);
    if (n > 0 && n >= (best?.n ?? 0)) best = { row, n, checkpoint };
  }
  return best;
}

type Donor = Wanted & Pick<CachedRow, "nCached" | "checkpoints">;

/**
 * Cells of a row that a sequence could use if it were cut there: at most all but one, because the
 * last token (always text) must be decoded for its logits.
 */
export function nUsable(wanted: Wanted, row: Wanted & Pick<CachedRow, "nCached">): number {
  return Math.min(commonCells(wanted, row, row.nCached), wanted.tokens.length - 1);
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

/** Cells of a row that none of the others has. */
export function nOwn(row: CachedRow, others: readonly CachedRow[]): number {
  return row.nCached - Math.max(0, ...others.map((other) => commonOf(row, other)));
}

/** Most cells that two rows may share. */
export function commonOf(row: CachedRow, other: CachedRow): number {
  return row.tokens.commonPrefix(other.tokens, Math.min(row.nCached, other.nCached));
}
