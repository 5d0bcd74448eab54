/**
 * Longest that a step may hold up running streams, milliseconds. Below it a reader sees no stutter.
 */
const stallMsMax = 300;
/** Longest step when nobody waits for a token: new requests and aborts are noticed in between. */
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

  /** Most prefill rows of the next step, given whether running streams wait for it. */
  nPrefillMax(hasDecoding: boolean, nBatch: number): number {
    if (this.#msPerRow === null) return Math.min(nRowsFirst, nBatch);
    const budgetMs = hasDecoding ? stallMsMax : stepMsMax;
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
