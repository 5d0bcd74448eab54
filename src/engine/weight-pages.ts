import { HugePages } from "../../ffi/huge-pages.ts";
import type { Model } from "../../ffi/model.ts";
import type { LoadSpec } from "../core/load.ts";
import { machineMemory } from "../core/machine-memory.ts";
import type { IdleWork } from "./idle-work.ts";

/** What is moved at once: 2 to 40 ms. */
const pieceBytes = 16 * 2 ** 20;

/** Weights on their way to huge pages. */
export interface MovingWeights {
  /** Bytes that are not moved yet. */
  readonly nLeft: number;
  /** @returns false when no more can be moved */
  move(nBytes: number): boolean;
}

/**
 * Moves the weights to huge pages: steps then take 5 to 10 % less, as docs/scheduling.md measures.
 * Not while loading, which would take longer, and only where memory is plenty.
 */
export class WeightPages implements IdleWork {
  readonly #weights: MovingWeights;
  readonly #nAll: number;
  readonly #availableBytes: () => number | null;
  #hasEnded = false;

  /** @param availableBytes what can be had of the machine's memory; null: unknown */
  constructor(weights: MovingWeights, availableBytes: () => number | null) {
    this.#weights = weights;
    this.#nAll = weights.nLeft;
    this.#availableBytes = availableBytes;
  }

  step(): boolean {
    const { nLeft } = this.#weights;
    if (this.#hasEnded || nLeft === 0) return false;
    // Pages of a mapped file can be dropped when memory is short, and these cannot: as much as all
    // of them take has to be left. Tried again at the next lull.
    if ((this.#availableBytes() ?? 0) - nLeft < this.#nAll) return false;
    this.#hasEnded = !this.#weights.move(pieceBytes);
    return !this.#hasEnded;
  }
}

/** For a model, unless the user has said how its file is to be in memory. */
export function weightPages(spec: LoadSpec, model: Model, stack: DisposableStack): IdleWork[] {
  const { load_mode: mode = "auto" } = spec.model ?? {};
  const isOurs = mode === "auto" || mode === "none" || mode === "dio";
  const weights = isOurs ? stack.use(HugePages.of(model)) : null;
  return weights ? [new WeightPages(weights, () => machineMemory().availableBytes)] : [];
}
