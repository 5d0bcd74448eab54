import { type EngineMetrics, noMetrics } from "../core/calls.ts";
import { AppError, asAppError } from "../core/errors.ts";
import type { ModelInfo } from "../core/generate.ts";
import type { LoadOptions } from "../core/load.ts";
import { untilAborted } from "../core/until-aborted.ts";
import type { Catalog, Model } from "../models/catalog.ts";
import type { DownloadProgress } from "../models/download.ts";
import { mergeLoad } from "../models/load-options.ts";
import { CrashLoops } from "./crash-loops.ts";
import { addMetrics, Tally } from "./engine-metrics.ts";
import type { EngineSettings } from "./engine-settings.ts";
import type { Lease } from "./lease.ts";
import { MemoryBudget, type Occupant } from "./memory-budget.ts";
import { allBytes, type Bytes, fitsIn, noBytes } from "./memory-fit.ts";
import type { RunningEngine, StartEngine } from "./running-engine.ts";
import {
  expiresAt,
  idleMsMax,
  limitPatience,
  loadOf,
  newSlot,
  type Slot,
  stopMsOf,
  timerMsMax,
} from "./slot.ts";
import { stallTimer } from "./stall-timer.ts";
import type { ModelStatus } from "./status.ts";

/** Who is told what happens to engines. */
interface Listener {
  changed(model: Model): void;
  /** There may be room for another engine, or for a request that waits for one. */
  freed(): void;
}

/** What errors say that come of too little memory, whoever found it out. */
const shortOfMemory = /out of memory|alloc|SIGKILL/i;

/** Engines that run, and how they come, fall idle and go. Which ones do is the supervisor's. */
export class Engines {
  readonly #catalog: Catalog;
  readonly #start: StartEngine;
  readonly #settings: EngineSettings;
  readonly #listener: Listener;
  readonly #budget: MemoryBudget | null;
  readonly #slots = new Map<string, Slot>();
  /** Slots that were given up, and still hold their memory. */
  readonly #ending = new Map<Slot, Promise<void>>();
  readonly #sleeping = new Map<string, ModelInfo>();
  readonly #failures = new Map<string, AppError>();
  readonly #crashLoops = new CrashLoops();
  readonly #tally = new Tally();

  constructor(catalog: Catalog, start: StartEngine, settings: EngineSettings, to: Listener) {
    this.#catalog = catalog;
    this.#start = start;
    this.#settings = settings;
    this.#listener = to;
    this.#budget = settings.memory ? new MemoryBudget(settings.memory) : null;
  }

  /** By model; those that were given up are not among them. */
  get slots(): ReadonlyMap<string, Slot> {
    return this.#slots;
  }

