import assert from "node:assert";
import type { SlotFile } from "../core/calls.ts";
import { AppError } from "../core/errors.ts";
import { reusableStretches } from "./cache-reuse.ts";
import { type CachedRow, commonCells, PrefixCache } from "./prefix-cache.ts";
import type { Runner } from "./runner.ts";
import { type LoraSet, Sequence } from "./sequence.ts";
import type { Slot, Slots } from "./slots.ts";
import { TokenList } from "./tokens.ts";

/**
 * The rows of the KV cache: who has which, what is in them, and what goes when room is short. A
 * sequence that ends leaves its row behind as a prefix donor. The one that ran last in a slot is
 * also the slot's own, and outlives donors that belong to no slot.
 */
export class Rows {
  readonly #runner: Runner;
  readonly #slots: Slots;
  readonly #cache: PrefixCache;
  readonly #cacheReuse: number;

  /** @param cacheReuse shortest stretch that is moved for a request that is silent; 0: none */
  constructor(runner: Runner, slots: Slots, cacheReuse: number) {
    this.#runner = runner;
    this.#slots = slots;
    this.#cacheReuse = cacheReuse;
    this.#cache = new PrefixCache(runner.nSeqMax, runner.canCut);
  }

  /** Most cells of a sequence that a donor has. */
  nShareable(sequence: Sequence, running: Sequence[]): number {
    return this.#cache.donorFor(sequence, this.#donors(running))?.n ?? 0;
  }

