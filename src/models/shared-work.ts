interface Running<T> {
  readonly value: T;
  readonly abort: AbortController;
  nHolders: number;
}

/** Work that runs once for all who want it, and ends when nobody does any more. */
export class SharedWork<T> {
  readonly #running = new Map<string, Running<T>>();

  /**
   * The work called `key`, until the hold is disposed of.
   * @param begin starts it where nobody has; its signal aborts when the last holder leaves
   */
  join(key: string, begin: (signal: AbortSignal) => T): { value: T } & Disposable {
    const running = this.#running.get(key) ?? this.#begin(key, begin);
    running.nHolders++;
    let isHeld = true;
    const leave = () => {
      if (isHeld && --running.nHolders === 0) {
        this.#running.delete(key);
        running.abort.abort();
      }
      isHeld = false;
    };
    return { value: running.value, [Symbol.dispose]: leave };
  }

  #begin(key: string, begin: (signal: AbortSignal) => T): Running<T> {
    const abort = new AbortController();
    const running = { value: begin(abort.signal), abort, nHolders: 0 };
    this.#running.set(key, running);
    return running;
  }
}
