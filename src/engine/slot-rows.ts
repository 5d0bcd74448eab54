import type { SlotFile } from "../core/calls.ts";
import type { HostMemory } from "./host-memory.ts";
import type { CachedRow } from "./prefix-cache.ts";
import type { Rows } from "./rows.ts";
import type { RestoredRow, Runner } from "./runner.ts";
import type { LoraSet } from "./sequence.ts";
import type { Slot } from "./slots.ts";
import { TokenList } from "./tokens.ts";

/** What llama.cpp says of a KV cache that is too full. Source: src/llama-kv-cache.cpp. */
const noRoom = "available cells in kv cache";

type Filled = Omit<CachedRow, "seqId" | "extents">;

/** What idle slots hold, in the KV cache or in the host's memory: drops it, or has it in files. */
export class SlotRows {
  readonly #runner: Runner;
  readonly #rows: Rows;
  readonly #host: HostMemory;

  constructor(runner: Runner, rows: Rows, host: HostMemory) {
    this.#runner = runner;
    this.#rows = rows;
    this.#host = host;
  }

  /** Drops what an idle slot holds. @returns its number of tokens */
  erase({ id, row }: Slot): number {
    if (row) this.#rows.drop(row);
    return row?.nCached ?? this.#host.dropOf(id)?.nCached ?? 0;
  }

  /** Writes what an idle slot holds to a file. @throws Error */
  save(slot: Slot, path: string): Omit<SlotFile, "ms"> {
    if (!slot.row) this.#bringBack(slot);
    const { row } = slot;
    if (row) {
      const nBytes = this.#runner.saveRow(row.seqId, path, row.tokens, row.nCached);
      return { nTokens: row.nCached, nBytes };
    }
    const saveEmpty = ([seqId = -1]: number[]) =>
      this.#runner.saveRow(seqId, path, new TokenList(), 0);
    return { nTokens: 0, nBytes: this.#rows.lend(1, saveEmpty) };
  }

  /**
   * Fills an idle slot from a file; when that fails, it is empty.
   * @param lora what its cells are taken to be computed with: the file does not tell
   * @throws Error
   */
  restore(slot: Slot, path: string, lora: LoraSet, nTokensMax: number): Omit<SlotFile, "ms"> {
    this.erase(slot);
    let nBytes = 0;
    const nTokens = this.#fill(slot, (seqId) => {
      const restored = this.#read(seqId, path, nTokensMax);
      nBytes = restored.nBytes;
      const { tokens } = restored;
      const nCached = tokens.length;
      return { tokens, nCached, lora, loraFrom: 0, isPrivate: false, checkpoints: [] };
    });
    return { nTokens, nBytes };
  }

  /** Reads a file; rows that have ended make room for it. */
  #read(seqId: number, path: string, nTokensMax: number): RestoredRow {
    for (;;) {
      try {
        return this.#runner.restoreRow(seqId, path, nTokensMax);
      } catch (error) {
        const isFull = error instanceof Error && error.message.includes(noRoom);
        if (!isFull || !this.#rows.evict()) throw error;
      }
    }
  }

  /** Gives a slot back what is in the host's memory, if there is room for it. */
  #bringBack(slot: Slot): void {
    const stored = this.#host.rowOf(slot.id);
    if (!stored) return;
    this.#fill(slot, (seqId) => {
      const restore = () => this.#runner.restoreState(seqId, stored.state, "whole");
      const { nCached } = stored;
      return this.#host.putBack(stored, nCached, () => this.#rows.withRoom(restore))
        ? stored
        : null;
    });
  }

  /** Fills a slot by `load`, which fills a row. @returns tokens that it then has */
  #fill(slot: Slot, load: (seqId: number) => Filled | null): number {
    const seqId = this.#rows.take();
    let nFilled = 0;
    try {
      const filled = load(seqId);
      nFilled = filled?.nCached ?? 0;
      if (!filled || nFilled === 0) return 0;
      const { tokens, nCached, lora, loraFrom, isPrivate, checkpoints } = filled;
      const extents = [{ source: {}, to: nCached }];
      const row = { seqId, tokens, nCached, lora, loraFrom, isPrivate, checkpoints, extents };
      this.#rows.adopt(slot, row);
      return nFilled;
    } finally {
      if (nFilled === 0) this.#rows.giveBack(seqId);
    }
  }
}
