import type { SlotFile } from "../core/calls.ts";
import { AppError, asAppError } from "../core/errors.ts";
import type { LoraSet } from "./sequence.ts";
import type { SlotRows } from "./slot-rows.ts";
import type { Slot, Slots } from "./slots.ts";

/** What is to be done with slots once they are idle. Everything rejects with an AppError. */
export class SlotJobs {
  readonly #slots: Slots;
  readonly #rows: SlotRows;
  readonly #now: () => number;
  #waiting: { slot: Slot; run: () => void }[] = [];

  constructor(slots: Slots, rows: SlotRows, now: () => number) {
    this.#slots = slots;
    this.#rows = rows;
    this.#now = now;
  }

  get isEmpty(): boolean {
    return this.#waiting.length === 0;
  }

  /** Writes what a slot holds to a file. */
  save(id: number, path: string): Promise<SlotFile> {
    return this.#add(id, (slot) => {
      const startedAt = this.#now();
      try {
        return { ...this.#rows.save(slot, path), ms: this.#now() - startedAt };
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        throw new AppError("internal", `Unable to save slot: ${reason}`, { cause: error });
      }
    });
  }

  /** Fills a slot from a file; when that fails, it is empty. See `SlotRows.restore`. */
  restore(id: number, path: string, lora: LoraSet, nTokensMax: number): Promise<SlotFile> {
    return this.#add(id, (slot) => {
      const startedAt = this.#now();
      try {
        const restored = this.#rows.restore(slot, path, lora, nTokensMax);
        return { ...restored, ms: this.#now() - startedAt };
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        const message = `Unable to restore slot: ${reason}`;
        throw new AppError("invalid_request", message, { param: "filename", cause: error });
      }
    });
  }

  erase(id: number): Promise<{ nErased: number }> {
    return this.#add(id, (slot) => ({ nErased: this.#rows.erase(slot) }));
  }

  /** Does what is waiting for slots that are idle now. */
  runIdle(): void {
    if (this.isEmpty) return;
    const isIdle = ({ slot }: { slot: Slot }) => slot.sequence === null;
    const ready = this.#waiting.filter(isIdle);
    this.#waiting = this.#waiting.filter((job) => !isIdle(job));
    for (const { run } of ready) run();
  }

  #add<Result>(id: number, work: (slot: Slot) => Result): Promise<Result> {
    const { promise, resolve, reject } = Promise.withResolvers<Result>();
    const slot = this.#slots.at(id);
    const run = (idle: Slot) => {
      try {
        resolve(work(idle));
      } catch (error) {
        reject(asAppError(error));
      }
    };
    if (slot) this.#waiting.push({ slot, run: () => run(slot) });
    else reject(new AppError("invalid_request", "Invalid slot ID", { param: "id_slot" }));
    return promise;
  }
}
