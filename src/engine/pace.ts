/**
 * Longest that a step may hold up as many running streams as there are prompts waiting,
 * milliseconds.
 */
const stallMsMax = 300;
/** Longest step of all: new requests and aborts are noticed in between. */
const stepMsMax = 1000;
/**
 * Fewer rows waste the processor: a matrix product over few rows costs almost as much as over many.
 */
const nRowsMin = 32;
/**
 * ggml's flash attention works on tiles of this many rows of a batch. A part of a tile costs as
 * much as a whole one, and a batch smaller than one tile takes a slower path.
 * Source: GGML_FA_TILE_Q in ggml-cpu/common.h; figures in docs/scheduling.md.
 */
const nRowsTile = 64;
/** Weight of the newest measurement. */
const newest = 0.3;

/** Sizes prefill chunks from measured step times. */
export class Pace {
  #msPerRow: number;
  #isMeasured = false;

  /** @param msPerRow what a row may take, until one was measured, milliseconds */
  constructor(msPerRow: number) {
    this.#msPerRow = msPerRow;
  }

  /**
   * Most prefill rows of the next step, beside a row for each stream. One stream waits about
   * 300 ms for another's long prompt; where more requests wait for their first token than for
   * their next one, they weigh more.
   */
  nPrefillMax(nDecoding: number, nPrefilling: number, nBatch: number): number {
    const weight = nDecoding === 0 ? Number.POSITIVE_INFINITY : nPrefilling / nDecoding;
    const budgetMs = Math.min(stepMsMax, stallMsMax * Math.max(1, weight));
    const rows = tiled(Math.floor(budgetMs / this.#msPerRow));
    return Math.min(nBatch, Math.max(nRowsMin, rows - nDecoding));
  }

  /** Learns from a step of `nRows` rows. Steps without prefill say nothing about prefill. */
  observe(nRows: number, ms: number): void {
    if (nRows < nRowsMin) return;
    const msPerRow = ms / nRows;
    this.#msPerRow = this.#isMeasured
      ? (1 - newest) * this.#msPerRow + newest * msPerRow
      : msPerRow;
    this.#isMeasured = true;
  }
}

/** `nRows` to the nearest whole number of tiles, where that changes it by less than a third. */
function tiled(nRows: number): number {
  const whole = Math.round(nRows / nRowsTile) * nRowsTile;
  return Math.abs(whole - nRows) < whole / 3 ? whole : nRows;
}
