/** An engine that shares the machine's cores with others. */
export interface Sharer {
  /** @param nSharers engines that compute now, this one included; 1 until it is told */
  share(nSharers: number): void;
}

/**
 * Who computes. Engines whose threads outnumber the cores stand in each other's way far more than
 * they help, so each that computes is told at once how many share them.
 */
export class CoreShares {
  readonly #busy = new Set<Sharer>();
  readonly #told = new WeakMap<Sharer, number>();

  /** It has something to compute. */
  enter(sharer: Sharer): void {
    this.#busy.add(sharer);
    this.#tell();
  }

  /** It has nothing left to compute. */
  leave(sharer: Sharer): void {
    if (this.#busy.delete(sharer)) this.#tell();
  }

  #tell(): void {
    const nSharers = this.#busy.size;
    for (const sharer of this.#busy) {
      if ((this.#told.get(sharer) ?? 1) === nSharers) continue;
      this.#told.set(sharer, nSharers);
      sharer.share(nSharers);
    }
  }
}
