import { type Bytes, fitsIn, plus } from "./memory-fit.ts";

/** What the supervisor knows about one engine when it decides. */
export interface EngineState {
  name: string;
  /** "leaving": nobody gets it any more, but it still has its memory. */
  phase: "loading" | "ready" | "leaving";
  /** Requests that hold a lease on it. */
  nLeases: number;
  /** When its last lease ended, milliseconds on any clock. */
  idleSince: number;
  /** That was so lately that its next request may be on its way, and it is still its turn. */
  isLingering: boolean;
  /** What would be free if it ended. */
  bytes: Bytes;
}

/** What a request wants, and what is there for it. */
export interface Wanted {
  /** Of the model. */
  name: string;
  /** What an engine of the model would need. */
  bytes: Bytes;
  /** The model's engine is loaded as the request wants it. */
  suits: boolean;
  /** Its turn is over: others have waited for its memory long enough. */
  isYielding: boolean;
}

/** What there is beside the engines. */
export interface Room {
  nEnginesMax: number;
  /** Memory that is free now. */
  bytes: Bytes;
}

/** What to do for a request. */
export type Decision =
  | { action: "use" }
  /** It is loading: wait for it with the others. */
  | { action: "join" }
  /** It was loaded otherwise: start another in its place, once it is done and gone. */
  | { action: "replace"; evict: string[] }
  /** Start an engine, after stopping those in `evict`. */
  | { action: "load"; evict: string[] }
  /** There is no room for another engine: wait until one has been idle or goes. */
  | { action: "queue" };

/**
 * Which engines run is decided here and nowhere else:
 * 1. the model is loading: join it;
 * 2. it is ready: use it or replace it, unless it is others' turn;
 * 3. there are room and memory for another engine: load;
 * 4. engines are idle: evict those idle for longest, as many as it takes, then load;
 * 5. it would be alone, and still not fit: load it, since an estimate may err;
 * 6. queue. A busy engine is never evicted, nor one that lingers.
 * Without a running engine the decision is the same for every name, so nobody overtakes a queue.
 */
export function decide(wanted: Wanted, engines: EngineState[], room: Room): Decision {
  const own = engines.find(({ name, phase }) => name === wanted.name && phase !== "leaving");
  if (own?.phase === "loading") return { action: "join" }; // (1)
  if (own && wanted.isYielding) return { action: "queue" };
  if (own && wanted.suits) return { action: "use" }; // (2)
  const others = engines.filter((engine) => engine !== own);
  const free = own ? { ...room, bytes: plus(room.bytes, own.bytes) } : room;
  const { evict, fits } = evictions(wanted.bytes, others, free);
  if (own) return { action: "replace", evict }; // (2)
  const isAlone = evict.length === others.length;
  return fits || isAlone ? { action: "load", evict } : { action: "queue" }; // (3) (4) (5) (6)
}

/** Idle engines to stop, those first that were idle for longest; all, if that does not help. */
function evictions(needed: Bytes, others: EngineState[], { nEnginesMax, bytes }: Room) {
  const nOthers = others.filter(({ phase }) => phase !== "leaving").length;
  const fitsAfter = (gone: readonly EngineState[]) =>
    nOthers - gone.length < nEnginesMax &&
    fitsIn(
      needed,
      gone.reduce((sum, engine) => plus(sum, engine.bytes), bytes),
    );
  const idle = others
    .filter((engine) => engine.phase === "ready" && engine.nLeases === 0 && !engine.isLingering)
    .sort((a, b) => a.idleSince - b.idleSince);
  let gone: EngineState[] = [];
  for (const engine of idle) if (!fitsAfter(gone)) gone.push(engine);
  const fits = fitsAfter(gone);
  // Small ones that came first may have gone in vain: those used last are spared first.
  for (const engine of fits ? gone.toReversed() : []) {
    const fewer = gone.filter((other) => other !== engine);
    if (fitsAfter(fewer)) gone = fewer;
  }
  return { evict: gone.map(({ name }) => name), fits };
}
