import assert from "node:assert";
import type { SlotState } from "../core/calls.ts";
import type { CachedRow } from "./prefix-cache.ts";
import type { PreparedRequest, Sequence } from "./sequence.ts";

/** A place for one running sequence. */
export interface Slot {
  readonly id: number;
  /** What runs in it. */
  sequence: Sequence | null;
  /** What ran in it last, while the KV cache still holds it. */
  row: CachedRow | null;
  /** When it was last used, in order of use; 0: never. */
  usedAt: number;
  last: { request: Pick<PreparedRequest, "id" | "asked">; prompt: Int32Array } | null;
}

type Held = Pick<CachedRow, "tokens" | "nCached">;

/** The slots of an engine: who runs where, and what stays there afterwards. */
export class Slots {
  readonly #slots: Slot[];
  readonly #similarity: number;
  readonly #storedOf: (slot: number) => Held | undefined;
  #nUses = 0;

  /**
   * @param similarity a slot that shares more than this part of a prompt is preferred for it
   * @param storedOf what is in the host's memory of what a slot holds
   */
  constructor(n: number, similarity: number, storedOf: (slot: number) => Held | undefined) {
    this.#similarity = similarity;
    this.#storedOf = storedOf;
    this.#slots = Array.from({ length: n }, (_, id) => ({
      id,
      sequence: null,
      row: null,
      usedAt: 0,
      last: null,
    }));
  }

  /** Slot number `id`; undefined when there are fewer. */
  at(id: number): Slot | undefined {
    return this.#slots[id];
  }

  get hasIdle(): boolean {
    return this.#slots.some(({ sequence }) => sequence === null);
  }

  /**
   * The idle slot for a sequence: the one it asks for, or the one that holds most of its prompt, or
   * the one unused for longest. Null: it has to wait.
   */
  choose({ request }: Sequence): Slot | null {
    const pinned = this.#pinnedTo(request);
    if (pinned) return pinned.sequence === null ? pinned : null;
    const idle = this.#slots.filter(({ sequence }) => sequence === null);
    return this.#mostSimilar(idle, request) ?? this.#unusedForLongest(idle);
  }

  /** Gives a slot to a sequence. What the slot held is returned: it belongs to no slot any more. */
  occupy(slot: Slot, sequence: Sequence): CachedRow | null {
    const { row } = slot;
    slot.row = null;
    slot.sequence = sequence;
    sequence.slot = slot.id;
    const { request } = sequence;
    slot.last = {
      request: { id: request.id, asked: request.asked },
      prompt: sequence.promptTokens,
    };
    return row;
  }

  /** Takes a sequence out of its slot, where `row` stays if the KV cache still holds it. */
  vacate(sequence: Sequence, row: CachedRow | null): void {
    const slot = this.#slots[sequence.slot];
    assert(slot?.sequence === sequence);
    slot.sequence = null;
    slot.row = row;
    slot.usedAt = ++this.#nUses;
  }

  /** The slot that holds a cached row, if one does. */
  holderOf(row: CachedRow): Slot | undefined {
    return this.#slots.find((slot) => slot.row === row);
  }

  /** What /slots shows. */
  states(nCtx: number, isSpeculative: boolean, textOf: (tokens: Int32Array) => string) {
    return this.#slots.map((slot): SlotState => {
      const { id, sequence, last } = slot;
      const state = { id, nCtx, isProcessing: sequence !== null, isSpeculative };
      const nHeld = this.#heldBy(slot)?.nCached ?? 0;
      return last ? { ...state, task: taskState(slot, last, nHeld, textOf) } : state;
    });
  }

  #heldBy({ id, row }: Slot): Held | undefined {
    return row ?? this.#storedOf(id);
  }

  #pinnedTo({ asked }: PreparedRequest): Slot | undefined {
    return asked.slot === undefined ? undefined : this.#slots[asked.slot % this.#slots.length];
  }

  #mostSimilar(idle: Slot[], { tokens }: PreparedRequest): Slot | null {
    if (this.#similarity === 0) return null;
    let best = null;
    let most = this.#similarity * tokens.length;
    for (const slot of idle) {
      const held = this.#heldBy(slot);
      const common = held ? tokens.commonPrefix(held.tokens, held.nCached) : 0;
      if (common <= most) continue;
      most = common;
      best = slot;
    }
    return best;
  }

  /** Of slots that were never used the last one, as llama-server does. */
  #unusedForLongest(idle: Slot[]): Slot | null {
    let oldest: Slot | null = null;
    for (const slot of idle) if (slot.usedAt <= (oldest ?? slot).usedAt) oldest = slot;
    return oldest;
  }
}

function taskState(
  { sequence }: Slot,
  { request, prompt }: NonNullable<Slot["last"]>,
  nHeld: number,
  textOf: (tokens: Int32Array) => string,
): NonNullable<SlotState["task"]> {
  const { nRemain = -1, tokens, nPrompt = 0 } = sequence ?? {};
  return {
    id: request.id,
    nPrompt: sequence?.nCached ?? nHeld,
    nProcessed: sequence?.nProcessed ?? 0,
    nCached: sequence?.nShared ?? 0,
    request: request.asked,
    nDecoded: sequence?.nPredicted ?? 0,
    nRemain: Number.isFinite(nRemain) ? nRemain : -1,
    hasNextToken: sequence !== null,
    hasNewLine: sequence?.hasNewLine ?? false,
    promptText: textOf(prompt),
    generatedText: tokens ? textOf(tokens.textBetween(nPrompt, tokens.length)) : "",
  };
}
