/**
 * Aborts when `signal` does, or when it is told to. To be disposed of when nothing can be aborted
 * any more: a signal of `AbortSignal.any` stays, with all that listens to it, until one of its
 * sources aborts, and most requests' signals never do.
 */
export class LinkedAbort implements Disposable {
  readonly #source: AbortSignal;
  readonly #own = new AbortController();

  constructor(source: AbortSignal) {
    this.#source = source;
    if (source.aborted) this.#follow();
    else source.addEventListener("abort", this.#follow, { once: true });
  }

  get signal(): AbortSignal {
    return this.#own.signal;
  }

  abort(): void {
    this.#own.abort();
  }

  [Symbol.dispose](): void {
    this.#source.removeEventListener("abort", this.#follow);
  }

  readonly #follow = () => this.#own.abort(this.#source.reason);
}
