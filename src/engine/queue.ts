import type { AppError } from "../core/errors.ts";
import { waitedTooLong } from "../core/limits.ts";
import { cellsTogether } from "./extents.ts";
import { commonCells, nCellsWorthIt } from "./prefix-cache.ts";
import type { Rows } from "./rows.ts";
import type { Sequence } from "./sequence.ts";
import type { Slot, Slots } from "./slots.ts";

/**
 * Tokens that everybody who runs has room for before one more is admitted: without it, a third of
 * all rows was computed twice when the KV cache was short, with it about a tenth.
 */
const nGrowthReserved = 16;

/** What a queue decides by. */
export interface Place {
  rows: Rows;
  slots: Slots;
  running: Sequence[];
  /** KV cells in all. */
  nCells: number;
}

/**
 * Sequences that wait to run, in arrival order. One that waits for its slot, or for a donor, holds
 * up nobody.
 */
export class Queue {
  readonly #waiting: Sequence[] = [];
  /** Somebody lost its row, and nobody has left one since. */
  #isShort = false;

  /** Tokens of all that wait. */
  get nTokens(): number {
    return this.#waiting.reduce((n, { tokens }) => n + tokens.length, 0);
  }

  get length(): number {
    return this.#waiting.length;
  }

  /** @param now milliseconds, as the `now` of `late` */
  add(sequence: Sequence, now: number): void {
    const { wait } = sequence.request.asked;
    if (wait) sequence.lateAt = now + wait.queueSeconds * 1000 - wait.ms;
    this.#waiting.push(sequence);
  }

  /**
   * Puts back one that lost its row, before all others. Nobody is admitted until there is more room
   * than it had: else it could lose its row again and again.
   */
  addPreempted(sequence: Sequence): void {
    this.#waiting.unshift(sequence);
    this.#isShort = true;
  }

  /** A sequence that ran needs less room than before, or none. */
  noteMoreRoom(): void {
    this.#isShort = false;
  }

  /** Those that have waited for too long, and what they are told. */
  late(now: number): { sequence: Sequence; error: AppError }[] {
    const late = this.#waiting.filter(({ lateAt }) => now > lateAt);
    return late.map((sequence) => {
      const { queueSeconds = 0 } = sequence.request.asked.wait ?? {};
      return { sequence, error: waitedTooLong(queueSeconds) };
    });
  }

  find(id: number): Sequence | undefined {
    return this.#waiting.find((sequence) => sequence.id === id);
  }

  remove(sequence: Sequence): void {
    const at = this.#waiting.indexOf(sequence);
    if (at >= 0) this.#waiting.splice(at, 1);
  }

  /** Takes out the next one that may start, and says in which slot; null: nobody may. */
  next(place: Place): { sequence: Sequence; slot: Slot } | null {
    if (!place.slots.hasIdle || (this.#isShort && place.running.length > 0)) return null;
    for (const sequence of this.#waiting) {
      if (mustWait(sequence, place)) continue;
      const slot = place.slots.choose(sequence);
      if (!slot) continue;
      if (!hasRoom(sequence, slot, place)) return null;
      this.remove(sequence);
      sequence.lateAt = Number.POSITIVE_INFINITY;
      return { sequence, slot };
    }
    return null;
  }
}

/**
 * Reserves what everything that runs already holds, or will hold when its tokens are decoded, and
 * room to grow, so that nobody is admitted only to be preempted at once.
 */
function hasRoom(sequence: Sequence, slot: Slot, { rows, running, nCells }: Place): boolean {
  if (running.length === 0) return true;
  const held = running.map(({ extents }) => extents);
  const nGrown = running.reduce((n, one) => n + growthOf(one), growthOf(sequence));
  const nHeld = cellsTogether(held) + nGrown;
  if (nHeld + sequence.tokens.length <= nCells) return true;
  return cellsTogether([...held, rows.extentsFor(sequence, slot)]) + nGrown <= nCells;
}

function growthOf({ nRemain }: Sequence): number {
  return Math.min(nRemain, nGrowthReserved);
}

/** True while a running prefill computes a prefix that this sequence could share. */
function mustWait(sequence: Sequence, { rows, running }: Place): boolean {
  const { asked } = sequence.request;
  if (!sequence.sharesPrefix || asked.slot !== undefined) return false;
  if (sequence.waitsFor) {
    const { donor, nWanted } = sequence.waitsFor;
    if (running.includes(donor) && donor.nCached < nWanted) return true;
    sequence.waitsFor = null;
  }
  const prefilling = running.filter((donor) => !donor.isPrefilled && !donor.isPrivate);
  if (prefilling.length === 0) return false;
  const have = rows.nShareable(sequence);
  for (const donor of prefilling) {
    const common = commonCells(sequence, donor, donor.nPrompt);
    const nWanted = Math.min(common, sequence.tokens.length - 1);
    if (nWanted < have + nCellsWorthIt || donor.nCached >= nWanted) continue;
    if (!rows.willHave(donor, nWanted)) continue;
    sequence.waitsFor = { donor, nWanted };
    return true;
  }
  return false;
}
