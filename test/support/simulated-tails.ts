import assert from "node:assert";

/** What of a row cannot be cut anywhere. */
interface Tail {
  /** All tokens that a recurrent state stands for. */
  keys: string[];
  /** Cells before this one are gone from layers with a sliding window. */
  first: number;
}

const emptyTail = (): Tail => ({ keys: [], first: 0 });

/**
 * The uncuttable side of a simulated KV cache: recurrent state, or windows that forget at once what
 * is behind them. Asserts that no row is decoded without what it needs.
 */
export class SimulatedTails {
  readonly #isRecurrent: boolean;
  readonly #window: number;
  readonly #tails = new Map<number, Tail>();

  constructor(isRecurrent: boolean, window: number) {
    this.#isRecurrent = isRecurrent;
    this.#window = window;
  }

  /** A cell is added to a row that holds `held`. */
  decode(seqId: number, held: string[], key: string): void {
    const tail = this.#of(seqId);
    if (this.#isRecurrent) assert.deepEqual(tail.keys, held, "the state is another row's");
    assert(tail.first <= Math.max(0, held.length - this.#window), "the window has holes");
    tail.keys = [...held, key];
    tail.first = Math.max(tail.first, held.length + 1 - this.#window);
  }

  share(source: number, target: number): void {
    this.#tails.set(target, structuredClone(this.#of(source)));
  }

  drop(seqId: number): void {
    this.#tails.delete(seqId);
  }

  firstCut(seqId: number): number {
    const { keys, first } = this.#of(seqId);
    if (this.#isRecurrent) return keys.length;
    return first > 0 ? first + this.#window : 0;
  }

  save(seqId: number): Tail {
    return structuredClone(this.#of(seqId));
  }

  restore(seqId: number, tail: Tail): void {
    this.#tails.set(seqId, structuredClone(tail));
  }

  #of(seqId: number): Tail {
    const tail = this.#tails.get(seqId) ?? emptyTail();
    this.#tails.set(seqId, tail);
    return tail;
  }
}
