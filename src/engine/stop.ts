/** Cuts generated text at the first stop text, holding back what might become one. */
export class StopMatcher {
  readonly #stops: string[];
  #held = "";

  constructor(stops: string[]) {
    this.#stops = stops.filter((stop) => stop !== "");
  }

  /** Text that is safe to show after `text` arrived, and the stop text that was met, if any. */
  push(text: string): { text: string; stop: string | null } {
    if (this.#stops.length === 0) return { text, stop: null };
    const pending = this.#held + text;
    const met = this.#firstStop(pending);
    if (met) {
      this.#held = "";
      return { text: pending.slice(0, met.at), stop: met.stop };
    }
    const safe = pending.length - this.#nHeldBack(pending);
    this.#held = pending.slice(safe);
    return { text: pending.slice(0, safe), stop: null };
  }

  /** What was held back and turned out to be no stop text. */
  flush(): string {
    const held = this.#held;
    this.#held = "";
    return held;
  }

  #firstStop(pending: string): { at: number; stop: string } | null {
    let first: { at: number; stop: string } | null = null;
    for (const stop of this.#stops) {
      const at = pending.indexOf(stop);
      if (at >= 0 && (first === null || at < first.at)) first = { at, stop };
    }
    return first;
  }

  /** Length of the longest end of `pending` that a stop text begins with. */
  #nHeldBack(pending: string): number {
    let n = 0;
    for (const stop of this.#stops) {
      for (let k = Math.min(stop.length - 1, pending.length); k > n; k--) {
        if (stop.startsWith(pending.slice(pending.length - k))) {
          n = k;
          break;
        }
      }
    }
    return n;
  }
}
