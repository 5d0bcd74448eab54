import { statSync } from "node:fs";
import { AppError } from "../core/errors.ts";
import type { Model } from "../models/catalog.ts";

/** So many crashes in a row are a loop. */
const nLoopMin = 3;
/** How long a model is left alone then, seconds; twice as long after each further crash. */
const backOffSeconds = 5;
const backOffSecondsMax = 300;
/** A crash so long ago does not count any more, milliseconds. */
const forgetMs = 2 * backOffSecondsMax * 1000;

interface History {
  /** Without an answer between them. */
  nInRow: number;
  /** What crashed: see `stampOf`. */
  files: string;
  /** The last one, and when the next attempt may be, milliseconds. */
  why: string;
  at: number;
  until: number;
}

/**
 * Models whose engines crash again and again are left alone for a while: loading one takes the
 * machine's memory and time from the others.
 */
export class CrashLoops {
  readonly #now: () => number;
  readonly #histories = new Map<string, History>();

  /** @param now milliseconds on any clock */
  constructor(now = () => performance.now()) {
    this.#now = now;
  }

  /**
   * The model's engine has crashed.
   * @param wasUseful it had answered a request before
   */
  add(model: CrashingModel, why: string, wasUseful: boolean): void {
    const { name } = model;
    const at = this.#now();
    const files = stampOf(model);
    const before = this.#histories.get(name);
    const isAgain = before?.files === files && at - before.at < forgetMs;
    const counts = isAgain && !wasUseful;
    const nInRow = counts ? before.nInRow + 1 : 1;
    const seconds = Math.min(backOffSecondsMax, backOffSeconds * 2 ** (nInRow - nLoopMin));
    const until = nInRow < nLoopMin ? at : at + seconds * 1000;
    this.#histories.set(name, { nInRow, files, why, at, until });
  }

  /** Why no engine is started for the model now; null: one may be, of other files at once. */
  refusal(model: CrashingModel): AppError | null {
    const { name } = model;
    const { nInRow, files, why, until } = this.#histories.get(name) ?? { until: 0 };
    const seconds = Math.ceil((until - this.#now()) / 1000);
    if (seconds <= 0 || files !== stampOf(model)) return null;
    const what = `model "${name}" has crashed ${nInRow} times in a row`;
    const message = `${what} and is left alone for ${seconds} s: ${why}`;
    return new AppError("crash_loop", message, { retryAfterSeconds: seconds });
  }

  /** Crashes of a model, whose engine has run and ended as it should; without a name, of all. */
  forget(name?: string): void {
    if (name === undefined) this.#histories.clear();
    else this.#histories.delete(name);
  }
}

/** As much of a model as tells whether it is the one that crashed. */
type CrashingModel = Pick<Model, "name" | "path" | "mmprojPath">;

/** Names the model's files as they are now: mended or replaced ones are others. */
function stampOf({ path, mmprojPath }: CrashingModel): string {
  return JSON.stringify([path, mmprojPath].map((file) => file && [file, versionOf(file)]));
}

function versionOf(file: string): number[] | null {
  const stats = statSync(file, { throwIfNoEntry: false });
  return stats ? [stats.ino, stats.size, stats.mtimeMs] : null;
}
