/**
 * How long a step may hold up running streams where nobody says so, milliseconds, if a tile of
 * prefill does not take longer.
 */
const stallMsDefault = 200;
/**
 * Longest step, beside running streams, that finishes all of several prompts: less of a stall than
 * one tile after the other, and their first tokens come sooner. Milliseconds.
 */
const finishMsMax = 800;
/** Longest step beside which nobody waits for a token: requests and aborts are noticed after it. */
const stepMsMax = 1000;
/**
 * Longest step for several prompts that arrive together. Done at once they decode in step with each
 * other: rows of one batch, of which eight cost hardly more than five.
 */
const burstMsMax = 3000;
/**
 * ggml's flash attention works on tiles of this many rows of a batch. A part of a tile costs as
 * much as a whole one, and a batch smaller than one tile takes a slower path: with 32 rows a step a
 * prompt takes a quarter longer than with 64.
 * Source: GGML_FA_TILE_Q in ggml-cpu/common.h; figures in docs/scheduling.md.
 */
const nRowsTile = 64;
/** Fewer rows than this are not worth a step, however short it is to be. */
const nRowsMin = 8;
/** No processor computes a row in less, milliseconds. */
const rowMsMin = 1e-4;
/** Weight of the newest measurement. */
const newest = 0.3;

/** What a step has to do. */
export interface StepAhead {
  /** Rows of streams and their drafts. */
  nDecoded: number;
  /** Streams run, in this step or while it takes its time. */
  hasStreams: boolean;
  /** Prompts that it could prefill, and the rows that all of them still need. */
  nPrompts: number;
  nRest: number;
  nBatch: number;
}

/**
 * Sizes prefill chunks from measured step times. A step takes what its decoding rows would take
 * alone, and so much for each row of prefill; both are followed as they change with the context.
 */
export class Pace {
  readonly #stallMsMax: number | null;
  readonly #decodeMs = new Average();
  readonly #rowMs = new Average();

  /**
   * @param rowMs what a row of prefill may take, until one was measured, milliseconds
   * @param stallMsMax longest step beside running streams; null: as long as is worth it
   */
  constructor(rowMs: number, stallMsMax: number | null) {
    this.#rowMs.guess(rowMs);
    this.#stallMsMax = stallMsMax;
  }

  /** What a row of prefill takes, milliseconds: measured, or guessed until then. */
  get rowMs(): number {
    return this.#rowMs.value;
  }

  /** Most prefill rows of a step. */
  nPrefillMax(ahead: StepAhead): number {
    return Math.min(ahead.nBatch, this.#nHalf(ahead) ?? this.#nPaced(ahead));
  }

  /**
   * Half of what several prompts need that arrive together, if the other half will be one step:
   * first tokens come after three quarters of the time on average, at the price of one step in
   * which only half of them decode. null: not worth it.
   */
  #nHalf({ hasStreams, nPrompts, nRest }: StepAhead): number | null {
    const nHalf = Math.ceil(nRest / 2);
    const isBurst = !hasStreams && nPrompts > 1 && this.#stallMsMax === null;
    return isBurst && nHalf >= nRowsTile && this.#finishes(nHalf) ? nHalf : null;
  }

  /** So many rows may be one step beside streams if that ends several prompts. */
  #finishes(nRows: number): boolean {
    return wholeTiles(nRows) * this.rowMs <= finishMsMax;
  }

  #nPaced({ nDecoded, hasStreams, nPrompts, nRest }: StepAhead): number {
    const aloneMs = Math.min(burstMsMax, stepMsMax * Math.max(1, nPrompts / 2));
    const limitMs = hasStreams ? (this.#stallMsMax ?? stallMsDefault) : aloneMs;
    const prefillMs = limitMs - (nDecoded > 0 ? this.#decodeMs.value : 0);
    const nRows = nDecoded + Math.floor(prefillMs / Math.max(this.#rowMs.value, rowMsMin));
    const nTiled = nRows < nRowsTile ? nRows : nRows - (nRows % nRowsTile);
    const isStrict = hasStreams && this.#stallMsMax !== null;
    const finishes = nPrompts > 1 && this.#finishes(nDecoded + nRest);
    const nTile = wholeTiles(nDecoded + nRowsTile / 2) - nDecoded;
    const nLeast = isStrict ? nRowsMin : Math.max(nTile, finishes ? nRest : 0);
    return Math.max(nLeast, nTiled - nDecoded);
  }

  /** Learns from a step of `nDecoded` rows of streams and `nPrefilled` rows of prompts. */
  observe(nDecoded: number, nPrefilled: number, ms: number): void {
    if (nPrefilled === 0) this.#decodeMs.add(ms);
    if (nPrefilled < nRowsMin) return;
    const decodeMs = nDecoded > 0 ? this.#decodeMs.value : 0;
    // A stream that was alone until now may have been slower than it is beside a prompt.
    this.#rowMs.add(Math.max(ms - decodeMs, ms / 2) / nPrefilled);
  }
}

/** `nRows`, rounded up to whole tiles. */
function wholeTiles(nRows: number): number {
  return Math.ceil(nRows / nRowsTile) * nRowsTile;
}

/** An average that follows what it is told. */
class Average {
  value = 0;
  #isMeasured = false;

  /** What to take for it until something was measured. */
  guess(value: number): void {
    this.value = value;
  }

  add(measured: number): void {
    this.value = this.#isMeasured ? (1 - newest) * this.value + newest * measured : measured;
    this.#isMeasured = true;
  }
}
