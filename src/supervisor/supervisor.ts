import { type EngineMetrics, noMetrics } from "../core/calls.ts";
import { AppError, asAppError } from "../core/errors.ts";
import type { ModelInfo } from "../core/generate.ts";
import type { Catalog, Model } from "../models/catalog.ts";
import type { DownloadProgress } from "../models/download.ts";
import type { Library } from "../models/library.ts";
import { Curator } from "./curator.ts";
import { decide, nCtxMaxOf } from "./decide.ts";
import { addMetrics, Tally } from "./engine-metrics.ts";
import type { Lease, Wish } from "./lease.ts";
import { LoadQueue } from "./load-queue.ts";
import type { RunningEngine, StartEngine } from "./running-engine.ts";
import { hold, limitPatience, nCtxMaxOfSlot, newSlot, type Slot, toStart } from "./slot.ts";
import type { ModelEvent, ModelStatus } from "./status.ts";
import { untilAborted } from "./until-aborted.ts";

export type { Lease, Wish } from "./lease.ts";
export type { RunningEngine, StartEngine } from "./running-engine.ts";
export type { ModelEvent, ModelStatus } from "./status.ts";

export interface SupervisorOptions {
  /** Where models come from; absent: the catalog is all there is, and its files are in place. */
  library?: Library;
  /** An engine idle for this long is ended until a request needs it, seconds; below 0: never. */
  sleepIdleSeconds?: number;
}

/** How long requests may go on when their model is unloaded, seconds: llama-server's habit. */
const stopSecondsDefault = 10;
/** The longest time that a timer can count, milliseconds: 24 days. Whoever stays longer, stays. */
const timerMsMax = 2 ** 31 - 1;

/** Owns every engine: requests come in as `acquire`, engines start and stop as `decide` says. */
export class Supervisor {
  readonly catalog: Catalog;
  /** Changes which models there are. */
  readonly curator: Curator;
  readonly nEnginesMax: number;
  readonly #start: StartEngine;
  readonly #library: Library | null;
  readonly #sleepIdleSeconds: number;
  readonly #slots = new Map<string, Slot>();
  /** Slots that were given up, and still hold their memory. */
  readonly #ending = new Map<Slot, Promise<void>>();
  readonly #queue = new LoadQueue<Slot>();
  readonly #sleeping = new Map<string, ModelInfo>();
  readonly #failures = new Map<string, AppError>();
  /** `nCtxMaxOf` engines that were loaded without wishes, by model. */
  readonly #nCtxMaxBare = new Map<string, number>();
  readonly #tally = new Tally();
  readonly #listeners = new Set<(event: ModelEvent) => void>();
  #isStopping = false;