  /** Gives a sequence a slot and a row, with what it shares with a donor in it. */
  assign(sequence: Sequence, slot: Slot, running: Sequence[]): void {
    const old = this.#slots.occupy(slot, sequence);
    const { asked } = sequence.request;
    const { sharesPrefix } = sequence;
    // Who asks for a slot asks for what is in it, and for nothing else.
    const own = old ? [old] : [];
    const donors = asked.slot === undefined ? [...own, ...this.#donors(running)] : own;
    const donor = sharesPrefix ? this.#cache.donorFor(sequence, donors) : null;
    if (old && sharesPrefix && this.#reuse(old, sequence, running, donor?.n ?? 0)) return;
    // Nobody else may ever use it.
    if (old?.isPrivate && old !== donor?.row) this.#drop(old);
    if (!donor) sequence.seqId = this.#takeEmpty();
    else if (donor.row.isPrivate) this.#goOnIn(donor.row, sequence, donor.n);
    else this.#share(donor.row, sequence, donor.n);
  }

  /** Takes a sequence out of its slot, where what it computed stays as a donor. */
  leave(sequence: Sequence): void {
    const { seqId, tokens, nCached, lora, loraFrom, isPrivate } = sequence;
    if (nCached === 0) {
      this.empty(sequence);
      return;
    }
    for (const span of tokens.media) span.saved ??= this.#runner.saveMedia(span);
    const row = { seqId, tokens, nCached, lora, loraFrom, isPrivate };
    this.#cache.keep(row);
    this.#slots.vacate(sequence, row);
  }

  /** Takes a sequence out of its slot and drops what it computed. */
  empty(sequence: Sequence): void {
    this.#slots.vacate(sequence, null);
    this.#runner.removeCells(sequence.seqId, 0);
    this.#cache.giveBack(sequence.seqId);
    sequence.seqId = -1;
    sequence.nCached = 0;
  }

  /**
   * Frees the cells of the donor that was unused for longest, those of slots last. @returns false
   * when there is none
   */
  evict(): boolean {
    const row =
      this.#cache.oldest((row) => this.#slots.holderOf(row) !== undefined) ??
      this.#cache.oldest(() => false);
    if (row) this.#drop(row);
    return row !== null;
  }

  /**
   * Lends `n` empty rows for one synchronous use, and empties them afterwards.
   * @param use returns "no_room" when the KV cache is full; it is called again with more room
   * @throws AppError overloaded, when there is no more
   */
  lend<Result>(n: number, use: (seqIds: number[]) => Result | "no_room"): Result {
    while (this.#cache.nFree < n) if (!this.evict()) throw noRoom();
    const seqIds = Array.from({ length: n }, () => this.#takeEmpty());
    try {
      for (;;) {
        const result = use(seqIds);
        if (result !== "no_room") return result;
        for (const seqId of seqIds) this.#runner.removeCells(seqId, 0);
        if (!this.evict()) throw noRoom();
      }
    } finally {
      for (const seqId of seqIds) this.#giveBack(seqId);
    }
  }

  /** Drops what an idle slot holds. @returns its number of tokens */
  erase(slot: Slot): number {
    const { row } = slot;
    if (row) this.#drop(row);
    return row?.nCached ?? 0;
  }

  /** Writes what an idle slot holds to a file. @throws Error */
  save({ row }: Slot, path: string): Omit<SlotFile, "ms"> {
    if (row) {
      const nBytes = this.#runner.saveRow(row.seqId, path, row.tokens, row.nCached);
      return { nTokens: row.nCached, nBytes };
    }
    const saveEmpty = ([seqId = -1]: number[]) =>
      this.#runner.saveRow(seqId, path, new TokenList(), 0);
    return { nTokens: 0, nBytes: this.lend(1, saveEmpty) };
  }

  /**
   * Fills an idle slot from a file; when that fails, it is empty.
   * @param lora what its cells are taken to be computed with: the file does not tell
   * @throws Error
   */
  restore(slot: Slot, path: string, lora: LoraSet, nTokensMax: number): Omit<SlotFile, "ms"> {
    this.erase(slot);
    const seqId = this.#takeEmpty();
    let nTokens = 0;
    try {
      const { tokens, nBytes } = this.#runner.restoreRow(seqId, path, nTokensMax);
      nTokens = tokens.length;
      if (nTokens > 0) {
        slot.row = { seqId, tokens, nCached: nTokens, lora, loraFrom: 0, isPrivate: false };
        this.#cache.keep(slot.row);
      }
      return { nTokens, nBytes };
    } finally {
      if (nTokens === 0) this.#giveBack(seqId);
    }
  }

  /** Every row is free, cached or running, exactly once. */
  checkIntegrity(nRunning: number): void {
    const { nFree, nCachedRows, nSeqMax } = this.#cache;
    assert.equal(nFree + nCachedRows + nRunning, nSeqMax, "sequence ids are lost");
  }

  /** Rows that anybody may take cells from. */
  *#donors(running: Sequence[]): Iterable<CachedRow> {
    yield* this.#cache.publicRows();
    for (const sequence of running) if (!sequence.isPrivate) yield sequence;
  }

  #share(donor: CachedRow, sequence: Sequence, n: number): void {
    const seqId = this.#takeEmptyExcept(donor);
    if (seqId === null) {
      assert(!(donor instanceof Sequence), "more sequences run than the context has rows");
      this.#goOnIn(donor, sequence, n);
      return;
    }
    const to = n === donor.nCached ? -1 : sequence.tokens.positionOf(n);
    this.#runner.shareCells(donor.seqId, seqId, to);
    this.#cache.touch(donor.seqId);
    sequence.seqId = seqId;
    sequence.nCached = n;
  }

  /**
   * Makes a slot's old row the sequence's own, and moves stretches in it to where the new prompt
   * has them. Cells that other rows share stay: moved, they would be wrong there.
   * @param nElse cells that can be had without moving any
   * @returns false when that gains nothing
   */
  #reuse(old: CachedRow, sequence: Sequence, running: Sequence[], nElse: number): boolean {
    const nMin = sequence.request.asked.nCacheReuse ?? this.#cacheReuse;
    if (nMin === 0 || !this.#runner.canMove || old.lora.key !== sequence.lora.key) return false;
    const nBegin = commonCells(sequence, old, old.nCached);
    const stretches = reusableStretches(sequence.tokens, old, nBegin, nMin);
    const [first, last] = [stretches[0], stretches.at(-1)];
    if (!first || !last || last.at + last.to - last.from <= nElse) return false;
    const nShared = Math.max(0, ...this.#others(old, running).map((row) => commonOf(old, row)));
    if (nShared > first.from) return false;
    this.#cache.takeCached(old.seqId);
    for (const { from, to, at } of stretches) {
      this.#runner.removeCells(old.seqId, at, from);
      this.#runner.moveCells(old.seqId, from, to, at - from);
    }
    sequence.seqId = old.seqId;
    sequence.nCached = last.at + last.to - last.from;
    this.#runner.removeCells(old.seqId, sequence.nCached);
    return true;
  }

  #others(row: CachedRow, running: Sequence[]): CachedRow[] {
    return [...this.#cache.rows(), ...running].filter((other) => other.seqId !== row.seqId);
  }

  /** Makes a cached row the sequence's own, but for what it does not share. */
  #goOnIn(row: CachedRow, sequence: Sequence, n: number): void {
    this.#cache.takeCached(row.seqId);
    if (n < row.nCached) this.#runner.removeCells(row.seqId, sequence.tokens.positionOf(n));
    sequence.seqId = row.seqId;
    sequence.nCached = n;
  }

  #takeEmpty(): number {
    const seqId = this.#takeEmptyExcept(null);
    assert(seqId !== null, "more sequences run than the context has rows");
    return seqId;
  }

  /** A row without cells; to get one, donors go, but for `spared` and those that slots hold. */
  #takeEmptyExcept(spared: CachedRow | null): number | null {
    const free = this.#cache.take();
    if (free !== null) return free;
    const isSpared = (row: CachedRow) => row === spared || this.#slots.holderOf(row) !== undefined;
    const oldest = this.#cache.oldest(isSpared);
    if (!oldest) return null;
    this.#drop(oldest);
    return this.#cache.take();
  }

  #drop(row: CachedRow): void {
    const slot = this.#slots.holderOf(row);
    if (slot) slot.row = null;
    this.#cache.takeCached(row.seqId);
    this.#giveBack(row.seqId);
  }

  #giveBack(seqId: number): void {
    this.#runner.removeCells(seqId, 0);
    this.#cache.giveBack(seqId);
  }
}

/** Most cells that two rows may share. */
function commonOf(row: CachedRow, other: CachedRow): number {
  return row.tokens.commonPrefix(other.tokens, Math.min(row.nCached, other.nCached));
}

function noRoom(): AppError {
  return new AppError("overloaded", "the KV cache is full");
}
