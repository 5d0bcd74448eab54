/**
 * Longest that a step may hold up as many running streams as there are prompts waiting,
 * milliseconds.
 */
const stallMsMax = 300;
/** Longest step of all: new requests and aborts are noticed in between. */
const stepMsMax = 1000;
/** Rows assumed to be affordable before anything was measured. */
const nRowsFirst = 64;
/**
 * Fewer rows waste the processor: a matrix product over few rows costs almost as much as over many.
 */
const nRowsMin = 32;
/** Weight of the newest measurement. */
const newest = 0.3;

/** Sizes prefill chunks from measured step times. */
export class Pace {
  #msPerRow: number | null = null;

  /**
   * Most prefill rows of the next step. One stream waits at most 300 ms for another's long prompt;
   * where more requests wait for their first token than for their next one, they weigh more.
   */
  nPrefillMax(nDecoding: number, nPrefilling: number, nBatch: number): number {
    if (this.#msPerRow === null) return Math.min(nRowsFirst, nBatch);
    const weight = nDecoding === 0 ? Number.POSITIVE_INFINITY : nPrefilling / nDecoding;
    const budgetMs = Math.min(stepMsMax, stallMsMax * Math.max(1, weight));
    const rows = Math.floor(budgetMs / this.#msPerRow);
    return Math.max(1, Math.min(nBatch, Math.max(nRowsMin, rows)));
  }

  /** Learns from a step of `nRows` rows. Steps without prefill say nothing about prefill. */
  observe(nRows: number, ms: number): void {
    if (nRows < nRowsMin) return;
    const msPerRow = ms / nRows;
    this.#msPerRow =
      this.#msPerRow === null ? msPerRow : (1 - newest) * this.#msPerRow + newest * msPerRow;
  }
}
