import { HugePages } from "../../ffi/huge-pages.ts";
import type { Model } from "../../ffi/model.ts";
import type { LoadSpec } from "../core/load.ts";
import { machineMemory } from "../core/machine-memory.ts";
import type { IdleWork } from "./idle-work.ts";

/** What is moved at once: 2 to 40 ms. */
const pieceBytes = 16 * 2 ** 20;

/** Weights on their way to huge pages. */
export interface MovableWeights {
  /** Bytes that are not moved yet, and how many of them a mapped file holds. */
  readonly nLeft: number;
  readonly nMapped: number;
  /** @returns false when no more can be moved */
  move(nBytes: number): boolean;
}

/**
 * Moves the weights to huge pages: steps then take some 5 % less, as docs/scheduling.md measures.
 * Not while loading, which would take longer, and only where memory is plenty.
 */
export class WeightPages implements IdleWork {
  readonly #weights: MovableWeights;
  readonly #nAll: number;
  readonly #onUnmapped: (nBytes: number) => void;
  readonly #availableBytes: () => number | null;
  #hasEnded = false;

  /**
   * @param onUnmapped hears of bytes that the system counted as free and no longer does
   * @param availableBytes what can be had of the machine's memory; null: unknown
   */
  constructor(
    weights: MovableWeights,
    onUnmapped: (nBytes: number) => void,
    availableBytes = () => machineMemory().availableBytes,
  ) {
    this.#weights = weights;
    this.#nAll = weights.nLeft;
    this.#onUnmapped = onUnmapped;
    this.#availableBytes = availableBytes;
  }

  step(): boolean {
    const { nLeft, nMapped } = this.#weights;
    if (this.#hasEnded || nLeft === 0) return false;
    // Pages of a mapped file can be dropped when memory is short, and these cannot: as much as all
    // of them take has to be left. Tried again at the next lull.
    if ((this.#availableBytes() ?? 0) - nMapped < this.#nAll) return false;
    this.#hasEnded = !this.#weights.move(pieceBytes);
    const nUnmapped = nMapped - this.#weights.nMapped;
    if (nUnmapped > 0) this.#onUnmapped(nUnmapped);
    return !this.#hasEnded;
  }
}

/** A model's weights, unless the user has said how or where they are to be in memory. */
export function movableWeights({ model: options, numa }: LoadSpec, model: Model): HugePages | null {
  const { load_mode: mode = "auto" } = options ?? {};
  const isOurs = mode === "auto" || mode === "none" || mode === "dio";
  const isRead = options?.lazy_mode !== "on";
  return isOurs && isRead && numa === undefined ? HugePages.of(model) : null;
}
