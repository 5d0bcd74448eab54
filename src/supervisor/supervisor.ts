import { type EngineMetrics, noMetrics } from "../core/calls.ts";
import { AppError, asAppError } from "../core/errors.ts";
import type { Engine, ModelInfo } from "../core/generate.ts";
import type { Catalog, Model } from "../models/catalog.ts";
import type { DownloadProgress } from "../models/download.ts";
import type { Library } from "../models/library.ts";
import { mergeLoad } from "../models/load-options.ts";
import { Curator } from "./curator.ts";
import { decide } from "./decide.ts";
import { addMetrics, Tally } from "./engine-metrics.ts";
import { LoadQueue } from "./load-queue.ts";
import { idleOrLate, type Slot } from "./slot.ts";
import type { ModelEvent, ModelStatus } from "./status.ts";

export type { ModelEvent, ModelStatus } from "./status.ts";

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

/** What a request wants of its engine, beside the model. */
export interface Wish {
  /**
   * Tokens that one sequence must be able to hold; what the model was trained for is enough. An
   * engine with fewer is loaded anew with that many, once its requests are done.
   */
  nCtx?: number | undefined;
  /**
   * How long the engine stays when it falls idle, milliseconds, until another request says
   * otherwise; 0: it ends then; Infinity: for ever. Absent: as it was.
   */
  keepAliveMs?: number | undefined;
}

export interface SupervisorOptions {
  /** Where models come from; absent: the catalog is all there is, and its files are in place. */
  library?: Library;
  /** An engine idle for this long is ended until a request needs it, seconds; below 0: never. */
  sleepIdleSeconds?: number;
}

/** How long requests may go on when their model is unloaded, seconds: llama-server's habit. */
const stopSecondsDefault = 10;

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
  readonly #ending = new Set<Promise<void>>();
  readonly #queue = new LoadQueue<Slot | AppError>();
  readonly #sleeping = new Map<string, ModelInfo>();
  readonly #failures = new Map<string, AppError>();
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
  async acquire(name: string | undefined, signal: AbortSignal, _wish: Wish = {}): Promise<Lease> {
    const model = this.catalog.find(name);
    signal.throwIfAborted();
    if (this.#isStopping) throw shuttingDown();
    const slot = this.#slotFor(model);
    const held = slot ? this.#hold(slot) : await this.#queue.wait(model.name, signal);
    if (held instanceof AppError) throw held;
    return this.#lease(held, signal);
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
    const isKnown = this.#slots.has(name) || this.#sleeping.has(name); // if only to an engine
    const key = isKnown ? name : this.catalog.find(name).name;
    const slot = this.#slots.get(key);
    const isAsleep = this.#sleeping.delete(key);
    if (slot) {
      slot.abort.abort(new AppError("model_load_failed", `model "${key}" was unloaded`));
      await this.#retire(slot);
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

  /** Models may be other ones from now on: what could not be loaded perhaps can be. */
  forgetFailures(): void {
    this.#failures.clear();
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
      this.#queue.grant(name, shuttingDown);
    }
    const slots = [...this.#slots.values()];
    for (const slot of slots) slot.abort.abort(shuttingDown());
    const engines = slots.map(async (slot) => (await slot.loading.catch(() => null))?.stop());
    await Promise.all([...engines, ...this.#ending]);
  }

  /** The model's slot, loading begun if it was not; null when the request has to queue. */
  #slotFor(model: Model): Slot | null {
    const states = [...this.#slots.values()].map((slot) => ({
      name: slot.model.name,
      phase: slot.engine ? ("ready" as const) : ("loading" as const),
      nLeases: slot.nLeases,
      idleSince: slot.idleSince,
    }));
    const nMax = this.nEnginesMax > 0 ? this.nEnginesMax : Number.POSITIVE_INFINITY;
    const decision = decide(model.name, states, nMax);
    if (decision.action === "queue") return null;
    if (decision.action !== "load") return this.#slots.get(model.name) ?? null;
    for (const name of decision.evict) {
      const slot = this.#slots.get(name);
      if (slot) void this.#retire(slot);
    }
    return this.#load(model, nMax);
  }

  #load(model: Model, nMax: number): Slot {
    const abort = new AbortController();
    const isFull = this.#slots.size + this.#ending.size >= nMax;
    const start = async () => {
      await Promise.all(isFull ? this.#ending : []);
      try {
        return await this.#started(slot, abort.signal);
      } catch (error) {
        throw abort.signal.aborted ? abort.signal.reason : error;
      }
    };
    const slot: Slot = {
      model,
      loading: start(),
      abort,
      engine: null,
      files: new Map(),
      fraction: null,
      nLeases: 0,
      idleSince: performance.now(),
      sleepTimer: undefined,
      onIdle: () => {},
    };
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
    return this.#start(withDraft(slot.model), onProgress, signal);
  }

  #ready(slot: Slot, engine: RunningEngine): void {
    if (this.#slots.get(slot.model.name) !== slot) return; // given up while it loaded
    slot.engine = engine;
    engine.exited.then(() => this.#drop(slot));
    this.#emitStatus(slot.model);
    if (slot.nLeases === 0) this.#idle(slot);
  }

  #failed(slot: Slot, error: AppError): void {
    if (!slot.abort.signal.aborted) this.#failures.set(slot.model.name, error);
    this.#drop(slot);
  }

  /** Counts from the first moment, so that nobody evicts what a request waits for. */
  #hold(slot: Slot): Slot {
    slot.nLeases++;
    clearTimeout(slot.sleepTimer);
    return slot;
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
    slot.onIdle();
    const seconds = slot.model.sleepIdleSeconds ?? this.#sleepIdleSeconds;
    if (seconds >= 0 && slot.engine && this.#slots.get(slot.model.name) === slot) {
      slot.sleepTimer = setTimeout(() => this.#sleep(slot), seconds * 1000);
    }
    this.#serveQueue();
  }

  #sleep(slot: Slot): void {
    if (slot.engine) this.#sleeping.set(slot.model.name, slot.engine.info);
    void this.#retire(slot);
  }

  /** Takes the slot out of use, and ends its engine once that is idle. Resolves when it is gone. */
  #retire(slot: Slot): Promise<void> {
    const { name, stopSeconds = stopSecondsDefault } = slot.model;
    clearTimeout(slot.sleepTimer);
    if (this.#slots.get(name) === slot) this.#slots.delete(name);
    const end = async () => {
      const engine = slot.engine ?? (await slot.loading.catch(() => null));
      if (!engine) return;
      if (slot.nLeases > 0) await idleOrLate(slot, stopSeconds * 1000);
      if (slot.nLeases === 0) await this.#tally.add(name, engine);
      await engine.stop();
    };
    const gone = end().finally(() => {
      this.#ending.delete(gone);
      this.#serveQueue();
    });
    this.#ending.add(gone);
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
        const gone = new AppError("model_not_found", `model "${name}" was removed`);
        this.#queue.grant(name, () => gone);
        continue;
      }
      const slot = this.#slotFor(model);
      if (!slot) return;
      this.#queue.grant(name, () => this.#hold(slot));
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

/** What was fetched to speculate with becomes an option like any other. */
function withDraft(model: Model): Model {
  const { draftPath } = model;
  if (draftPath === undefined) return model;
  return { ...model, load: mergeLoad(model.load, { speculation: { draft_model: draftPath } }) };
}

function shuttingDown(): AppError {
  return new AppError("overloaded", "the server is shutting down");
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
