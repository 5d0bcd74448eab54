import { AppError } from "../core/errors.ts";
import type { Engine } from "../core/generate.ts";
import type { Model } from "../models/catalog.ts";
import type { Crash } from "./crash.ts";

/** The engine ended before it heard of the request, which does no harm to ask another. */
export class UnheardError extends AppError {
  constructor({ code, message }: AppError) {
    super(code, message);
  }
}

/** A running engine process (or the tests' fake). */
export interface RunningEngine extends Engine {
  /** Settles when the process has ended, however it ended. */
  readonly exited: Promise<void>;
  /** How it came to its end, if that was not `stop`. */
  readonly crashed: Crash | null;
  /**
   * Ends the process at once; resolves when it is gone.
   * @param why what requests in flight are told; absent: that the engine was ended
   */
  stop(why?: AppError): Promise<void>;
}

/** Starts an engine and resolves when its model is loaded; rejects with an AppError otherwise. */
export type StartEngine = (
  model: Model,
  onProgress: (fraction: number) => void,
  signal: AbortSignal,
) => Promise<RunningEngine>;
