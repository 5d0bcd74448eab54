import {
  bytesOf,
  type Checkpoint,
  checkpointPoints,
  nCheckpointMin,
  thinned,
  withCheckpoint,
} from "./checkpoints.ts";
import { HostCache, type HostLimits, type HostRow } from "./host-cache.ts";
import {
  bestDonation,
  type CachedRow,
  type Donation,
  nUsable,
  type Wanted,
} from "./prefix-cache.ts";
import type { Runner } from "./runner.ts";
import type { Sequence } from "./sequence.ts";

/** Most checkpoints of a sequence for places where it parts from others: each ends a step. */
const nPartingsMax = 2;

type Holder = { checkpoints: readonly Checkpoint[] };

/** Copies of rows, and of parts of them, in the host's memory, within its bounds. */
export class HostMemory {
  readonly #limits: HostLimits;
  readonly #runner: Runner;
  readonly #rows = new HostCache();

  constructor(runner: Runner, limits: HostLimits) {
    this.#runner = runner;
    this.#limits = limits;
  }

  /** The copy that has most of what a sequence begins with, among all or among a slot's. */
  donorFor(wanted: Wanted, slot?: number): Donation<HostRow> | null {
    const asked = [...this.#rows.rows()].filter((row) =>
      slot === undefined ? !row.isPrivate : row.slot === slot,
    );
    return bestDonation(wanted, asked, ({ firstCut }) => firstCut);
  }

  /** The copy of what a slot holds. */
  rowOf(slot: number): HostRow | undefined {
    for (const row of this.#rows.rows()) if (row.slot === slot) return row;
    return undefined;
  }

  /** Drops the copy of what a slot holds. @returns what there was */
  dropOf(slot: number): HostRow | undefined {
    const row = this.rowOf(slot);
    if (row) this.#rows.drop(row);
    return row;
  }

  /** A slot holds something else from now on. */
  forgetSlot(slot: number): void {
    const row = this.rowOf(slot);
    if (row?.isPrivate) this.#rows.drop(row);
    else if (row) row.slot = undefined;
  }

  /** Bytes that a row takes here; null when it should not come before it has to. */
  bytesToMove({ seqId }: CachedRow): number | null {
    if (!this.#limits.movesIdle) return null;
    const nBytes = this.#runner.stateBytes(seqId, "whole");
    return nBytes <= this.#limits.nBytesMax ? nBytes : null;
  }

  /**
   * Copies a row, if that fits.
   * @param slot the one that holds it, if one does
   * @param others rows whose checkpoints take memory as well
   */
  keep(row: CachedRow, slot: number | undefined, others: Holder[]): void {
    const { nBytesMax, keepsRows } = this.#limits;
    if (!keepsRows || this.#runner.stateBytes(row.seqId, "whole") > nBytesMax) return;
    const { seqId, tokens, nCached, lora, loraFrom, isPrivate, checkpoints } = row;
    const state = this.#runner.saveState(seqId, "whole");
    const firstCut = this.#runner.firstCutRestored(seqId);
    const kept = { tokens, nCached, lora, loraFrom, isPrivate, checkpoints };
    this.#rows.keep({ ...kept, state, firstCut, slot });
    this.#fit([...others, row]);
  }

  /**
   * Has a copy put into the KV cache by `restore`; nothing drops it meanwhile. It stays for others
   * if that works and they may want more of it than `n` cells.
   */
  putBack(row: HostRow, n: number, restore: () => boolean): boolean {
    this.#rows.take(row);
    const isRestored = restore();
    if (isRestored && n < row.nCached && !row.isPrivate) this.#rows.keep(row);
    else this.#rows.drop(row);
    return isRestored;
  }

  /**
   * Plans where to make checkpoints of a sequence: where its turns begin, and where it parts from
   * a row that it could have used if that had had one there.
   */
  planCheckpoints(sequence: Sequence, donors: Iterable<CachedRow>): void {
    sequence.checkpointsWanted = [];
    if (!this.#makesCheckpoints || sequence.isPrivate) return;
    const isEog = (token: number) => this.#runner.isEog(token);
    const nMin = Math.max(nCheckpointMin, sequence.nCached + 1);
    const partings = [...donors, ...this.#rows.rows()].map((row) => nUsable(sequence, row));
    const furthest = [...new Set(partings)].sort((a, b) => b - a).slice(0, nPartingsMax);
    const turns = checkpointPoints(sequence.tokens, isEog, this.#limits.checkpoints);
    sequence.checkpointsWanted = [...turns, ...furthest].filter((n) => n >= nMin);
  }

  /** True when others can have the first `n` cells of a running sequence once it has them. */
  willCheckpoint({ checkpointsWanted }: Sequence, n: number): boolean {
    if (this.#makesCheckpoints && !checkpointsWanted.includes(n)) checkpointsWanted.push(n);
    return this.#makesCheckpoints || !this.#runner.needsCheckpoints;
  }

  /**
   * Copies what cannot be cut of a sequence's row as it is now.
   * @param others rows whose checkpoints take memory as well
   */
  makeCheckpoint(sequence: Sequence, others: Holder[]): void {
    const { nCached, checkpointsWanted } = sequence;
    sequence.checkpointsWanted = checkpointsWanted.filter((n) => n > nCached);
    const state = this.#runner.saveState(sequence.seqId, "uncuttable");
    const { nMax } = this.#limits.checkpoints;
    sequence.checkpoints = withCheckpoint(sequence.checkpoints, { n: nCached, state }, nMax);
    this.#fit([...others, sequence]);
  }

  get #makesCheckpoints(): boolean {
    return this.#runner.needsCheckpoints && this.#limits.checkpoints.nMax > 0;
  }

  /** Drops copies of rows, and then checkpoints, until all are within bounds. */
  #fit(holders: Holder[]): void {
    const { nBytesMax } = this.#limits;
    while (this.#nBytes(holders) > nBytesMax) {
      if (this.#rows.dropOldest()) continue;
      const holder = holders.reduce((a, b) =>
        b.checkpoints.length > a.checkpoints.length ? b : a,
      );
      holder.checkpoints = thinned(holder.checkpoints);
    }
  }

  #nBytes(holders: Holder[]): number {
    const all = new Set<Checkpoint>();
    for (const { checkpoints } of [...holders, ...this.#rows.rows()]) {
      for (const checkpoint of checkpoints) all.add(checkpoint);
    }
    let sum = this.#rows.nBytes;
    for (const { state } of all) sum += bytesOf(state);
    return sum;
  }
}
