/** What the supervisor knows about one engine when it decides. */
export interface EngineState {
  name: string;
  phase: "loading" | "ready";
  /** Requests that hold a lease on it. */
  nLeases: number;
  /** When its last lease ended, milliseconds on any clock. */
  idleSince: number;
}

/** What to do for a request that wants the model `name`. */
export type Decision =
  | { action: "use" }
  /** It is loading: wait for it with the others. */
  | { action: "join" }
  /** Start an engine, after stopping those in `evict`. */
  | { action: "load"; evict: string[] }
  /** Every engine is busy and there is no room for another: wait until one falls idle. */
  | { action: "queue" };

/**
 * Which engines run is decided here and nowhere else:
 * 1. the model is ready or loading: use or join it;
 * 2. there is room for another engine: load;
 * 3. an engine is idle: evict the one idle for longest, then load;
 * 4. all are busy: queue. A busy engine is never evicted.
 * Without a running engine the decision is the same for every name, so nobody overtakes a queue.
 */
export function decide(name: string, engines: EngineState[], nEnginesMax: number): Decision {
  const own = engines.find((engine) => engine.name === name);
  if (own) return { action: own.phase === "ready" ? "use" : "join" }; // (1)
  const nToEvict = engines.length + 1 - nEnginesMax;
  if (nToEvict <= 0) return { action: "load", evict: [] }; // (2)
  const idle = engines
    .filter((engine) => engine.phase === "ready" && engine.nLeases === 0)
    .sort((a, b) => a.idleSince - b.idleSince);
  if (idle.length < nToEvict) return { action: "queue" }; // (4)
  return { action: "load", evict: idle.slice(0, nToEvict).map((engine) => engine.name) }; // (3)
}
