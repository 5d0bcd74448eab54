import { freeState, type SequenceState } from "../../ffi/sequence-state.ts";
import type { LoadOptions } from "../core/load.ts";
import { bytesOf, type Checkpoint, type CheckpointLimits } from "./checkpoints.ts";
import { commonCells, type Wanted } from "./prefix-cache.ts";

/** What is kept outside of the KV cache. */
export interface HostLimits {
  /** Most memory for rows and for all checkpoints, bytes. */
  nBytesMax: number;
  /** Finished rows go there when the KV cache needs their room. */
  keepsRows: boolean;
  /** And so do those that nobody has used for a while. */
  movesIdle: boolean;
  checkpoints: CheckpointLimits;
}

const mib = 1024 * 1024;
/** llama-server's default. */
const cacheRamMiBDefault = 8192;
/** Part of the free memory that is taken without being asked. */
const memoryShare = 1 / 8;
/** llama-server's defaults. */
const checkpointDefaults = { nMax: 32, minStep: 8192 };

/**
 * What may be kept: as asked, otherwise what memory allows.
 * @param freeBytes memory that is available before the model is loaded
 */
export function hostLimits(
  { cacheRamMiB: asked, cacheIdleSlots, nCheckpointsMax, checkpointMinStep }: LoadOptions,
  freeBytes: number,
): HostLimits {
  const usual = Math.min(cacheRamMiBDefault * mib, freeBytes * memoryShare);
  return {
    // Without rows there are still checkpoints, which llama-server does not count.
    nBytesMax: !asked ? usual : asked < 0 ? Number.POSITIVE_INFINITY : asked * mib,
    keepsRows: asked !== 0,
    movesIdle: asked !== 0 && (cacheIdleSlots ?? true),
    checkpoints: {
      nMax: nCheckpointsMax ?? checkpointDefaults.nMax,
      minStep: checkpointMinStep ?? checkpointDefaults.minStep,
    },
  };
}

/** A finished row outside of the KV cache. */
export interface HostRow extends Wanted {
  nCached: number;
  /** Lowest position at which it can be cut, once it is back. */
  firstCut: number;
  checkpoints: readonly Checkpoint[];
  state: SequenceState;
  /** The slot that holds it. */
  slot: number | undefined;
  /** Only that slot may have it. */
  isPrivate: boolean;
}

/** Rows in the host's memory, the least recently used first. */
export class HostCache {
  readonly #rows = new Set<HostRow>();

  rows(): Iterable<HostRow> {
    return this.#rows;
  }

  /** Bytes of rows, without their checkpoints. */
  get nBytes(): number {
    let sum = 0;
    for (const { state } of this.#rows) sum += bytesOf(state);
    return sum;
  }

  /** Keeps a row as just used, in place of those that it begins with, but for other slots'. */
  keep(row: HostRow): void {
    for (const other of this.#rows) {
      if (other.slot !== undefined && other.slot !== row.slot) continue;
      if (row.isPrivate && !other.isPrivate) continue;
      if (commonCells(row, other, other.nCached) === other.nCached) this.drop(other);
    }
    this.#rows.add(row);
  }

  /** Takes a row out, which lives on. */
  take(row: HostRow): void {
    this.#rows.delete(row);
  }

  drop(row: HostRow): void {
    this.#rows.delete(row);
    freeState(row.state);
  }

  /** Drops the row that was unused for longest. @returns false when there is none */
  dropOldest(): boolean {
    const [oldest] = this.#rows;
    if (oldest) this.drop(oldest);
    return oldest !== undefined;
  }
}
