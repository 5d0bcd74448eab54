import type { ModelInfo } from "../core/generate.ts";
import type { LoadOptions } from "../core/load.ts";

/** What the supervisor knows about one engine when it decides. */
export interface EngineState {
  name: string;
  phase: "loading" | "ready";
  /** Requests that hold a lease on it. */
  nLeases: number;
  /** When its last lease ended, milliseconds on any clock. */
  idleSince: number;
  /** `nCtxMaxOf` it; not looked at while it loads. */
  nCtxMax: number;
}

/** What a request wants: the model `name`, and `nCtx` tokens in a sequence (0: as it is). */
export interface Wanted {
  name: string;
  nCtx: number;
}

/** What to do for a request. */
export type Decision =
  | { action: "use" }
  /** It is loading: wait for it with the others. */
  | { action: "join" }
  /** Its sequences are too short: start another in its place, once it is done and gone. */
  | { action: "replace" }
  /** Start an engine, after stopping those in `evict`. */
  | { action: "load"; evict: string[] }
  /** Every engine is busy and there is no room for another: wait until one falls idle. */
  | { action: "queue" };

/**
 * Which engines run is decided here and nowhere else:
 * 1. the model is ready or loading: use it, replace it or join it;
 * 2. there is room for another engine: load;
 * 3. an engine is idle: evict the one idle for longest, then load;
 * 4. all are busy: queue. A busy engine is never evicted.
 * Without a running engine the decision is the same for every name, so nobody overtakes a queue.
 */
export function decide(wanted: Wanted, engines: EngineState[], nEnginesMax: number): Decision {
  const own = engines.find((engine) => engine.name === wanted.name);
  if (own?.phase === "loading") return { action: "join" }; // (1)
  if (own) return { action: wanted.nCtx > own.nCtxMax ? "replace" : "use" }; // (1)
  const nToEvict = engines.length + 1 - nEnginesMax;
  if (nToEvict <= 0) return { action: "load", evict: [] }; // (2)
  const idle = engines
    .filter((engine) => engine.phase === "ready" && engine.nLeases === 0)
    .sort((a, b) => a.idleSince - b.idleSince);
  if (idle.length < nToEvict) return { action: "queue" }; // (4)
  return { action: "load", evict: idle.slice(0, nToEvict).map((engine) => engine.name) }; // (3)
}

/**
 * Most tokens that a request may want of a sequence without need for another engine: a model is not
 * loaded for more than it was trained for, nor twice for the same wish.
 * @param options what it was loaded with for the sake of requests
 */
export function nCtxMaxOf(
  { nCtxSeq, nCtxTrain }: Pick<ModelInfo, "nCtxSeq" | "nCtxTrain">,
  options: LoadOptions = {},
): number {
  if (nCtxSeq >= nCtxTrain) return Number.POSITIVE_INFINITY;
  return Math.max(nCtxSeq, options.nCtxSeq ?? 0);
}

/**
 * `options` for an engine that has not started yet, so that it suits one more request.
 * @param nCtxMax what it would have without them; Infinity: nobody knows
 */
export function widened(options: LoadOptions, nCtx: number, nCtxMax: number): LoadOptions {
  if (nCtx <= Math.max(nCtxMax, options.nCtxSeq ?? 0)) return options;
  return { ...options, nCtxSeq: nCtx };
}
