import { commonCells } from "./prefix-cache.ts";
import type { Rows } from "./rows.ts";
import type { Sequence } from "./sequence.ts";
import type { Slot, Slots } from "./slots.ts";

/** Sharing fewer cells than this is not worth waiting for another request's prefill. */
const nSharedWorthWaiting = 64;

/** What a queue decides by. */
export interface Place {
  rows: Rows;
  slots: Slots;
  running: Sequence[];
  /** KV cells in all. */
  nCells: number;
  canCut: boolean;
}

/**
 * Sequences that wait to run, in arrival order. One that waits for its slot, or for a donor, holds
 * up nobody.
 */
export class Queue {
  readonly #waiting: Sequence[] = [];

  get length(): number {
    return this.#waiting.length;
  }

  add(sequence: Sequence): void {
    this.#waiting.push(sequence);
  }

  /** Puts back one that has to start again, before all others. */
  addFirst(sequence: Sequence): void {
    this.#waiting.unshift(sequence);
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
    if (!place.slots.hasIdle) return null;
    for (const sequence of this.#waiting) {
      if (mustWait(sequence, place)) continue;
      const slot = place.slots.choose(sequence);
      if (!slot) continue;
      if (!hasRoom(sequence, place)) return null;
      this.remove(sequence);
      return { sequence, slot };
    }
    return null;
  }
}

/**
 * Reserves what everything that runs already holds. Shared cells count twice: on the safe side.
 */
function hasRoom(sequence: Sequence, { running, nCells }: Place): boolean {
  const nHeld = running.reduce((n, { tokens }) => n + tokens.length, 0);
  return running.length === 0 || nHeld + sequence.tokens.length <= nCells;
}

/** True while a running prefill computes a prefix that this sequence could share. */
function mustWait(sequence: Sequence, { rows, running, canCut }: Place): boolean {
  const { asked } = sequence.request;
  if (!sequence.sharesPrefix || asked.slot !== undefined || !canCut) return false;
  if (sequence.waitsFor) {
    const { donor, nWanted } = sequence.waitsFor;
    if (running.includes(donor) && donor.nCached < nWanted) return true;
    sequence.waitsFor = null;
  }
  const prefilling = running.filter((donor) => !donor.isPrefilled && !donor.isPrivate);
  if (prefilling.length === 0) return false;
  const have = rows.nShareable(sequence, running);
  for (const donor of prefilling) {
    const common = commonCells(sequence, donor, donor.nPrompt);
    const nWanted = Math.min(common, sequence.tokens.length - 1);
    if (nWanted < have + nSharedWorthWaiting || donor.nCached >= nWanted) continue;
    sequence.waitsFor = { donor, nWanted };
    return true;
  }
  return false;
}