  /** @param nEnginesMax 0: any number */
  constructor(
    catalog: Catalog,
    start: StartEngine,
    nEnginesMax: number,
    { library, sleepIdleSeconds = -1 }: SupervisorOptions = {},
  ) {
    this.catalog = catalog;
    this.nEnginesMax = nEnginesMax;
    this.#start = start;
    this.#library = library ?? null;
    this.#sleepIdleSeconds = sleepIdleSeconds;
    this.curator = new Curator(this, this.#library, (event) => this.#emit(event));
  }

  /**
   * A lease on a ready engine for the model called `name`; loads, evicts or waits as needed.
   * @throws AppError model_not_found, model_load_failed, engine_crashed (while loading),
   *   overloaded (shutting down), cancelled (`signal`)
   */
  async acquire(name: string | undefined, signal: AbortSignal, wish: Wish = {}): Promise<Lease> {
    const { nCtx = 0 } = wish;
    for (;;) {
      const model = this.catalog.find(name);
      signal.throwIfAborted();
      if (this.#isStopping) throw shuttingDown();
      const found = this.#slotFor(model, nCtx);
      const slot = found
        ? hold(found, wish)
        : await this.#queue.wait(model.name, signal, (granted) => hold(granted, wish));
      try {
        const lease = await this.#lease(slot, signal);
        if (nCtx <= nCtxMaxOfSlot(slot)) return lease;
        lease[Symbol.dispose](); // as is known only now
      } catch (error) {
        const isOwn = nCtx >= (slot.options.nCtxSeq ?? 0);
        // Another request wanted more than there is memory for: that is not this one's concern.
        if (isOwn || signal.aborted || slot.abort.signal.aborted) throw error;
      }
    }
  }

  /**
   * Begins to load the model so that the first request finds it ready. Failures show in `status`.
   */
  preload(name?: string): void {
    this.#slotFor(this.catalog.find(name));
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
    if (this.#slotFor(model)) return;
    throw new AppError("overloaded", "model limit reached, try again later");
  }

  /**
   * Gives the model's engine up: nobody gets it any more, and it ends as soon as the requests that
   * have it are done, or at the end of the model's patience. Resolves when it is gone.
   * @throws AppError model_not_found; invalid_request when it does not run
   */
  async unload(name: string): Promise<void> {
    this.#nCtxMaxBare.delete(name); // another model may come to have the name
    const isKnown = this.#slots.has(name) || this.#sleeping.has(name); // if only to an engine
    const key = isKnown ? name : this.catalog.find(name).name;
    const slot = this.#slots.get(key);
    const isAsleep = this.#sleeping.delete(key);
    if (slot) {
      slot.abort.abort(new AppError("model_load_failed", `model "${key}" was unloaded`));
      const { predecessor } = slot;
      if (predecessor) limitPatience(predecessor, stopMsOf(predecessor.model));
      const before = predecessor && this.#ending.get(predecessor);
      await Promise.all([this.#retire(slot), before]);
    } else if (isAsleep) this.#emit({ type: "status", model: key, status: { state: "unloaded" } });
    else throw new AppError("invalid_request", "model is not running", { param: "model" });
  }

  status(model: Model): ModelStatus {
    const slot = this.#slots.get(model.name);
    if (slot?.engine) return { state: "ready", engine: slot.engine };
    if (slot && slot.fraction !== null) return { state: "loading", fraction: slot.fraction };
    const files = slot ? [...slot.files.values()] : this.curator.downloadOf(model.name);
    if (files && (files.length > 0 || !slot)) return { state: "downloading", files };
    if (slot) return { state: "loading", fraction: 0 };
    const info = this.#sleeping.get(model.name);
    if (info) return { state: "sleeping", info };
    const error = this.#failures.get(model.name);
    return error ? { state: "failed", error } : { state: "unloaded" };
  }

  /** What the model is, as far as that can be known without waking it. */
  info(model: Model): ModelInfo | null {
    return this.#slots.get(model.name)?.engine?.info ?? this.#sleeping.get(model.name) ?? null;
  }

  /**
   * Counters since the server started, over all engines that the model has had. Wakes nobody.
   * @throws AppError of the engine
   */
  async metrics(model: Model, signal: AbortSignal): Promise<EngineMetrics> {
    const before = await this.#tally.of(model.name);
    const now = await this.#slots.get(model.name)?.engine?.call("metrics", {}, signal);
    return addMetrics(before, now ?? noMetrics);
  }

  /** Models may be other ones from now on: nothing is known about how they load. */
  forgetLoads(): void {
    this.#failures.clear();
    this.#nCtxMaxBare.clear();
  }

  /** Tells `listener` what happens to models from now on. @returns what ends that */
  subscribe(listener: (event: ModelEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Refuses new work and ends every engine; requests in flight get `engine_crashed`. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    this.curator.stop();
    for (let name = this.#queue.head; name !== undefined; name = this.#queue.head) {
      this.#queue.refuse(name, shuttingDown());
    }
    const slots = [...this.#slots.values()];
    for (const slot of slots) slot.abort.abort(shuttingDown());
    for (const slot of this.#ending.keys()) slot.drained.resolve();
    const engines = slots.map(async (slot) => (await slot.loading.catch(() => null))?.stop());
    await Promise.all([...engines, ...this.#ending.values()]);
  }

  /**
   * The model's slot, loading begun if it was not; null when the request has to queue.
   * @param nCtx as in a Wish; 0: as it is
   */
  #slotFor(model: Model, nCtx = 0): Slot | null {
    const states = [...this.#slots.values()].map((slot) => ({
      name: slot.model.name,
      phase: slot.engine ? ("ready" as const) : ("loading" as const),
      nLeases: slot.nLeases,
      idleSince: slot.idleSince,
      nCtxMax: nCtxMaxOfSlot(slot),
    }));
    const nMax = this.nEnginesMax > 0 ? this.nEnginesMax : Number.POSITIVE_INFINITY;
    const decision = decide({ name: model.name, nCtx }, states, nMax);
    if (decision.action === "queue") return null;
    const own = this.#slots.get(model.name) ?? null;
    if (decision.action === "replace" && own) {
      void this.#retire(own, Number.POSITIVE_INFINITY);
      return this.#load(model, own);
    }
    if (decision.action !== "load") return own;
    for (const name of decision.evict) {
      const slot = this.#slots.get(name);
      if (slot) void this.#retire(slot);
    }
    return this.#load(model, null);
  }

  /** @param predecessor whose memory it gets; null: it needs its own */
  #load(model: Model, predecessor: Slot | null): Slot {
    const abort = new AbortController();
    const gone = predecessor ? this.#ending.get(predecessor) : this.#room();
    const start = async () => {
      try {
        await untilAborted(Promise.resolve(gone), abort.signal);
        slot.predecessor = null;
        return await this.#started(slot, abort.signal);
      } catch (error) {
        throw abort.signal.aborted ? abort.signal.reason : error;
      }
    };
    const nCtxMaxBare = predecessor
      ? nCtxMaxOfSlot(predecessor)
      : this.#nCtxMaxBare.get(model.name);
    const slot = newSlot(model, { abort, predecessor, nCtxMaxBare, loading: start() });
    this.#slots.set(model.name, slot);
    this.#sleeping.delete(model.name);
    this.#failures.delete(model.name);
    this.#emitStatus(model);
    slot.loading.then(
      (engine) => this.#ready(slot, engine),
      (error) => this.#failed(slot, asAppError(error)),
    );
    return slot;
  }

  /** Resolves when there is memory for one more engine beside those that have slots. */
  async #room(): Promise<void> {
    const inherited = new Set([...this.#slots.values()].map(({ predecessor }) => predecessor));
    const leaving = [...this.#ending].filter(([slot]) => !inherited.has(slot));
    const isFull = this.nEnginesMax > 0 && this.#slots.size + leaving.length >= this.nEnginesMax;
    if (isFull) await Promise.all(leaving.map(([, gone]) => gone));
  }

  async #started(slot: Slot, signal: AbortSignal): Promise<RunningEngine> {
    signal.throwIfAborted();
    if (this.#library) {
      const onFile = (progress: DownloadProgress) => {
        slot.files.set(progress.url, progress);
        this.#emitStatus(slot.model);
      };
      slot.model = await this.#library.fetch(slot.model, onFile, signal);
      signal.throwIfAborted();
      this.catalog.update(slot.model);
    }
    const onProgress = (fraction: number) => {
      slot.fraction = fraction;
      this.#emitStatus(slot.model);
    };
    if (slot.files.size > 0) onProgress(0); // from downloading to loading
    slot.hasStarted = true;
    return this.#start(toStart(slot), onProgress, signal);
  }

  #ready(slot: Slot, engine: RunningEngine): void {
    if (this.#slots.get(slot.model.name) !== slot) return; // given up while it loaded
    slot.engine = engine;
    if (slot.options.nCtxSeq === undefined) {
      this.#nCtxMaxBare.set(slot.model.name, nCtxMaxOf(engine.info));
    }
    engine.exited.then(() => this.#drop(slot));
    this.#emitStatus(slot.model);
    if (slot.nLeases === 0) this.#idle(slot);
  }

  #failed(slot: Slot, error: AppError): void {
    if (!slot.abort.signal.aborted) this.#failures.set(slot.model.name, error);
    this.#drop(slot);
  }

  async #lease(slot: Slot, signal: AbortSignal): Promise<Lease> {
    let isHeld = true;
    const release = () => {
      if (!isHeld) return;
      isHeld = false;
      slot.nLeases--;
      if (slot.nLeases === 0) this.#idle(slot);
    };
    try {
      const engine = slot.engine ?? (await untilAborted(slot.loading, signal));
      return { engine, model: slot.model, [Symbol.dispose]: release };
    } catch (error) {
      release();
      throw error;
    }
  }

  #idle(slot: Slot): void {
    slot.idleSince = performance.now();
    const ms = this.#idleMsMax(slot);
    if (this.#slots.get(slot.model.name) !== slot) slot.drained.resolve();
    else if (slot.engine && ms <= timerMsMax) {
      slot.sleepTimer = setTimeout(() => this.#sleep(slot), ms);
    }
    this.#serveQueue();
  }

  /** How long the slot's engine stays without requests, milliseconds. */
  #idleMsMax({ keepAliveMs, model }: Slot): number {
    if (keepAliveMs !== null) return keepAliveMs;
    const seconds = model.sleepIdleSeconds ?? this.#sleepIdleSeconds;
    return seconds < 0 ? Number.POSITIVE_INFINITY : seconds * 1000;
  }

  #sleep(slot: Slot): void {
    if (slot.engine) this.#sleeping.set(slot.model.name, slot.engine.info);
    void this.#retire(slot);
  }

  /**
   * Takes the slot out of use, and ends its engine once that is idle, or after `patienceMs`.
   * Resolves when it is gone.
   */
  #retire(slot: Slot, patienceMs = stopMsOf(slot.model)): Promise<void> {
    const { name } = slot.model;
    clearTimeout(slot.sleepTimer);
    if (this.#slots.get(name) === slot) this.#slots.delete(name);
    const end = async () => {
      const engine = slot.engine ?? (await slot.loading.catch(() => null));
      if (!engine) return;
      if (slot.nLeases === 0) slot.drained.resolve();
      else if (patienceMs <= timerMsMax) limitPatience(slot, patienceMs);
      await slot.drained.promise;
      if (slot.nLeases === 0) await this.#tally.add(name, engine);
      await engine.stop();
    };
    const gone = end().finally(() => {
      this.#ending.delete(slot);
      this.#serveQueue();
    });
    this.#ending.set(slot, gone);
    this.#emitStatus(slot.model);
    return gone;
  }

  #drop(slot: Slot): void {
    clearTimeout(slot.sleepTimer);
    if (this.#slots.get(slot.model.name) !== slot) return;
    this.#slots.delete(slot.model.name);
    this.#emitStatus(slot.model);
    this.#serveQueue();
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

const stopMsOf = ({ stopSeconds = stopSecondsDefault }: Model) => stopSeconds * 1000;

function shuttingDown(): AppError {
  return new AppError("overloaded", "the server is shutting down");
}
