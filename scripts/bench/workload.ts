import type { ModelName } from "./models.ts";
import type { RunningServer } from "./server.ts";

/** A number that a workload measures. */
export interface Metric {
  readonly label: string;
  /** tok/s, ms, s, MB, req/s, × … */
  readonly unit: string;
  readonly better: "higher" | "lower";
  readonly target?: Target;
}

/** What is to be reached; `better` says whether it is the least or the most. One of: */
export type Target =
  /** our median ÷ theirs */
  | { readonly ratio: number }
  /** our median, whatever theirs is */
  | { readonly ours: number }
  /** our median − theirs, in the metric's unit */
  | { readonly difference: number };

/** What a workload is given in one round. */
export interface Load {
  /** The next prompt of this round, 64 words unless said: never one that was used before. */
  readonly nextPrompt: (nWords?: number) => string;
  /** Number of the round, from 1: a seed for what should differ between rounds, not servers. */
  readonly round: number;
  /** `full`, or a part of it in a quick run. */
  readonly tokens: (full: number) => number;
  /** Path of a model. */
  readonly fileOf: (name: ModelName) => string;
  /** Aborts when the run is interrupted or the workload takes too long. */
  readonly signal: AbortSignal;
}

/** One experiment: from a running server to numbers. */
export interface Workload {
  /** Unique in its stage. */
  readonly name: string;
  /** How it works, in a sentence or two, for the report. */
  readonly description: string;
  readonly metrics: Readonly<Record<string, Metric>>;
  /**
   * @returns a number for every metric; one that this server cannot have may be left out
   * @throws Unsupported when this server cannot do it at all
   */
  run(server: RunningServer, load: Load): Promise<Record<string, number>>;
}

/** A server cannot do what a workload asks for: said in the report, no failure of the run. */
export class Unsupported extends Error {}
