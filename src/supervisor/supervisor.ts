import type { EngineMetrics } from "../core/calls.ts";
import { AppError } from "../core/errors.ts";
import type { ModelInfo } from "../core/generate.ts";
import type { LoadOptions } from "../core/load.ts";
import type { Catalog, Model } from "../models/catalog.ts";
import { Curator } from "./curator.ts";
import { decide, type EngineState } from "./decide.ts";
import type { EngineSettings } from "./engine-settings.ts";
import { Engines } from "./engines.ts";
import type { Lease, Wish } from "./lease.ts";
import { LoadQueue } from "./load-queue.ts";
import { taken } from "./memory-budget.ts";
import { allBytes, noBytes } from "./memory-fit.ts";
import type { StartEngine } from "./running-engine.ts";
import { hold, nWaitingFor, type Slot } from "./slot.ts";
import type { ModelEvent, ModelStatus } from "./status.ts";
import { isOwn, suits, widened } from "./wishes.ts";

export type { Lease, Wish } from "./lease.ts";
export type { RunningEngine, StartEngine } from "./running-engine.ts";
export type { ModelEvent, ModelStatus } from "./status.ts";

export interface Turns {
  /**
   * How long an engine takes new requests while others wait for its memory, milliseconds; longer if
   * it took longer to load.
   */
  turnMs: number;
  /** How long it is not evicted meanwhile when it falls idle: its clients may be back at once. */
  lingerMs: number;
}

export interface SupervisorOptions extends EngineSettings {
  /** Requests that may wait, for an engine or for a place in one; absent or 0: any number. */
  nWaitingMax?: number;
  /** How models take turns that do not fit together; absent: first come, first served. */
  turns?: Turns;
  /** A load that nobody waits for any more is given up. */
  abandonsLoads?: boolean;
}

/** Decides which engines run: requests come in as `acquire`, engines come and go for them. */
export class Supervisor {
  readonly catalog: Catalog;
  /** Changes which models there are. */
  readonly curator: Curator;
  readonly nEnginesMax: number;
  readonly #options: SupervisorOptions;
  readonly #engines: Engines;
  readonly #queue = new LoadQueue<Slot>();
  readonly #listeners = new Set<(event: ModelEvent) => void>();
  #lingering: Timer | undefined;
  #isStopping = false;

