import type { Rows } from "./rows.ts";

/**
 * Rows that nobody has used for so many steps leave while others run: about when to move them and
 * to bring them back takes as long as the steps have lost by them. Figures in docs/scheduling.md.
 */
const nStepsUnusedMin = 32;
/** Requests wait for it meanwhile: no more than this at a time, bytes, and none for some steps. */
const bytesMovedMax = 64 * 1024 * 1024;
const nStepsBetween = 4;

/**
 * When rows that nobody uses leave the KV cache for the host's memory: every step looks at all
 * cells, and one that follows after others' is slower still.
 */
export class UnusedRows {
  readonly #rows: Rows;

  constructor(rows: Rows) {
    this.#rows = rows;
  }

  /** Sequences have rows now, and nothing else runs: the others' rows leave. */
  makeWay(): void {
    let nLeft = bytesMovedMax;
    for (let n = 1; n > 0 && nLeft > 0; nLeft -= n) n = this.#rows.moveUnused(0, nLeft);
  }

  /** A step was decoded. */
  afterStep(): void {
    const isDue = this.#rows.countStep() % nStepsBetween === 0;
    if (isDue) this.#rows.moveUnused(nStepsUnusedMin, bytesMovedMax);
  }

  /** Nobody asks anything: one leaves, however large. @returns false when there is none */
  makeRoom(): boolean {
    return this.#rows.moveUnused(0, Number.POSITIVE_INFINITY) > 0;
  }
}
