/** How long one interval is, seconds. */
export const intervalSeconds = 2;
/** How many are remembered: ten minutes. */
const nIntervals = 300;

interface Tokens {
  prompt: number;
  generated: number;
}

/** Tokens per second over the last minutes, by interval. */
export class TokenRates {
  readonly #now: () => number;
  /** The interval that `i` stands for is the latest one whose number is `i` modulo their count. */
  readonly #intervals = Array.from({ length: nIntervals }, () => ({ number: -1, ...noTokens }));

  /** @param now a clock that nobody sets, milliseconds */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  count({ prompt = 0, generated = 0 }: Partial<Tokens>): void {
    const number = this.#current;
    const interval = this.#intervals[number % nIntervals];
    if (!interval) return;
    if (interval.number !== number) Object.assign(interval, { number, ...noTokens });
    interval.prompt += prompt;
    interval.generated += generated;
  }

  /** Per second, the oldest first; the interval that has only begun is left out. */
  get history(): { prompt: number[]; generated: number[] } {
    const first = this.#current - nIntervals + 1;
    const numbers = Array.from({ length: nIntervals - 1 }, (_, i) => first + i);
    const read = (kind: keyof Tokens) =>
      numbers.map((number) => {
        const interval = this.#intervals[number % nIntervals];
        return interval?.number === number ? interval[kind] / intervalSeconds : 0;
      });
    return { prompt: read("prompt"), generated: read("generated") };
  }

  get #current(): number {
    return Math.floor(this.#now() / (intervalSeconds * 1000));
  }
}

const noTokens: Tokens = { prompt: 0, generated: 0 };
