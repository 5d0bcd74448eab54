import { AppError } from "../core/errors.ts";

/** Notices that a load makes no progress any more. */
export interface StallTimer {
  /** Aborted when it does not. */
  readonly signal: AbortSignal;
  /** There was some. */
  restart(): void;
  end(): void;
}

/** @param seconds without progress that are too many; 0 or below: never */
export function stallTimer(seconds: number, name: string): StallTimer {
  const abort = new AbortController();
  let timer: Timer | undefined;
  const end = () => clearTimeout(timer);
  const fail = () => {
    const message = `timed out waiting for "${name}" to load: no progress for ${seconds} s`;
    abort.abort(new AppError("model_load_failed", message));
  };
  const restart = () => {
    end();
    if (seconds > 0) timer = setTimeout(fail, seconds * 1000);
  };
  return { signal: abort.signal, restart, end };
}
