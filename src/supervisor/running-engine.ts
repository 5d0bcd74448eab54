import type { Engine } from "../core/generate.ts";
import type { Model } from "../models/catalog.ts";

/** A running engine process (or the tests' fake). */
export interface RunningEngine extends Engine {
  /** Settles when the process has ended, however it ended. */
  readonly exited: Promise<void>;
  /** Ends the process; resolves when it is gone. */
  stop(): Promise<void>;
}

/** Starts an engine and resolves when its model is loaded; rejects with an AppError otherwise. */
export type StartEngine = (
  model: Model,
  onProgress: (fraction: number) => void,
  signal: AbortSignal,
) => Promise<RunningEngine>;
