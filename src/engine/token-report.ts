import type { Report, Sampled, TokenProbability } from "../core/generate.ts";

/** A token, and how long the answer's text must be shown before the token may be told. */
interface Pending {
  token: number;
  prob: TokenProbability | null;
  end: number;
}

/**
 * Sampled tokens, and their probabilities, on their way to the client. They go with the next event;
 * but when probabilities are wanted, both wait until the token's text is shown, because a stop text
 * takes the probabilities of its tokens along.
 */
export class TokenReport {
  readonly #asked: Report;
  #pending: Pending[] = [];
  /** Bytes of a character that is not complete yet. */
  #half: number[] = [];

  constructor(asked: Report) {
    this.#asked = asked;
  }

  /** Alternatives that are wanted for each token. */
  get nProbs(): number {
    return this.#asked.nProbs ?? 0;
  }

  /**
   * A token that completes a character gets all of its bytes; those before it have no probability
   * of their own, as in llama-server.
   * @param prob null for a token that was taken unseen
   * @param end length of the answer's text after the token
   * @param isWhole the token's text does not end in half a character
   */
  add(token: number, prob: TokenProbability | null, end: number, isWhole: boolean): void {
    if (!this.#asked.tokens && this.nProbs === 0) return;
    const told = isWhole ? prob : null;
    this.#half.push(...(prob?.bytes ?? []));
    if (told) told.bytes = Uint8Array.from(this.#half);
    if (isWhole) this.#half = [];
    this.#pending.push({ token, prob: told, end: this.nProbs > 0 ? end : 0 });
  }

  /** There are tokens to tell, with or without text, when `nShown` characters are shown. */
  hasTokens(nShown: number): boolean {
    const [first] = this.#pending;
    return this.#asked.tokens === true && first !== undefined && first.end <= nShown;
  }

  /** Takes what may be told with the first `nShown` characters. */
  take(nShown: number): Pick<Sampled, "tokens" | "probs"> {
    if (this.#pending.length === 0) return {};
    const waiting = this.#pending.findIndex(({ end }) => end > nShown);
    const told = this.#pending.splice(0, waiting < 0 ? this.#pending.length : waiting);
    const probs = told.flatMap(({ prob }) => prob ?? []);
    return {
      ...(this.#asked.tokens && told.length > 0 && { tokens: told.map(({ token }) => token) }),
      ...(probs.length > 0 && { probs }),
    };
  }

  /** A stop text cut the answer after `nShown` characters: its tokens lose their probabilities. */
  cut(nShown: number): void {
    for (const pending of this.#pending) {
      if (pending.end <= nShown) continue;
      pending.prob = null;
      pending.end = 0;
    }
  }
}
