/**
 * What may be used within a minute. It comes back evenly, and does not pile up beyond one minute's
 * worth: a limit of 60 lets 60 through at once, and then one a second.
 */
export class Allowance {
  readonly #perMinute: number;
  readonly #now: () => number;
  /** When all that was used will be back. */
  #fullAtMs = -Infinity;

  /** @param now a clock that nobody sets, milliseconds */
  constructor(perMinute: number, now: () => number) {
    this.#perMinute = perMinute;
    this.#now = now;
  }

  /** Until there is something left, seconds. */
  get waitSeconds(): number {
    const comesBackMs = (this.#perMinute - 1) * this.#msEach;
    return Math.max(0, this.#fullAtMs - this.#now() - comesBackMs) / 1000;
  }

  /** More may be spent than there is, as nobody knows the length of an answer before its end. */
  spend(n: number): void {
    this.#fullAtMs = Math.max(this.#fullAtMs, this.#now()) + n * this.#msEach;
  }

  get #msEach(): number {
    return 60_000 / this.#perMinute;
  }
}