  /** Slots that were given up and whose memory is nobody's yet. */
  get leaving(): Slot[] {
    const inherited = new Set([...this.#slots.values()].map(({ predecessor }) => predecessor));
    return [...this.#ending.keys()].filter((slot) => !inherited.has(slot));
  }

  /** Memory that is free, and what an engine of the model would need of it. */
  memoryFor(model: Model, wished: LoadOptions): { room: Bytes; needed: Bytes } {
    if (!this.#budget) return { room: allBytes, needed: noBytes };
    const room = this.#budget.room(this.#occupants());
    const load = this.askedOf({ model, wished });
    return { room, needed: this.#budget.needed(model, load, room) };
  }

  status(model: Model): ModelStatus | null {
    const slot = this.#slots.get(model.name);
    if (slot?.engine) {
      return {
        state: "ready",
        engine: slot.engine,
        expiresAt: expiresAt(slot, this.#settings.sleepIdleSeconds),
      };
    }
    if (slot && slot.fraction !== null) return { state: "loading", fraction: slot.fraction };
    const files = [...(slot?.files.values() ?? [])];
    if (files.length > 0) return { state: "downloading", files };
    if (slot) return { state: "loading", fraction: 0 };
    const info = this.#sleeping.get(model.name);
    if (info) return { state: "sleeping", info };
    const error = this.#crashLoops.refusal(model) ?? this.#failures.get(model.name);
    return error ? { state: "failed", error } : null;
  }

  /** @throws AppError crash_loop while the model is left alone */
  checkCrashes(model: Model): void {
    const refusal = this.#slots.has(model.name) ? null : this.#crashLoops.refusal(model);
    if (refusal) throw refusal;
  }

  isAsleep(name: string): boolean {
    return this.#sleeping.has(name);
  }

  /** What is remembered of a sleeping engine is forgotten. @returns whether there was one */
  forgetSleeper(name: string): boolean {
    return this.#sleeping.delete(name);
  }

  info(model: Model): ModelInfo | null {
    return this.#slots.get(model.name)?.engine?.info ?? this.#sleeping.get(model.name) ?? null;
  }

  async metrics(model: Model, signal: AbortSignal): Promise<EngineMetrics> {
    const before = await this.#tally.of(model.name);
    const now = await this.#slots.get(model.name)?.engine?.call("metrics", {}, signal);
    return addMetrics(before, now ?? noMetrics);
  }

  /** Models may be other ones from now on: nothing is known about how they load. */
  forgetLoads(): void {
    this.#failures.clear();
    this.#crashLoops.forget();
    this.#budget?.forget();
  }

  /** Settings and requests have made the slot's engine what it is. */
  askedOf(slot: Pick<Slot, "model" | "wished">): LoadOptions {
    return mergeLoad(this.#settings.load, loadOf(slot));
  }

  /**
   * Begins to load.
   * @param predecessor whose memory it gets; null: it needs its own
   * @param before what has to be over first
   */
  load(
    model: Model,
    wished: LoadOptions,
    { predecessor, before }: { predecessor: Slot | null; before: readonly Promise<void>[] },
  ): Slot {
    const abort = new AbortController();
    const gone = predecessor ? [this.#ending.get(predecessor), ...before] : before;
    const start = async () => {
      try {
        await untilAborted(Promise.all(gone), abort.signal);
        slot.predecessor = null;
        return await this.#started(slot, abort.signal);
      } catch (error) {
        throw abort.signal.aborted ? abort.signal.reason : error;
      }
    };
    const bytes = this.memoryFor(model, wished).needed;
    const slot = newSlot(model, { abort, predecessor, wished, bytes, loading: start() });
    this.#slots.set(model.name, slot);
    this.#sleeping.delete(model.name);
    this.#failures.delete(model.name);
    this.#listener.changed(model);
    slot.loading.then(
      (engine) => this.#ready(slot, engine),
      (error) => this.#failed(slot, asAppError(error)),
    );
    return slot;
  }

  /** @throws AppError when the load fails; `signal`'s reason */
  async lease(slot: Slot, signal: AbortSignal): Promise<Lease> {
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

  /**
   * Takes the slot out of use, and ends its engine once that is idle, or after `patienceMs`.
   * Resolves when it is gone.
   */
  retire(slot: Slot, patienceMs = stopMsOf(slot.model)): Promise<void> {
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
      this.#listener.freed();
    });
    this.#ending.set(slot, gone);
    this.#listener.changed(slot.model);
    return gone;
  }

  /** Retires the slot, and ends its load at once if it is on its way. */
  abandon(slot: Slot, why: AppError): Promise<void> {
    slot.abort.abort(why);
    return this.retire(slot);
  }

  /** Ends the slot's engine once it is idle, and at once a load that nobody waits for. */
  expire(slot: Slot): void {
    slot.keepAliveMs = 0;
    if (slot.nLeases > 0) return;
    clearTimeout(slot.sleepTimer);
    if (slot.engine) this.#idle(slot);
    else void this.abandon(slot, new AppError("cancelled", "the model is not wanted any more"));
  }

  /** Ends all that the model has: what it loads, what runs, and what that was to replace. */
  async unload(slot: Slot, why: AppError): Promise<void> {
    const { predecessor } = slot;
    if (predecessor) limitPatience(predecessor, stopMsOf(predecessor.model));
    const before = predecessor && this.#ending.get(predecessor);
    await Promise.all([this.abandon(slot, why), before]);
  }

  /** Ends all engines at once; requests in flight are told why. */
  async stop(why: AppError): Promise<void> {
    const slots = [...this.#slots.values()];
    for (const slot of slots) slot.abort.abort(why);
    for (const slot of this.#ending.keys()) slot.drained.resolve();
    const engines = slots.map(async (slot) => (await slot.loading.catch(() => null))?.stop(why));
    await Promise.all([...engines, ...this.#ending.values()]);
  }

  /** Resolves when the slots that are given up now have gone. */
  async allGone(slots: readonly Slot[]): Promise<void> {
    await Promise.all(slots.map((slot) => this.#ending.get(slot)));
  }

  async #started(slot: Slot, signal: AbortSignal): Promise<RunningEngine> {
    signal.throwIfAborted();
    if (this.#settings.library) {
      const onFile = (progress: DownloadProgress) => {
        slot.files.set(progress.url, progress);
        this.#listener.changed(slot.model);
      };
      slot.model = await this.#settings.library.fetch(slot.model, onFile, signal);
      signal.throwIfAborted();
      this.#catalog.update(slot.model);
    }
    if (slot.files.size > 0) await this.#makeRoomFor(slot); // now that its size is known
    slot.hasStarted = true;
    try {
      return await this.#startedIn(slot, signal);
    } catch (error) {
      const isShort = this.#budget !== null && shortOfMemory.test(asAppError(error).message);
      if (!isShort || signal.aborted || !(await this.#evictIdle(slot, () => false))) throw error;
      return await this.#startedIn(slot, signal);
    }
  }

  /** Starts the slot's engine in the memory that the others leave. */
  async #startedIn(slot: Slot, signal: AbortSignal): Promise<RunningEngine> {
    const { name } = slot.model;
    const stall = stallTimer(this.#settings.loadTimeoutSeconds ?? 0, name);
    const onProgress = (fraction: number) => {
      slot.fraction = fraction;
      stall.restart();
      this.#listener.changed(slot.model);
    };
    const wasFetched = slot.files.size > 0;
    if (wasFetched) onProgress(0);
    else stall.restart();
    const load = mergeLoad(loadOf(slot), { memory: this.#memoryOf(slot) });
    try {
      const either = AbortSignal.any([signal, stall.signal]);
      return await this.#start({ ...slot.model, load }, onProgress, either);
    } catch (error) {
      throw stall.signal.aborted && !signal.aborted ? stall.signal.reason : error;
    } finally {
      stall.end();
    }
  }

  #memoryOf(slot: Slot): LoadOptions["memory"] {
    if (!this.#budget) return undefined;
    const { host } = this.#budget.room(this.#occupants(slot));
    const { totalBytes, gpuReservedBytes } = this.#budget;
    return { freeBytes: Math.max(0, host), totalBytes, gpuReservedBytes };
  }

  /** All engines that hold memory, or will, but one. */
  #occupants(but?: Slot): Occupant[] {
    return [...this.#slots.values(), ...this.leaving]
      .filter((slot) => slot !== but)
      .map(({ bytes, engine }) => ({ bytes, memory: engine?.info.memory ?? null }));
  }

  get #isWithinBudget(): boolean {
    return !this.#budget || this.#budget.room(this.#occupants()).host >= 0;
  }

  async #makeRoomFor(slot: Slot): Promise<void> {
    const { needed } = this.memoryFor(slot.model, slot.wished);
    slot.bytes = needed;
    const fits = () => !this.#budget || fitsIn(needed, this.#budget.room(this.#occupants(slot)));
    await this.#evictIdle(slot, fits);
  }

  /** Ends idle engines, until that is enough. @returns whether any was ended */
  async #evictIdle(but: Slot, isEnough: () => boolean): Promise<boolean> {
    const isIdle = (slot: Slot) => slot !== but && slot.engine && slot.nLeases === 0;
    let hasEvicted = false;
    while (!isEnough()) {
      const [oldest] = [...this.#slots.values()]
        .filter(isIdle)
        .sort((a, b) => a.idleSince - b.idleSince);
      if (!oldest) break;
      hasEvicted = true;
      await this.retire(oldest);
    }
    return hasEvicted;
  }

  #ready(slot: Slot, engine: RunningEngine): void {
    if (this.#slots.get(slot.model.name) !== slot) return; // given up while it loaded
    const load = this.askedOf(slot);
    this.#budget?.learn(slot.model, load, engine.info.memory, this.#occupants(slot));
    slot.engine = engine;
    slot.readyAt = performance.now();
    engine.exited.then(() => {
      const { crashed } = engine;
      if (crashed) this.#crashLoops.add(slot.model, crashed.error.message, crashed.nAnswered > 0);
      else this.#crashLoops.forget(slot.model.name);
      this.#drop(slot);
    });
    this.#listener.changed(slot.model);
    if (slot.nLeases === 0) this.#idle(slot);
    void this.#evictIdle(slot, () => this.#isWithinBudget); // it may have taken more than planned
  }

  #failed(slot: Slot, error: AppError): void {
    if (!slot.abort.signal.aborted) {
      this.#failures.set(slot.model.name, error);
      const { cause } = error;
      const isCrash = cause instanceof AppError && cause.code === "engine_crashed";
      if (isCrash) this.#crashLoops.add(slot.model, cause.message, false);
    }
    this.#drop(slot);
  }

  #idle(slot: Slot): void {
    slot.idleSince = performance.now();
    const ms = idleMsMax(slot, this.#settings.sleepIdleSeconds);
    if (this.#slots.get(slot.model.name) !== slot) slot.drained.resolve();
    // At once: whoever comes next has not asked for that, and must not find an engine that leaves.
    else if (slot.engine && slot.keepAliveMs === 0) this.#sleep(slot);
    else if (slot.engine && ms <= timerMsMax) {
      slot.sleepTimer = setTimeout(() => this.#sleep(slot), ms);
    }
    this.#listener.freed();
  }

  #sleep(slot: Slot): void {
    if (slot.engine) this.#sleeping.set(slot.model.name, slot.engine.info);
    void this.retire(slot);
  }

  #drop(slot: Slot): void {
    clearTimeout(slot.sleepTimer);
    if (this.#slots.get(slot.model.name) !== slot) return;
    this.#slots.delete(slot.model.name);
    this.#listener.changed(slot.model);
    this.#listener.freed();
  }
}
