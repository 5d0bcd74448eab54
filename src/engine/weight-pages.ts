import { HugePages } from "../../ffi/huge-pages.ts";
import type { Model } from "../../ffi/model.ts";
import type { LoadSpec } from "../core/load.ts";
import { machineMemory } from "../core/machine-memory.ts";
import type { Mailbox } from "./mailbox.ts";

/** Nothing has been asked for so long when moving begins, milliseconds. */
const lullMs = 300;
/** What is moved at once, and a request may have to wait for: 2 to 40 ms. */
const pieceBytes = 16 * 2 ** 20;

/** Weights on their way to huge pages. */
export interface MovingWeights {
  /** Bytes that are not moved yet. */
  readonly nLeft: number;
  /** @returns false when no more can be moved */
  move(nBytes: number): boolean;
}

/**
 * Moves the weights to huge pages while nobody asks anything: steps then take 5 to 15 % less, as
 * docs/scheduling.md measures. Loading is as fast as before, and the file stays in the page cache.
 */
export class WeightPages {
  #weights: MovingWeights | null;
  readonly #nAll: number;
  readonly #availableBytes: () => number | null;

  /** @param availableBytes what can be had of the machine's memory; null: unknown */
  constructor(weights: MovingWeights | null, availableBytes: () => number | null) {
    this.#weights = weights;
    this.#nAll = weights?.nLeft ?? 0;
    this.#availableBytes = availableBytes;
  }

  /** Waits for a message, and moves weights meanwhile. */
  async untilMail(mailbox: Mailbox): Promise<void> {
    for (let ms = lullMs; this.#weights; ms = 0) {
      await mailbox.next(ms);
      if (!mailbox.isEmpty) return;
      this.#move(this.#weights);
    }
    await mailbox.next();
  }

  #move(weights: MovingWeights): void {
    const available = this.#availableBytes() ?? 0;
    // Pages of a mapped file can be dropped when memory is short, and these cannot: as much as all
    // of them take has to be left.
    const hasRoom = available - weights.nLeft >= this.#nAll;
    if (!hasRoom || !weights.move(pieceBytes) || weights.nLeft === 0) this.#weights = null;
  }
}

/** Of a model, unless the user has said how its file is to be in memory. */
export function weightPages(spec: LoadSpec, model: Model, stack: DisposableStack): WeightPages {
  const { load_mode: mode = "auto" } = spec.model ?? {};
  const isOurs = mode === "auto" || mode === "none" || mode === "dio";
  const weights = isOurs ? stack.use(HugePages.of(model)) : null;
  return new WeightPages(weights, () => machineMemory().availableBytes);
}
