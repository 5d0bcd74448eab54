import type { Subprocess } from "bun";
import type { CallAnswer, CallQuestion, EngineCallName } from "../core/calls.ts";
import { AppError } from "../core/errors.ts";
import type { GenerateEvent, GenerateRequest, ModelInfo } from "../core/generate.ts";
import { engineLimitsOf } from "../core/limits.ts";
import type { LoadSpec } from "../core/load.ts";
import { checkWorkers } from "../core/network/workers.ts";
import {
  type CallMessage,
  type FromEngine,
  fromWire,
  type SentEvent,
  type ToEngine,
} from "../core/protocol.ts";
import { untilAborted } from "../core/until-aborted.ts";
import type { Model } from "../models/catalog.ts";
import { loadFor } from "../models/load-options.ts";
import { checkProjector } from "../models/projector-check.ts";
import { CoreShares, type Sharer } from "./core-shares.ts";
import { type Crash, kindOf, type RequestKind } from "./crash.ts";
import { EngineChild } from "./engine-child.ts";
import { EngineLog } from "./engine-log.ts";
import type { Care, EngineOptions } from "./engine-options.ts";
import { EventQueue } from "./event-queue.ts";
import { blamed } from "./lost-workers.ts";
import { type RunningEngine, type StartEngine, UnheardError } from "./running-engine.ts";
import { Watchdog, type Watched } from "./watchdog.ts";

/**
 * Starts engines as child processes of this same program.
 * @param first a process that waits already, for the first one
 */
export function engineProcesses(
  { libraryDir, backends, ...every }: EngineOptions,
  first: EngineChild | null = null,
): StartEngine {
  const { onLog, onCrash, onBackendFailure, stepTimeoutSeconds, ...options } = every;
  const shares = new CoreShares();
  const care = { onLog, onCrash, onBackendFailure, stepTimeoutSeconds, limits: options.limits };
  let waiting = first;
  return async (model, onProgress, signal) => {
    const { path: modelPath, mmprojPath } = model;
    if (mmprojPath !== undefined) checkProjector(mmprojPath);
    const spec = { ...loadFor(model, options), modelPath, mmprojPath };
    if (spec.workers) await checkWorkers(spec.workers);
    const child = waiting ?? new EngineChild(libraryDir, backends);
    waiting = null;
    const cares = { ...care, workers: spec.workers };
    const process = new EngineProcess(child, model, shares, onProgress, cares);
    return await process.load(spec, signal);
  };
}

/** A request without an answer yet. */
interface Pending {
  queue: EventQueue<GenerateEvent>;
  request: GenerateRequest;
}

/** A question without one. */
interface PendingCall
  extends Pick<PromiseWithResolvers<CallAnswer<EngineCallName>>, "resolve" | "reject"> {
  name: EngineCallName;
}

/** One engine process: messages in and out, and the requests that wait for its events. */
class EngineProcess implements RunningEngine, Sharer, Watched {
  readonly exited: Promise<void>;
  readonly #model: Model;
  readonly #shares: CoreShares;
  readonly #process: Subprocess<"ignore", "ignore", "pipe">;
  readonly #onProgress: (fraction: number) => void;
  /** Some answers have no end. */
  readonly #nUnreadMax: number;
  readonly #care: Care;
  readonly #watchdog: Watchdog;
  readonly #startedAt = performance.now();
  readonly #ready = Promise.withResolvers<ModelInfo>();
  readonly #pending = new Map<number, Pending>();
  readonly #calls = new Map<number, PendingCall>();
  readonly #log: EngineLog;
  #info: ModelInfo | null = null;
  #nextId = 0;
  /** The last request that the engine says it has; -1: none. */
  #heardId = -1;
  #nAnswered = 0;
  #hasEnded = false;
  /** Why it was ended; null: it runs, or has ended by itself. */
  #ending: AppError | null = null;
  /** It was ended in order, or has said itself why it cannot load. */
  #isOver = false;
  #crashed: Crash | null = null;
  /** What its workers have to do with its end; null: nothing, as far as is known. */
  #blamed: string | null = null;

