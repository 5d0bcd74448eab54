/**
 * Numbers of rows that are told apart; those between cost as much as the next one: ggml computes
 * fours, and what is left over row by row, which is no faster.
 */
const knots = [1, 2, 3, 4, 5, 6, 7, 8, 12, 16, 20, 24, 28, 32, 40, 48, 64, 96, 128];
/**
 * What a row costs beside the first one, as a part of it, until two numbers of rows were measured.
 * Less than on any CPU, so that it is tried.
 */
const rowCostGuess = 0.25;
/**
 * What a row costs at most beyond those that were measured, as a part of the first one: on CPUs the
 * second to fourth cost far more than those after them.
 */
const rowCostFar = 0.5;
/** Weight of a new measurement at least. */
const newest = 0.25;
/** Part of a measurement's news that is taken for news about the machine: all knots follow. */
const common = 0.7;
/** A measurement counts as at most so many times more or less than expected. */
const surpriseMax = 3;
/** What stays of the trust in a knot with each measurement of another one. */
const trustKept = 0.99;
/** A knot with less trust is forgotten: about 300 steps after it was measured once. */
const trustMin = 0.05;
/** Shortest time that is told from none, milliseconds. */
const msMin = 0.001;

/** How long a step takes by the number of its rows, as measured lately. */
export class StepCost {
  readonly #ms = new Float64Array(knots.length);
  /** How often each knot was measured, less what was forgotten; 0: not, or too long ago. */
  readonly #trust = new Float64Array(knots.length);

  /** Nothing was measured yet. */
  get isUnknown(): boolean {
    return this.#trust.every((trust) => trust === 0);
  }

  /** Learns from a step all of whose rows gave logits. */
  observe(nRows: number, ms: number): void {
    const at = knotFor(nRows);
    const measured = Math.max(ms, msMin);
    const isFirst = this.isUnknown;
    const expected = isFirst ? measured : this.msOf(nRows);
    const surprise = measured / expected;
    const news = Math.min(surpriseMax, Math.max(1 / surpriseMax, surprise));
    const trust = this.#trust[at] ?? 0;
    const gain = Math.max(newest, 1 / (1 + trust));
    const before = isFirst ? measured : trust > 0 ? (this.#ms[at] ?? measured) : expected;
    // A knot that was never measured says nothing about the machine: it may just be unlike others.
    const followed = trust > 0 ? news ** (gain * common) : 1;
    for (const [i, other] of this.#trust.entries()) {
      if (other === 0) continue;
      this.#ms[i] = (this.#ms[i] ?? 0) * followed;
      this.#trust[i] = other * trustKept < trustMin ? 0 : other * trustKept;
    }
    this.#ms[at] = before * news ** gain;
    this.#trust[at] = trust + 1;
  }

  /** What a step of `nRows` rows may take, milliseconds; before any measurement, in rows. */
  msOf(nRows: number): number {
    return this.#interpolated(Math.max(nRows, knots[knotFor(nRows)] ?? 1));
  }

  #interpolated(nRows: number): number {
    let low = -1;
    let high = -1;
    let first = -1;
    for (const [i, knot] of knots.entries()) {
      if (this.#trust[i] === 0) continue;
      if (first < 0) first = i;
      if (knot <= nRows) low = i;
      else if (high < 0) high = i;
    }
    if (first < 0) return shape(nRows);
    if (low < 0) return (this.#at(high) * shape(nRows)) / shape(knots[high] ?? 1);
    if (high < 0 && low === first) {
      return (this.#at(low) * shape(nRows)) / shape(knots[low] ?? 1);
    }
    if (high >= 0) return this.#line(low, high, nRows);
    // Beyond what was measured, rows go on to cost what they did on the way there, or less.
    const there = this.#line(first, low, knots[low] ?? 1);
    const far = this.#at(first) * rowCostFar * (nRows - (knots[low] ?? 1));
    return Math.min(this.#line(first, low, nRows), there + far);
  }

  #at(knot: number): number {
    return this.#ms[knot] ?? 0;
  }

  /** On the line through two knots; more rows are never cheaper. */
  #line(a: number, b: number, nRows: number): number {
    const [from, to] = [knots[a] ?? 1, knots[b] ?? 1];
    const [low, high] = [this.#at(a), Math.max(this.#at(a), this.#at(b))];
    return low + ((high - low) * (nRows - from)) / (to - from);
  }
}

function shape(nRows: number): number {
  return 1 + rowCostGuess * (nRows - 1);
}

/** The first knot of so many rows, or the last of all. */
function knotFor(nRows: number): number {
  const at = knots.findIndex((knot) => knot >= nRows);
  return at < 0 ? knots.length - 1 : at;
}
