import assert from "node:assert";
import { AppError } from "../core/errors.ts";
import { stretchesToMove } from "./cache-reuse.ts";
import { checkpointWithin } from "./checkpoints.ts";
import { cellsTogether, type Extent, firstCells } from "./extents.ts";
import type { HostRow } from "./host-cache.ts";
import type { HostMemory } from "./host-memory.ts";
import {
  bestDonation,
  type CachedRow,
  commonOf,
  type Donation,
  nCellsWorthIt,
  nOwn,
  PrefixCache,
} from "./prefix-cache.ts";
import { proveRows } from "./row-proof.ts";
import type { Runner } from "./runner.ts";
import { Sequence } from "./sequence.ts";
import type { Slot, Slots } from "./slots.ts";

/** A row comes back from the host's memory if that saves to compute this part of its cells. */
const partWorthIt = 1 / 64;

/**
 * The rows of the KV cache: who has which, what is in them, and what goes when room is short. A
 * sequence that ends leaves its row behind as a prefix donor. The one that ran last in a slot is
 * also the slot's own, and outlives donors that belong to no slot.
 */
export class Rows {
  readonly #runner: Runner;
  readonly #slots: Slots;
  readonly #running: readonly Sequence[];
  readonly #cache: PrefixCache;
  readonly #host: HostMemory;
  readonly #cacheReuse: number;

  /**
   * @param running the sequences that run, kept up to date by the caller
   * @param host where rows go that have to leave the KV cache
   * @param cacheReuse shortest stretch that is moved for a request that is silent; 0: none
   */
  constructor(
    runner: Runner,
    slots: Slots,
    running: readonly Sequence[],
    host: HostMemory,
    cacheReuse: number,
  ) {
    this.#runner = runner;
    this.#slots = slots;
    this.#running = running;
    this.#cacheReuse = cacheReuse;
    this.#cache = new PrefixCache(runner.nSeqMax);
    this.#host = host;
  }

