import type { Sequence } from "./sequence.ts";

/**
 * Whose turn it is where running sequences use different LoRA adapters: one set of adapters in each
 * step, the one that waited longest first.
 */
export class LoraTurns {
  #nSteps = 0;
  /** The step in which a set had its last turn. */
  #lastTurns = new Map<string, number>();

  /** Those of `running` that this step is for: all of them, if they use the same set. */
  next(running: Sequence[]): Sequence[] {
    const [first] = running;
    if (!first || running.every(({ loraNow }) => loraNow.key === first.loraNow.key)) return running;
    const lastTurns = new Map<string, number>();
    let chosen = first.loraNow.key;
    for (const { loraNow } of running) {
      lastTurns.set(loraNow.key, this.#lastTurns.get(loraNow.key) ?? 0);
      if ((lastTurns.get(loraNow.key) ?? 0) < (lastTurns.get(chosen) ?? 0)) chosen = loraNow.key;
    }
    lastTurns.set(chosen, ++this.#nSteps);
    this.#lastTurns = lastTurns;
    return running.filter(({ loraNow }) => loraNow.key === chosen);
  }
}
