/**
 * What may be used within a minute. It comes back evenly, and does not pile up beyond one minute's
 * worth: a limit of 60 lets 60 through at once, and then one a second.
 */
export class Allowance {
  readonly #perMinute: number;
  readonly #now: () => number;
  #left: number;
  #atMs: number;

  /** @param now a clock that nobody sets, milliseconds */
  constructor(perMinute: number, now: () => number) {
    this.#perMinute = perMinute;
    this.#now = now;
    this.#left = perMinute;
    this.#atMs = now();
  }

  /** Until there is something left, seconds. */
  get waitSeconds(): number {
    this.#refill();
    return Math.max(0, ((1 - this.#left) * 60) / this.#perMinute);
  }

  /** More may be spent than there is, as nobody knows the length of an answer before its end. */
  spend(n: number): void {
    this.#refill();
    this.#left -= n;
  }

  #refill(): void {
    const nowMs = this.#now();
    const back = ((nowMs - this.#atMs) * this.#perMinute) / 60_000;
    this.#left = Math.min(this.#perMinute, this.#left + back);
    this.#atMs = nowMs;
  }
}