  /** Most cells of a sequence that can be had without computing them. */
  nShareable(sequence: Sequence): number {
    const donor = this.#donorFor(sequence, this.#donors());
    return Math.max(donor?.n ?? 0, this.#host.donorFor(sequence)?.n ?? 0);
  }

  /** Whose cells a sequence would have if it began now in a slot, and would go on to fill. */
  extentsFor(sequence: Sequence, { row }: Slot): Extent[] {
    const donors = this.#donorsFor(sequence, row);
    const donor = sequence.sharesPrefix ? this.#donorFor(sequence, donors) : null;
    const shared = donor ? firstCells(donor.row.extents, donor.n) : [];
    return [...shared, { source: sequence, to: sequence.tokens.length }];
  }

  /** Gives a sequence a slot and a row, with what it shares with a donor in it. */
  assign(sequence: Sequence, slot: Slot): void {
    const old = this.#slots.occupy(slot, sequence);
    const { sharesPrefix } = sequence;
    sequence.goesOnFrom([], 0);
    const donors = this.#donorsFor(sequence, old);
    const donor = sharesPrefix ? this.#donorFor(sequence, donors) : null;
    const isReused = old && sharesPrefix && this.#reuse(old, sequence, donor?.n ?? 0);
    if (!isReused) {
      const stored = sharesPrefix ? this.#storedFor(sequence, slot, donor?.n ?? 0) : null;
      // Nobody else may ever use it.
      if (old?.isPrivate && (stored || old !== donor?.row)) this.drop(old);
      if (!stored) this.#begin(sequence, donor);
      else if (!this.#bringBack(stored, sequence)) {
        this.#begin(sequence, this.#donorFor(sequence, this.#donorsFor(sequence, null)));
      }
    }
    this.#host.forgetSlot(slot.id);
    this.#host.planCheckpoints(sequence, donors);
  }

  /** Takes a sequence out of its slot, where what it computed stays as a donor. */
  leave(sequence: Sequence): void {
    const { seqId, tokens, nCached, lora, loraFrom, isPrivate, checkpoints } = sequence;
    if (nCached === 0) {
      this.empty(sequence);
      return;
    }
    for (const span of tokens.media) span.saved ??= this.#runner.saveMedia(span);
    const extents = firstCells(sequence.extents, nCached);
    const row = { seqId, tokens, nCached, lora, loraFrom, isPrivate, checkpoints, extents };
    this.#cache.keep(row);
    this.#slots.vacate(sequence, row);
  }

  /** Takes a sequence out of its slot and drops what it computed. */
  empty(sequence: Sequence): void {
    this.#slots.vacate(sequence, null);
    this.#runner.removeCells(sequence.seqId, 0);
    this.#cache.giveBack(sequence.seqId);
    sequence.seqId = -1;
    sequence.checkpoints = [];
    sequence.goesOnFrom([], 0);
  }

  /** Empties the row of a sequence that has to wait again; what it computed may come back. */
  putAside(sequence: Sequence): void {
    if (sequence.nCached > 0) this.#keepOutside(sequence);
    this.empty(sequence);
  }

  /** Drops a running sequence's cells from the first `n` on, or some more if it must be. */
  cut(sequence: Sequence, n: number): void {
    const { seqId, tokens } = sequence;
    const isCuttable = tokens.positionOf(n) >= this.#runner.firstCut(seqId);
    const checkpoint = isCuttable ? null : checkpointWithin(sequence.checkpoints, n);
    const held = { nCached: Number.POSITIVE_INFINITY, extents: sequence.extents };
    this.#cutRow(sequence, held, { n: isCuttable ? n : (checkpoint?.n ?? 0), checkpoint });
  }

  /** Makes a checkpoint of a running sequence where one is wanted. */
  makeCheckpoint(sequence: Sequence): void {
    if (!sequence.checkpointsWanted.includes(sequence.nCached)) return;
    this.#host.makeCheckpoint(sequence, [...this.#running, ...this.#cache.rows()]);
  }

  /** True when others can have the first `n` cells of a running sequence once it has them. */
  willHave(donor: Sequence, n: number): boolean {
    return this.#host.willCheckpoint(donor, n);
  }

  /**
   * Frees the cells of the donor that was unused for longest, those of slots last. @returns false
   * when there is none
   */
  evict(): boolean {
    const row =
      this.#cache.oldest((row) => this.#slots.holderOf(row) !== undefined) ??
      this.#cache.oldest(() => false);
    if (row) this.#retire(row);
    return row !== null;
  }

  /**
   * Lends `n` empty rows for one synchronous use, and empties them afterwards.
   * @param use returns "no_room" when the KV cache is full; it is called again with more room
   * @throws AppError overloaded, when there is no more
   */
  lend<Result>(n: number, use: (seqIds: number[]) => Result | "no_room"): Result {
    while (this.#cache.nFree < n) if (!this.evict()) throw noRoom();
    const seqIds = Array.from({ length: n }, () => this.take());
    try {
      for (;;) {
        const result = use(seqIds);
        if (result !== "no_room") return result;
        for (const seqId of seqIds) this.#runner.removeCells(seqId, 0);
        if (!this.evict()) throw noRoom();
      }
    } finally {
      for (const seqId of seqIds) this.giveBack(seqId);
    }
  }

  /** An empty row, for which others may have to go. */
  take(): number {
    const seqId = this.#takeEmptyExcept(null);
    assert(seqId !== null, "more sequences run than the context has rows");
    return seqId;
  }

  /** Keeps a filled row as what an idle slot holds. */
  adopt(slot: Slot, row: CachedRow): void {
    slot.row = row;
    this.#cache.keep(row);
  }

  /** Drops a cached row. */
  drop(row: CachedRow): void {
    const slot = this.#slots.holderOf(row);
    if (slot) slot.row = null;
    this.#cache.takeCached(row.seqId);
    this.giveBack(row.seqId);
  }

  /** Empties a row, which is free then. */
  giveBack(seqId: number): void {
    this.#runner.removeCells(seqId, 0);
    this.#cache.giveBack(seqId);
  }

  /** Tries to restore something, again with more room while there is any to be had. */
  withRoom(restore: () => boolean): boolean {
    while (!restore()) if (!this.evict()) return false;
    return true;
  }

  /** A step was decoded. @returns steps so far */
  countStep(): number {
    return this.#cache.countStep();
  }

  /**
   * Takes a row out of the KV cache that was not used for so many steps and takes at most so many
   * bytes. @returns bytes that it takes; 0: there is none
   */
  moveUnused(nSteps: number, nBytesMax: number): number {
    for (const row of this.#cache.unusedFor(nSteps)) {
      // Stretches can be moved within the KV cache only. Of two equal rows both go.
      const isForReuse = this.#cacheReuse > 0 && this.#slots.holderOf(row);
      if (isForReuse || nOwn(row, this.#running) < nCellsWorthIt) continue;
      const nBytes = this.#host.bytesToMove(row);
      if (nBytes === null || nBytes > nBytesMax) continue;
      this.#store(row);
      this.drop(row);
      return nBytes;
    }
    return 0;
  }

  /** Every row is free, cached or running, exactly once, and holds what it is taken to hold. */
  checkIntegrity(nRunning: number): void {
    const { nFree, nCachedRows, nSeqMax } = this.#cache;
    assert.equal(nFree + nCachedRows + nRunning, nSeqMax, "sequence ids are lost");
    assert(this.nCells <= this.#runner.nCells, "cells are counted that cannot be there");
    proveRows(this.#runner, [...this.#cache.rows(), ...this.#running]);
  }

  /** Cells that are filled. */
  get nCells(): number {
    const all = [...this.#cache.rows(), ...this.#running];
    return cellsTogether(all.map(({ extents, nCached }) => firstCells(extents, nCached)));
  }

  #donorFor(sequence: Sequence, rows: Iterable<CachedRow>): Donation<CachedRow> | null {
    return bestDonation(sequence, rows, ({ seqId }) => this.#runner.firstCut(seqId));
  }

  /** Who asks for a slot asks for what is in it, and for nothing else. */
  #donorsFor({ request }: Sequence, own: CachedRow | null): CachedRow[] {
    const rows = own ? [own] : [];
    return request.asked.slot === undefined ? [...rows, ...this.#donors()] : rows;
  }

  /** Rows that anybody may take cells from. */
  *#donors(): Iterable<CachedRow> {
    yield* this.#cache.publicRows();
    for (const sequence of this.#running) {
      if (!sequence.isPrivate && sequence.nCached > 0) yield sequence;
    }
  }

  /** What the host's memory has for a sequence, if that is enough more than `nElse` cells. */
  #storedFor(sequence: Sequence, { id }: Slot, nElse: number): Donation<HostRow> | null {
    const isFree = sequence.request.asked.slot === undefined;
    const stored = this.#host.donorFor(sequence, isFree ? undefined : id);
    const nSaved = (stored?.n ?? 0) - nElse;
    if (!stored || nSaved <= 0 || nSaved < stored.row.nCached * partWorthIt) return null;
    const nHeld = cellsTogether(this.#running.map(({ extents }) => extents));
    return nHeld + stored.row.nCached <= this.#runner.nCells ? stored : null;
  }

  /** Starts a sequence from a row of the host's memory. @returns false when there is no room */
  #bringBack(stored: Donation<HostRow>, sequence: Sequence): boolean {
    const { row, n } = stored;
    const seqId = this.take();
    const restore = () => this.#runner.restoreState(seqId, row.state, "whole");
    if (!this.#host.putBack(row, n, () => this.withRoom(restore))) {
      this.giveBack(seqId);
      return false;
    }
    sequence.seqId = seqId;
    sequence.checkpoints = row.checkpoints;
    sequence.goesOnFrom([], row.nCached);
    this.#cutRow(sequence, row, stored);
    return true;
  }

  #begin(sequence: Sequence, donor: Donation<CachedRow> | null): void {
    if (!donor) sequence.seqId = this.take();
    else if (donor.row.isPrivate) this.#goOnIn(donor, sequence);
    else this.#share(donor, sequence);
  }

  #share(donor: Donation<CachedRow>, sequence: Sequence): void {
    const { row, n, checkpoint } = donor;
    const seqId = this.#takeEmptyExcept(row);
    if (seqId === null) {
      assert(!(row instanceof Sequence), "more sequences run than the context has rows");
      this.#goOnIn(donor, sequence);
      return;
    }
    const to = n === row.nCached ? -1 : sequence.tokens.positionOf(n);
    this.#runner.shareCells(row.seqId, seqId, to);
    this.#cache.touch(row.seqId);
    sequence.seqId = seqId;
    sequence.checkpoints = row.checkpoints.filter((one) => one.n <= n);
    sequence.goesOnFrom(row.extents, n);
    if (checkpoint) this.#cutRow(sequence, row, donor);
  }

  /** Makes a cached row the sequence's own, but for what it does not share. */
  #goOnIn(donor: Donation<CachedRow>, sequence: Sequence): void {
    const { row } = donor;
    this.#cache.takeCached(row.seqId);
    sequence.seqId = row.seqId;
    sequence.checkpoints = row.checkpoints;
    sequence.goesOnFrom(row.extents, row.nCached);
    this.#cutRow(sequence, row, donor);
  }

  /** Cuts a sequence's row, which has what `row` has, after its first `n` cells. */
  #cutRow(
    sequence: Sequence,
    row: Pick<CachedRow, "nCached"> & { extents?: readonly Extent[] },
    { n, checkpoint }: Pick<Donation<unknown>, "n" | "checkpoint">,
  ): void {
    const { seqId } = sequence;
    const restore = () =>
      checkpoint === null || this.#runner.restoreState(seqId, checkpoint.state, "uncuttable");
    const nLeft = this.withRoom(restore) ? n : 0;
    sequence.checkpoints = sequence.checkpoints.filter((one) => one.n <= nLeft);
    if (nLeft < row.nCached) this.#runner.removeCells(seqId, sequence.tokens.positionOf(nLeft));
    sequence.goesOnFrom(row.extents ?? [], nLeft);
  }

  /**
   * Makes a slot's old row the sequence's own, and moves stretches in it to where the new prompt
   * has them. Cells that other rows share stay: moved, they would be wrong there.
   * @param nElse cells that can be had without moving any
   * @returns false when that gains nothing
   */
  #reuse(old: CachedRow, sequence: Sequence, nElse: number): boolean {
    const nMin = sequence.request.asked.nCacheReuse ?? this.#cacheReuse;
    if (nMin === 0 || !this.#runner.canMove || old.lora.key !== sequence.lora.key) return false;
    // Adapters that begin in the middle would begin elsewhere in what is moved.
    if (old.loraFrom > 0 || sequence.loraFrom > 0) return false;
    if (this.#runner.firstCut(old.seqId) > 0) return false;
    const others = this.#others(old).map((row) => commonOf(old, row));
    const stretches = stretchesToMove(sequence, old, nMin, Math.max(0, ...others));
    const last = stretches.at(-1);
    if (!last || last.at + last.to - last.from <= nElse) return false;
    this.#cache.takeCached(old.seqId);
    for (const { from, to, at } of stretches) {
      this.#runner.removeCells(old.seqId, at, from);
      this.#runner.moveCells(old.seqId, from, to, at - from);
    }
    sequence.seqId = old.seqId;
    sequence.goesOnFrom([], last.at + last.to - last.from);
    this.#runner.removeCells(old.seqId, sequence.nCached);
    return true;
  }

  #others(row: CachedRow): CachedRow[] {
    return [...this.#cache.rows(), ...this.#running].filter((other) => other.seqId !== row.seqId);
  }

  /** A row without cells; to get one, donors go, but for `spared` and those that slots hold. */
  #takeEmptyExcept(spared: CachedRow | null): number | null {
    const free = this.#cache.take();
    if (free !== null) return free;
    const isSpared = (row: CachedRow) => row === spared || this.#slots.holderOf(row) !== undefined;
    const oldest = this.#cache.oldest(isSpared);
    if (!oldest) return null;
    this.#retire(oldest);
    return this.#cache.take();
  }

  /** Drops a row from the KV cache, but keeps what nobody else has. */
  #retire(row: CachedRow): void {
    this.#keepOutside(row);
    this.drop(row);
  }

  #keepOutside(row: CachedRow): void {
    if (!row.isPrivate && nOwn(row, this.#others(row)) >= nCellsWorthIt) this.#store(row);
  }

  #store(row: CachedRow): void {
    this.#host.keep(row, this.#slots.holderOf(row)?.id, this.#others(row));
  }
}

function noRoom(): AppError {
  return new AppError("overloaded", "the KV cache is full");
}
