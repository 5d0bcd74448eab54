import { type Arrival, type CompletionRequest, completionArrivals } from "./completion.ts";
import type { ServedModel } from "./server.ts";

/** A stream that runs while something else is measured or done. Disposing it hangs up. */
export interface OpenStream extends AsyncDisposable {
  /** What has arrived so far, in order. */
  readonly arrivals: readonly Arrival[];
  /** Tokens of the answer so far. */
  readonly nTokens: number;
  /**
   * Waits until the answer has at least this many tokens.
   * @throws Error when the stream ends before
   */
  reached(nTokens: number): Promise<void>;
}

/** Sends a completion and collects its tokens until it is disposed. */
export function openStream(
  model: ServedModel,
  request: CompletionRequest,
  signal: AbortSignal,
): OpenStream {
  const hangUp = new AbortController();
  const arrivals: Arrival[] = [];
  const waiting = new Set<() => void>();
  let ended: { reason: unknown } | undefined;
  const wake = () => {
    for (const check of waiting) check();
  };
  const collect = async () => {
    const either = AbortSignal.any([signal, hangUp.signal]);
    for await (const arrival of completionArrivals(model, request, either)) {
      arrivals.push(arrival);
      wake();
    }
    throw new Error("the stream ended while it was to go on");
  };
  const done = collect().catch((reason: unknown) => {
    ended = { reason };
    wake();
  });
  const nTokens = () => arrivals.at(-1)?.nTokens ?? 0;
  return {
    arrivals,
    get nTokens() {
      return nTokens();
    },
    reached(least) {
      return new Promise((resolve, reject) => {
        const check = () => {
          if (nTokens() < least && ended === undefined) return;
          waiting.delete(check);
          if (nTokens() >= least) resolve();
          else reject(ended?.reason);
        };
        waiting.add(check);
        check();
      });
    },
    async [Symbol.asyncDispose]() {
      hangUp.abort();
      await done;
    },
  };
}