  /** @param nEnginesMax 0: any number */
  constructor(
    catalog: Catalog,
    start: StartEngine,
    nEnginesMax: number,
    options: SupervisorOptions = {},
  ) {
    this.catalog = catalog;
    this.nEnginesMax = nEnginesMax;
    this.#options = options;
    this.#engines = new Engines(catalog, start, options, {
      changed: (model) => this.#emitStatus(model),
      freed: () => this.#serveQueue(),
    });
    const emit = (event: ModelEvent) => this.#emit(event);
    this.curator = new Curator(this, options.library ?? null, emit);
  }

  /**
   * A lease on a ready engine for the model called `name`; loads, evicts or waits as needed.
   * @throws AppError model_not_found, model_load_failed, engine_crashed (while loading),
   *   overloaded (shutting down, too many wait), crash_loop, cancelled (`signal`)
   */
  async acquire(name: string | undefined, signal: AbortSignal, wish: Wish = {}): Promise<Lease> {
    this.#checkCrowd(this.catalog.find(name));
    for (;;) {
      const model = this.catalog.find(name);
      signal.throwIfAborted();
      if (this.#isStopping) throw shuttingDown();
      this.#engines.checkCrashes(model);
      const found = this.#slotFor(model, wish);
      const slot = found ? hold(found, wish) : await this.#queued(model.name, signal, wish);
      try {
        const lease = await this.#engines.lease(slot, signal);
        if (this.#suits(slot, wish)) return lease;
        lease[Symbol.dispose](); // as is known only now
      } catch (error) {
        if (signal.aborted) this.#left(slot);
        else if (slot.isOutdated) continue;
        // Another request wanted more than can be had: that is not this one's concern.
        const isOwnDoing = isOwn(slot.wished, wish);
        if (isOwnDoing || signal.aborted || slot.abort.signal.aborted) throw error;
      }
    }
  }

  /**
   * Begins to load the model so that the first request finds it ready. Failures show in `status`.
   */
  preload(name?: string): void {
    const slot = this.#slotFor(this.catalog.find(name));
    if (slot) slot.isKept = true;
  }

  /**
   * Begins to load the model.
   * @throws AppError model_not_found; invalid_request when it runs already; overloaded when every
   *   engine is busy
   */
  load(name: string): void {
    const model = this.catalog.find(name);
    const { state } = this.status(model);
    if (state !== "unloaded" && state !== "failed") {
      throw new AppError("invalid_request", "model is already running", { param: "model" });
    }
    if (this.#isStopping) throw shuttingDown();
    const slot = this.#slotFor(model);
    if (!slot) throw new AppError("overloaded", "model limit reached, try again later");
    slot.isKept = true;
  }

  /**
   * Gives the model's engine up: nobody gets it any more, and it ends as soon as the requests that
   * have it are done, or at the end of the model's patience. Resolves when it is gone, and its
   * memory with it.
   * @param isOutdated the model is another one now: requests that wait for it get that
   * @throws AppError model_not_found; invalid_request when it does not run
   */
  async unload(name: string, { isOutdated = false } = {}): Promise<void> {
    const engines = this.#engines;
    const isKnown = engines.slots.has(name) || engines.isAsleep(name); // if only to an engine
    const key = isKnown ? name : this.catalog.find(name).name;
    const slot = engines.slots.get(key);
    const isAsleep = engines.forgetSleeper(key);
    if (slot) {
      slot.isOutdated = isOutdated;
      const why = `model "${key}" was unloaded`;
      // Not an error of the server: clients' libraries ask again after a 409.
      await engines.unload(slot, new AppError("conflict", why));
    } else if (isAsleep) this.#emit({ type: "status", model: key, status: { state: "unloaded" } });
    else throw new AppError("invalid_request", "model is not running", { param: "model" });
  }

  /** Ends the model's engine once no request has it, and a load that nobody waits for. */
  expire(name: string): void {
    const slot = this.#engines.slots.get(this.catalog.find(name).name);
    if (slot) this.#engines.expire(slot);
  }

  status(model: Model): ModelStatus {
    const isWanted = this.#engines.slots.has(model.name);
    const files = isWanted ? null : this.curator.downloadOf(model.name);
    if (files) return { state: "downloading", files };
    return this.#engines.status(model) ?? { state: "unloaded" };
  }

  /** What the model is, as far as that can be known without waking it. */
  info(model: Model): ModelInfo | null {
    return this.#engines.info(model);
  }

  /**
   * Counters since the server started, over all engines that the model has had. Wakes nobody.
   * @throws AppError of the engine
   */
  metrics(model: Model, signal: AbortSignal): Promise<EngineMetrics> {
    return this.#engines.metrics(model, signal);
  }

  /** Requests that wait: for an engine to be there, or for a place in one. */
  get nWaiting(): number {
    const slots = [...this.#engines.slots.values(), ...this.#engines.leaving];
    return slots.reduce((sum, slot) => sum + nWaitingFor(slot), this.#queue.size);
  }

  /** Models may be other ones from now on: nothing is known about how they load. */
  forgetLoads(): void {
    this.#engines.forgetLoads();
  }

  /** Tells `listener` what happens to models from now on. @returns what ends that */
  subscribe(listener: (event: ModelEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Refuses new work and ends every engine; requests in flight get `overloaded`. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    clearTimeout(this.#lingering);
    this.curator.stop();
    for (let name = this.#queue.head; name !== undefined; name = this.#queue.head) {
      this.#queue.refuse(name, shuttingDown());
    }
    await this.#engines.stop(shuttingDown());
  }

  /** @throws AppError overloaded when the request would be one too many to wait */
  #checkCrowd({ name }: Model): void {
    const { nWaitingMax = 0 } = this.#options;
    if (nWaitingMax === 0) return;
    const own = this.#engines.slots.get(name);
    if (own?.engine && own.nLeases < own.engine.info.nParallel) return;
    if (this.nWaiting < nWaitingMax) return;
    // Ollama's words, both spaces included: clients look for them.
    const busy = "server busy, please try again.  maximum pending requests exceeded";
    throw new AppError("overloaded", busy);
  }

  /** Waits for the model's turn. Whoever leaves may have kept others from theirs. */
  async #queued(name: string, signal: AbortSignal, wish: Wish): Promise<Slot> {
    try {
      return await this.#queue.wait(name, signal, (granted) => hold(granted, wish));
    } finally {
      if (signal.aborted) this.#serveQueue();
    }
  }

  /** A client has gone that waited for the slot. */
  #left(slot: Slot): void {
    const isWanted = slot.engine !== null || slot.nLeases > 0 || slot.isKept;
    if (isWanted || !this.#options.abandonsLoads || slot.abort.signal.aborted) return;
    void this.#engines.abandon(slot, new AppError("cancelled", "nobody waits for the model"));
  }

  /** The model's slot, loading begun if it was not; null when the request has to queue. */
  #slotFor(model: Model, wish: Wish = {}): Slot | null {
    const own = this.#engines.slots.get(model.name) ?? null;
    const now = performance.now(); // one moment for all: what lingers then, is looked at again
    const { head } = this.#queue;
    if (!own && head !== undefined && head !== model.name) return null; // nobody overtakes
    const isThere = own !== null && (!own.engine || this.#suits(own, wish));
    const old = own ? { load: own.wished, nCtx: own.wished.nCtxSeqMin } : {};
    const wished = widened(widened({}, wish), old);
    const memory = isThere ? null : this.#engines.memoryFor(model, wished);
    const { room = allBytes, needed: bytes = noBytes } = memory ?? {};
    const isYielding = own !== null && this.#isYielding(own, now);
    const wanted = { name: model.name, bytes, suits: isThere, isYielding };
    const { nEnginesMax } = this;
    const nMax = nEnginesMax > 0 ? nEnginesMax : Number.POSITIVE_INFINITY;
    const decision = decide(wanted, this.#states(now), { nEnginesMax: nMax, bytes: room });
    switch (decision.action) {
      case "queue":
        this.#lookAgain(now);
        return null;
      case "use":
      case "join":
        return own;
      case "replace":
      case "load":
        return this.#load(model, wished, decision.evict);
      default:
        return decision satisfies never;
    }
  }

  /** Begins to load the model, in the place of its engine if there is one. */
  #load(model: Model, wished: LoadOptions, evict: readonly string[]): Slot {
    const { slots, leaving } = this.#engines;
    const predecessor = slots.get(model.name) ?? null;
    const isFull = this.nEnginesMax > 0 && slots.size + leaving.length >= this.nEnginesMax;
    const before = evict.flatMap((name) => {
      const slot = slots.get(name);
      return slot ? [this.#engines.retire(slot)] : [];
    });
    if (predecessor) void this.#engines.retire(predecessor, Number.POSITIVE_INFINITY);
    else if (isFull) before.push(this.#engines.allGone(leaving));
    return this.#engines.load(model, wished, { predecessor, before });
  }

  #states(now: number): EngineState[] {
    const stateOf = (slot: Slot, phase: EngineState["phase"]) => ({
      name: slot.model.name,
      phase,
      nLeases: slot.nLeases,
      idleSince: slot.idleSince,
      isLingering: this.#lingerMs(slot, now) > 0,
      bytes: taken({ bytes: slot.bytes, memory: slot.engine?.info.memory ?? null }),
    });
    return [
      ...this.#engines.leaving.map((slot) => stateOf(slot, "leaving")),
      ...[...this.#engines.slots.values()].map((slot) =>
        stateOf(slot, slot.engine ? "ready" : "loading"),
      ),
    ];
  }

  /** The slot's engine is what the wish names; not known while it loads. */
  #suits(slot: Slot, wish: Wish): boolean {
    if (!slot.engine) return false;
    const { wished, engine } = slot;
    return suits(wish, { asked: this.#engines.askedOf(slot), wished, info: engine.info });
  }

  /**
   * Others have waited for long enough: the model's new requests wait behind them, so that it can
   * be evicted when those that it has are done. An engine keeps its place for as long as its load
   * took, so that at least half of the time goes into work.
   */
  #isYielding({ model, startedAt, readyAt }: Slot, now: number): boolean {
    const { turns } = this.#options;
    const { head, headSince } = this.#queue;
    if (!turns || head === undefined || head === model.name) return false;
    const turnMs = Math.max(turns.turnMs, readyAt - startedAt);
    return now - Math.max(headSince, readyAt) >= turnMs;
  }

  /** How much longer the slot's engine lingers, milliseconds; 0: it does not. */
  #lingerMs(slot: Slot, now: number): number {
    const { lingerMs = 0 } = this.#options.turns ?? {};
    if (!slot.engine || slot.nLeases > 0 || this.#isYielding(slot, now)) return 0;
    return Math.max(0, slot.idleSince + lingerMs - now);
  }

  /** Engines that linger make room without anything happening: the queue is served then. */
  #lookAgain(now: number): void {
    const waits = [...this.#engines.slots.values()].map((slot) => this.#lingerMs(slot, now));
    const ms = Math.min(...waits.filter((wait) => wait > 0));
    if (ms === Number.POSITIVE_INFINITY) return;
    clearTimeout(this.#lingering);
    this.#lingering = setTimeout(() => this.#serveQueue(), ms);
  }

  /** Loads what waits, in order of arrival, as far as there is room. */
  #serveQueue(): void {
    for (let name = this.#queue.head; name !== undefined; name = this.#queue.head) {
      if (this.#isStopping) return;
      const model = this.catalog.models.find((m) => m.name === name);
      if (!model) {
        const problem = `model "${name}" was removed`;
        this.#queue.refuse(name, new AppError("model_not_found", problem));
        continue;
      }
      const slot = this.#slotFor(model);
      if (!slot) return;
      this.#queue.grant(name, slot);
    }
  }

  #emitStatus(model: Model): void {
    if (this.#listeners.size === 0) return;
    this.#emit({ type: "status", model: model.name, status: this.status(model) });
  }

  #emit(event: ModelEvent): void {
    for (const listener of this.#listeners) listener(event);
  }
}

function shuttingDown(): AppError {
  return new AppError("overloaded", "the server is shutting down");
}
