/** What stays of each count when another is added: about the last 30 count. */
const kept = 0.97;
/** As many observations as the guess is worth. */
const nGuessed = 2;

/** Where nothing is known of the text that a draft is backed by. */
export const guessedRates = {
  /** By the length of the match that a draft continues: 1, 2 to 3, 4 to 7 … tokens. */
  byMatch: [0.2, 0.4, 0.6, 0.8, 0.9, 0.95],
  /** Of a draft model, by the position in its draft. */
  byPosition: [0.8, 0.8, 0.8, 0.8, 0.8, 0.8],
};

/**
 * How often drafted tokens of one sequence were right lately, by depth: how many tokens before them
 * the draft had right already.
 */
export class Acceptance {
  readonly #guesses: readonly number[];
  readonly #right: Float64Array;
  readonly #n: Float64Array;
  readonly #rates: Float64Array;

  constructor(guesses: readonly number[]) {
    this.#guesses = guesses;
    this.#right = new Float64Array(guesses.length);
    this.#n = new Float64Array(guesses.length);
    this.#rates = Float64Array.from(guesses);
  }

  /** What is to be expected at each level of depth. */
  get rates(): number[] {
    return [...this.#rates];
  }

  /** How likely a token at this depth, from 1 on, is right if all before it are. */
  rate(depth: number): number {
    return this.#rates[this.#levelOf(depth)] ?? 0;
  }

  observe(depth: number, isRight: boolean): void {
    const level = this.#levelOf(depth);
    this.#n[level] = (this.#n[level] ?? 0) * kept + 1;
    this.#right[level] = (this.#right[level] ?? 0) * kept + (isRight ? 1 : 0);
    let shallower = 0;
    for (const [i, guess] of this.#guesses.entries()) {
      // A longer match is no worse than a shorter one, as far as it was not seen to be.
      const expected = Math.max(guess, shallower);
      const nRight = (this.#right[i] ?? 0) + nGuessed * expected;
      shallower = nRight / ((this.#n[i] ?? 0) + nGuessed);
      this.#rates[i] = shallower;
    }
  }

  #levelOf(depth: number): number {
    return Math.min(this.#guesses.length - 1, 31 - Math.clz32(Math.max(1, depth)));
  }
}
