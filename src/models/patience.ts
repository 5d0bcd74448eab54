import { setTimeout as sleep } from "node:timers/promises";
import { AppError } from "../core/errors.ts";

/** How patient a transfer is. */
export interface Patience {
  /** Silence after which a connection is given up, milliseconds. */
  stallMs: number;
  /** Attempts that brought nothing new, before the transfer fails. */
  nAttemptsMax: number;
  /** Before the second attempt, milliseconds; doubled before each further one. */
  retryMs: number;
}

/**
 * Repeats `attempt` until it succeeds. Its AppErrors are final; other errors are worth a retry, and
 * the last of too many is thrown.
 * @param nDone what was achieved so far: attempts that add to it do not count
 * @throws what `signal` was aborted with
 */
export async function persistently<T>(
  attempt: () => Promise<T>,
  nDone: () => number | Promise<number>,
  { nAttemptsMax, retryMs }: Patience,
  signal: AbortSignal,
): Promise<T> {
  let nFailures = 0;
  for (;;) {
    const nDoneBefore = await nDone();
    try {
      return await attempt();
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof AppError) throw error;
      if ((await nDone()) > nDoneBefore) nFailures = 0;
      nFailures++;
      if (nFailures >= nAttemptsMax) throw error;
      await sleep(retryMs * 2 ** (nFailures - 1), undefined, { signal }).catch(() => {});
      signal.throwIfAborted();
    }
  }
}

/** Aborts its signal after so much silence, or with another signal. */
export class Watchdog implements Disposable {
  readonly signal: AbortSignal;
  readonly #silence = new AbortController();
  readonly #stallMs: number;
  #timer: Timer;

  constructor(stallMs: number, signal: AbortSignal) {
    this.signal = AbortSignal.any([signal, this.#silence.signal]);
    this.#stallMs = stallMs;
    this.#timer = this.#start();
  }

  feed(): void {
    clearTimeout(this.#timer);
    this.#timer = this.#start();
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
  }

  #start(): Timer {
    const seconds = this.#stallMs / 1000;
    const bark = () => this.#silence.abort(new Error(`nothing came for ${seconds} seconds`));
    return setTimeout(bark, this.#stallMs);
  }
}
