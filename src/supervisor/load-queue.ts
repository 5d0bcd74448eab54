interface Entry<T> {
  readonly name: string;
  readonly waiting: Set<(value: T) => void>;
}

/**
 * Requests that wait for room, in order of arrival. Those for one model share a place: the first of
 * them chose it, and the last to leave gives it up.
 */
export class LoadQueue<T> {
  readonly #entries: Entry<T>[] = [];

  /** The model whose turn it is. */
  get head(): string | undefined {
    return this.#entries[0]?.name;
  }

  /** What `grant` or `refuse` says for the model. @throws what `signal` was aborted with */
  wait(name: string, signal: AbortSignal): Promise<T> {
    const entry = this.#entries.find((e) => e.name === name) ?? this.#append(name);
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const leave = () => {
      entry.waiting.delete(settle);
      if (entry.waiting.size === 0) this.#remove(entry);
      reject(signal.reason);
    };
    const settle = (value: T) => {
      signal.removeEventListener("abort", leave);
      resolve(value);
    };
    entry.waiting.add(settle);
    signal.addEventListener("abort", leave, { once: true });
    return promise;
  }

  /** Ends the wait for a model: everybody gets a value of their own. */
  grant(name: string, take: () => T): void {
    const entry = this.#entries.find((e) => e.name === name);
    if (!entry) return;
    this.#remove(entry);
    for (const settle of entry.waiting) settle(take());
  }

  #append(name: string): Entry<T> {
    const entry = { name, waiting: new Set<(value: T) => void>() };
    this.#entries.push(entry);
    return entry;
  }

  #remove(entry: Entry<T>): void {
    const i = this.#entries.indexOf(entry);
    if (i >= 0) this.#entries.splice(i, 1);
  }
}
