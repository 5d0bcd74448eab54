import { AppError, asAppError } from "../core/errors.ts";
import type { Engine } from "../core/generate.ts";
import type { Catalog, Model } from "../models/catalog.ts";
import { decide } from "./decide.ts";

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

/** A request's hold on a loaded engine: while it lasts, the engine is not evicted. */
export interface Lease extends Disposable {
  readonly engine: Engine;
  readonly model: Model;
}

export type ModelStatus =
  | { state: "unloaded" }
  | { state: "loading"; fraction: number }
  | { state: "ready"; engine: Engine }
  /** The last attempt to load failed; the next request tries again. */
  | { state: "failed"; error: AppError };

interface Slot {
  readonly model: Model;
  readonly loading: Promise<RunningEngine>;
  readonly abort: AbortController;
  engine: RunningEngine | null;
  fraction: number;
  nLeases: number;
  idleSince: number;
}

/** Owns every engine: requests come in as `acquire`, engines start and stop as `decide` says. */
export class Supervisor {
  readonly catalog: Catalog;
  readonly #start: StartEngine;
  readonly #nEnginesMax: number;
  readonly #slots = new Map<string, Slot>();
  readonly #failures = new Map<string, AppError>();
  /** Wakers of requests that wait for an engine to fall idle; every transition wakes all. */
  readonly #queue = new Set<() => void>();
  #stopping = false;

  constructor(catalog: Catalog, start: StartEngine, nEnginesMax: number) {
    this.catalog = catalog;
    this.#start = start;
    this.#nEnginesMax = nEnginesMax;
  }

  /**
   * A lease on a ready engine for the model called `name`; loads, evicts or waits as needed.
   * @throws AppError model_not_found, model_load_failed, engine_crashed (while loading),
   *   overloaded (shutting down), cancelled (`signal`)
   */
  async acquire(name: string | undefined, signal: AbortSignal): Promise<Lease> {
    const model = this.catalog.find(name);
    for (;;) {
      signal.throwIfAborted();
      if (this.#stopping) throw new AppError("overloaded", "the server is shutting down");
      const slot = this.#slotFor(model);
      if (slot) return this.#lease(slot, signal);
      await this.#engineIdle(signal);
    }
  }

  /**
   * Begins to load the model so that the first request finds it ready. Failures show in `status`.
   */
  preload(name?: string): void {
    const slot = this.#slotFor(this.catalog.find(name));
    slot?.loading.catch(() => {}); // kept in #failures, thrown to every request that waits
  }

  status(model: Model): ModelStatus {
    const slot = this.#slots.get(model.name);
    if (slot?.engine) return { state: "ready", engine: slot.engine };
    if (slot) return { state: "loading", fraction: slot.fraction };
    const error = this.#failures.get(model.name);
    return error ? { state: "failed", error } : { state: "unloaded" };
  }

  /** Refuses new work and ends every engine; requests in flight get `engine_crashed`. */
  async stop(): Promise<void> {
    this.#stopping = true;
    this.#wake();
    await Promise.all([...this.#slots.values()].map((slot) => this.#end(slot)));
  }

  /** The model's slot, loading begun if it was not; null when the request has to queue. */
  #slotFor(model: Model): Slot | null {
    const states = [...this.#slots.values()].map((slot) => ({
      name: slot.model.name,
      phase: slot.engine ? ("ready" as const) : ("loading" as const),
      nLeases: slot.nLeases,
      idleSince: slot.idleSince,
    }));
    const decision = decide(model.name, states, this.#nEnginesMax);
    if (decision.action === "queue") return null;
    if (decision.action !== "load") return this.#slots.get(model.name) ?? null;
    const evicted = decision.evict.map((name) => this.#slots.get(name)).filter((s) => s != null);
    return this.#load(model, evicted);
  }

  #load(model: Model, evicted: Slot[]): Slot {
    const abort = new AbortController();
    const start = async () => {
      await Promise.all(evicted.map((slot) => this.#end(slot)));
      return this.#start(model, (fraction) => (slot.fraction = fraction), abort.signal);
    };
    for (const old of evicted) this.#slots.delete(old.model.name);
    const slot: Slot = {
      model,
      loading: start(),
      abort,
      engine: null,
      fraction: 0,
      nLeases: 0,
      idleSince: performance.now(),
    };
    this.#slots.set(model.name, slot);
    this.#failures.delete(model.name);
    slot.loading.then(
      (engine) => {
        slot.engine = engine;
        engine.exited.then(() => this.#drop(slot));
        this.#wake();
      },
      (error) => {
        this.#failures.set(model.name, asAppError(error));
        this.#drop(slot);
      },
    );
    return slot;
  }

  /** Counts as a lease from the first moment, so that nobody evicts what this request waits for. */
  async #lease(slot: Slot, signal: AbortSignal): Promise<Lease> {
    slot.nLeases++;
    let held = true;
    const release = () => {
      if (!held) return;
      held = false;
      slot.nLeases--;
      slot.idleSince = performance.now();
      if (slot.nLeases === 0) this.#wake();
    };
    try {
      const engine = slot.engine ?? (await untilAborted(slot.loading, signal));
      return { engine, model: slot.model, [Symbol.dispose]: release };
    } catch (error) {
      release();
      throw error;
    }
  }

  async #engineIdle(signal: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#queue.add(resolve);
    try {
      await untilAborted(promise, signal);
    } finally {
      this.#queue.delete(resolve); // a client that hung up never triggers a load
    }
  }

  #drop(slot: Slot): void {
    if (this.#slots.get(slot.model.name) === slot) this.#slots.delete(slot.model.name);
    this.#wake();
  }

  async #end(slot: Slot): Promise<void> {
    slot.abort.abort();
    const engine = await slot.loading.catch(() => null);
    await engine?.stop();
  }

  #wake(): void {
    const waiting = [...this.#queue];
    this.#queue.clear();
    for (const wake of waiting) wake();
  }
}

/** `promise`, or a rejection as soon as `signal` aborts. The promise itself goes on. */
async function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const onAbort = () => reject(signal.reason);
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}