  constructor(
    child: EngineChild,
    model: Model,
    shares: CoreShares,
    onProgress: (fraction: number) => void,
    care: Care,
  ) {
    this.#model = model;
    this.#nUnreadMax = engineLimitsOf(care.limits).nUnread;
    this.#shares = shares;
    this.#onProgress = onProgress;
    this.#care = care;
    const nSilentMax = care.stepTimeoutSeconds ?? 0;
    this.#watchdog = new Watchdog(this, { nSilentMax, hasWorkers: care.workers !== undefined });
    child.receive = (message) => this.#receiveSafely(message);
    this.#process = child.process;
    this.#log = new EngineLog(child.process.stderr, (line) => care.onLog?.(line));
    const over = [this.#process.exited, this.#log.ended, child.silent];
    this.exited = Promise.all(over).then(async () => {
      if (!this.#ending) this.#blamed = await blamed(care.workers, this.#log);
      this.#ended();
    });
  }

  get pid(): number {
    return this.#process.pid;
  }

  get isLoading(): boolean {
    return this.#info === null;
  }

  get crashed(): Crash | null {
    return this.#crashed;
  }

  get info(): ModelInfo {
    if (!this.#info) throw new Error("engine used before it was ready");
    return this.#info;
  }

  async load(spec: LoadSpec, signal: AbortSignal): Promise<RunningEngine> {
    const onAbort = () => void this.stop();
    signal.addEventListener("abort", onAbort, { once: true });
    try {
      signal.throwIfAborted();
      this.#watchdog.watch();
      this.#send({ type: "load", spec });
      this.#info = await this.#ready.promise;
      return this;
    } catch (error) {
      await this.stop();
      throw error;
    } finally {
      this.#restWhenIdle();
      signal.removeEventListener("abort", onAbort);
    }
  }

  async *generate(
    request: GenerateRequest,
    signal: AbortSignal,
    isWhole = false,
  ): AsyncGenerator<GenerateEvent> {
    signal.throwIfAborted();
    if (this.#isGone) await this.#refuse(signal);
    const id = this.#nextId++;
    const queue = new EventQueue<GenerateEvent>();
    const onAbort = () => queue.fail(new AppError("cancelled", "the client closed the request"));
    signal.addEventListener("abort", onAbort, { once: true });
    this.#pending.set(id, { queue, request });
    this.#begin();
    let isAnswered = false;
    try {
      this.#send({ type: "generate", id, request, isWhole });
      while (!isAnswered) {
        for (const event of await queue.next()) {
          isAnswered = event.type === "done";
          yield event;
        }
      }
    } finally {
      signal.removeEventListener("abort", onAbort);
      // Still there means the engine owes an answer that nobody wants any more.
      if (this.#pending.delete(id) && !isAnswered) this.#send({ type: "abort", id });
      this.#restWhenIdle();
    }
  }

  async call<Name extends EngineCallName>(
    name: Name,
    question: CallQuestion<Name>,
    signal: AbortSignal,
  ): Promise<CallAnswer<Name>> {
    signal.throwIfAborted();
    if (this.#isGone) await this.#refuse(signal);
    const id = this.#nextId++;
    const { promise, resolve, reject } = Promise.withResolvers<CallAnswer<EngineCallName>>();
    const onAbort = () => reject(new AppError("cancelled", "the client closed the request"));
    signal.addEventListener("abort", onAbort, { once: true });
    this.#calls.set(id, { name, resolve, reject });
    this.#begin();
    try {
      this.#send({ type: "call", id, name, question } as CallMessage); // as its type pairs them
      return (await promise) as CallAnswer<Name>; // the engine answers what it was asked
    } finally {
      signal.removeEventListener("abort", onAbort);
      // Still there means that the engine works on what nobody wants any more.
      if (this.#calls.delete(id)) this.#send({ type: "abort", id });
      this.#restWhenIdle();
    }
  }

  share(nSharers: number): void {
    this.#send({ type: "share", nSharers });
  }

  ping(): void {
    this.#send({ type: "ping" });
  }

  giveUp(why: string): void {
    const message = `the engine of "${this.#model.name}" was ended: ${why}`;
    this.#end(new AppError("engine_crashed", message));
  }

  async stop(why?: AppError): Promise<void> {
    this.#isOver = true;
    const message = `the engine of "${this.#model.name}" was ended`;
    this.#end(why ?? new AppError("engine_crashed", message));
    await this.exited;
  }

  /** With SIGKILL, since a process that was stopped hears nothing else. */
  #end(why: AppError): void {
    this.#ending ??= why;
    this.#process.kill("SIGKILL");
  }

  #begin(): void {
    this.#shares.enter(this);
    this.#watchdog.watch();
  }

  #restWhenIdle(): void {
    if (this.#pending.size > 0 || this.#calls.size > 0) return;
    this.#shares.leave(this);
    this.#watchdog.rest();
  }

  /** Gone, or about to be: nothing more can be sent to it. */
  get #isGone(): boolean {
    const { killed, exitCode, signalCode } = this.#process;
    return this.#hasEnded || killed || exitCode !== null || signalCode !== null;
  }

  /** @throws UnheardError once it is known why the engine ended, and that nobody gets it */
  async #refuse(signal: AbortSignal): Promise<never> {
    await untilAborted(this.exited, signal);
    throw this.#errorTo(this.#nextId);
  }

  #send(message: ToEngine): void {
    if (!this.#isGone) this.#process.send(message);
  }

  /** What a broken engine says must not harm the server. */
  #receiveSafely(message: FromEngine): void {
    this.#watchdog.heard();
    try {
      this.#receive(message);
    } catch (error) {
      this.giveUp(`it has sent what nobody understands: ${String(error)}`);
    }
  }

  #receive(message: FromEngine): void {
    switch (message.type) {
      case "progress":
        this.#onProgress(message.fraction);
        break;
      case "ready":
        for (const failure of message.backendFailures) this.#care.onBackendFailure?.(failure);
        this.#ready.resolve(message.info);
        break;
      case "unmapped":
        this.info.memory.mapped -= message.nBytes;
        break;
      case "failed": // while loading, or a bug of ours in its loop: either way it is of no more use
        this.#isOver = this.isLoading;
        this.#ready.reject(fromWire(message.error));
        this.giveUp(message.error.message);
        break;
      case "alive": // as has been noticed
        break;
      case "heard":
        this.#heardId = message.id;
        break;
      case "events":
        this.#receiveEvents(message.events);
        break;
      case "answer":
        this.#nAnswered++;
        this.#taken(this.#calls, message.id)?.resolve(message.answer);
        break;
      case "error": {
        const error = fromWire(message.error);
        this.#taken(this.#pending, message.id)?.queue.fail(error);
        this.#taken(this.#calls, message.id)?.reject(error);
        break;
      }
      default:
        throw new Error(`type ${(message satisfies never as { type?: unknown })?.type}`);
    }
  }

  #receiveEvents(sent: SentEvent[] | string): void {
    const events: SentEvent[] = typeof sent === "string" ? JSON.parse(sent) : sent;
    for (const { id, event } of events) {
      const { queue } = this.#pending.get(id) ?? {};
      queue?.push(event);
      if (event.type === "done") this.#nAnswered++;
      if (queue && queue.length > this.#nUnreadMax) this.#giveUp(id);
    }
  }

  /** Ends the answer of a client that reads too slowly, once it has read what there is of it. */
  #giveUp(id: number): void {
    const n = this.#nUnreadMax;
    const message = `the client has left ${n} pieces of its answer unread (--max-unread)`;
    this.#taken(this.#pending, id)?.queue.fail(new AppError("cancelled", message));
    this.#send({ type: "abort", id });
  }

