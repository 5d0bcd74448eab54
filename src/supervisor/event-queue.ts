/** A queue between a producer that never waits and one consumer that does. */
export class EventQueue<T> {
  #items: T[] = [];
  #error: Error | null = null;
  #wake: (() => void) | null = null;

  /** Items that nobody has taken yet. */
  get length(): number {
    return this.#items.length;
  }

  push(item: T): void {
    this.#items.push(item);
    this.#notify();
  }

  /** Ends the queue: items that came before are still delivered, then `next` throws. */
  fail(error: Error): void {
    this.#error ??= error;
    this.#notify();
  }

  /** All items since the last call; waits for at least one. @throws what `fail` was given */
  async next(): Promise<T[]> {
    while (this.#items.length === 0) {
      if (this.#error) throw this.#error;
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#wake = resolve;
      await promise;
    }
    const items = this.#items;
    this.#items = [];
    return items;
  }

  #notify(): void {
    this.#wake?.();
    this.#wake = null;
  }
}
