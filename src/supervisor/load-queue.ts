interface Waiting<Given> {
  take(given: Given): void;
  fail(error: Error): void;
}

interface Entry<Given> {
  readonly name: string;
  /** When its first request came, milliseconds of performance.now(). */
  readonly since: number;
  readonly waiting: Set<Waiting<Given>>;
}

/**
 * Requests that wait for room, in order of arrival. Those for one model share a place: the first of
 * them chose it, and the last to leave gives it up.
 */
export class LoadQueue<Given> {
  readonly #entries: Entry<Given>[] = [];

  /** The model whose turn it is. */
  get head(): string | undefined {
    return this.#entries[0]?.name;
  }

  /** Since when it waits, milliseconds of performance.now(); Infinity: nobody does. */
  get headSince(): number {
    return this.#entries[0]?.since ?? Number.POSITIVE_INFINITY;
  }

  /** Requests that wait. */
  get size(): number {
    return this.#entries.reduce((sum, { waiting }) => sum + waiting.size, 0);
  }

  /**
   * Resolves with what `take` makes of what the model is granted, at that very moment.
   * @throws what `refuse` says, or what `signal` was aborted with
   */
  wait<Taken>(name: string, signal: AbortSignal, take: (given: Given) => Taken): Promise<Taken> {
    const entry = this.#entries.find((e) => e.name === name) ?? this.#append(name);
    const { promise, resolve, reject } = Promise.withResolvers<Taken>();
    const settled = () => signal.removeEventListener("abort", leave);
    const waiting: Waiting<Given> = {
      take: (given) => {
        settled();
        resolve(take(given));
      },
      fail: (error) => {
        settled();
        reject(error);
      },
    };
    const leave = () => {
      entry.waiting.delete(waiting);
      if (entry.waiting.size === 0) this.#remove(entry);
      reject(signal.reason);
    };
    entry.waiting.add(waiting);
    signal.addEventListener("abort", leave, { once: true });
    return promise;
  }

  /** Ends the wait for a model. */
  grant(name: string, given: Given): void {
    for (const waiting of this.#taken(name)) waiting.take(given);
  }

  /** Ends the wait for a model, in vain. */
  refuse(name: string, error: Error): void {
    for (const waiting of this.#taken(name)) waiting.fail(error);
  }

  #taken(name: string): Iterable<Waiting<Given>> {
    const entry = this.#entries.find((e) => e.name === name);
    if (!entry) return [];
    this.#remove(entry);
    return entry.waiting;
  }

  #append(name: string): Entry<Given> {
    const entry = { name, since: performance.now(), waiting: new Set<Waiting<Given>>() };
    this.#entries.push(entry);
    return entry;
  }

  #remove(entry: Entry<Given>): void {
    const i = this.#entries.indexOf(entry);
    if (i >= 0) this.#entries.splice(i, 1);
  }
}