  /** Takes what waits under an id: the engine owes it nothing more. */
  #taken<Waiting>(waiting: Map<number, Waiting>, id: number): Waiting | undefined {
    const one = waiting.get(id);
    waiting.delete(id);
    return one;
  }

  #ended(): void {
    this.#hasEnded = true;
    this.#watchdog.rest();
    const error = this.#error();
    if (!this.#isOver) this.#crashed = this.#described(error);
    this.#ready.promise.catch(() => {}); // nobody may be waiting for it any more
    const { path, mmprojPath } = this.#model;
    const files = mmprojPath === undefined ? path : `${path} with ${mmprojPath}`;
    const failure = `${files}: ${error.message} while loading`;
    this.#ready.reject(new AppError("model_load_failed", failure, { cause: error }));
    for (const [id, { queue }] of this.#pending) queue.fail(this.#errorTo(id));
    for (const [id, call] of this.#calls) call.reject(this.#errorTo(id));
    this.#pending.clear();
    this.#calls.clear();
    this.#shares.leave(this);
    if (this.#crashed) this.#care.onCrash?.(this.#crashed);
  }

  /** Why a request has no answer. One that may have been at fault is not for another engine. */
  #errorTo(id: number): AppError {
    const error = this.#error();
    return this.#isOver || id <= this.#heardId ? error : new UnheardError(error);
  }

  /** Why the process ended, for the clients that it left. */
  #error(): AppError {
    if (this.#ending) return this.#ending;
    const { signalCode, exitCode } = this.#process;
    const how = signalCode ?? `exit code ${exitCode}`;
    const why = this.#blamed ?? this.#log.reason;
    const message = `the engine of "${this.#model.name}" ended (${how})${why ? `: ${why}` : ""}`;
    return new AppError("engine_crashed", message);
  }

  #described(error: AppError): Crash {
    const kinds: RequestKind[] = [
      ...[...this.#pending.values()].map(({ request }) => kindOf(request)),
      ...[...this.#calls.values()].map(({ name }) => ({ kind: name })),
    ];
    return {
      model: this.#model,
      error,
      phase: this.isLoading ? "loading" : "running",
      ranMs: performance.now() - this.#startedAt,
      nAnswered: this.#nAnswered,
      requests: kinds,
      lines: [...this.#log.lines],
    };
  }
}
