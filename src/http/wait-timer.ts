/**
 * Tells when a wait takes too long. Waits begin and end with every token of a stream, so that no
 * timer is set for each: one that is running already looks again when it is due.
 */
export class WaitTimer {
  readonly #ms: number;
  readonly #onLate: () => void;
  #since: number | null = null;
  #timer: Timer | undefined;

  /** @param onLate called once for each wait that takes `ms`, unless that was begun anew */
  constructor(ms: number, onLate: () => void) {
    this.#ms = ms;
    this.#onLate = onLate;
  }

  begin(): void {
    this.#since = performance.now();
    this.#timer ??= setTimeout(this.#look, this.#ms);
  }

  end(): void {
    this.#since = null;
  }

  /** Ends the wait, and lets nothing keep the process alive. */
  close(): void {
    this.#since = null;
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  readonly #look = (): void => {
    this.#timer = undefined;
    if (this.#since === null) return;
    const msLeft = this.#since + this.#ms - performance.now();
    if (msLeft > 0) {
      this.#timer = setTimeout(this.#look, Math.ceil(msLeft));
      return;
    }
    this.#since = null;
    this.#onLate();
  };
}
