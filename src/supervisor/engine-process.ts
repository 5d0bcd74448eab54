import type { Subprocess } from "bun";
import type { CallAnswer, CallQuestion, EngineCallName } from "../core/calls.ts";
import { AppError } from "../core/errors.ts";
import type { GenerateEvent, GenerateRequest, ModelInfo } from "../core/generate.ts";
import type { LoadOptions, LoadSpec } from "../core/load.ts";
import {
  type CallMessage,
  type FromEngine,
  fromWire,
  type SentEvent,
  type ToEngine,
} from "../core/protocol.ts";
import type { Model } from "../models/catalog.ts";
import { mergeLoad } from "../models/load-options.ts";
import { CoreShares, type Sharer } from "./core-shares.ts";
import { EngineChild } from "./engine-child.ts";
import { EventQueue } from "./event-queue.ts";
import type { RunningEngine, StartEngine } from "./running-engine.ts";

/**
 * Pieces of an answer that may wait for a client that reads slower than its model writes: about
 * 20 MB. Some answers have no end.
 */
const nUnreadMax = 65_536;

/** Lines of an engine's stderr kept to explain its end. */
const nStderrLinesMax = 40;

/** What every engine is loaded with; the model's own options and paths come from the catalog. */
export interface EngineOptions extends LoadOptions {
  /** Folder with the shim, libllama, libmtmd and the ggml backends side by side. */
  libraryDir: string;
  /** Told every line that an engine writes to stderr: llama.cpp's log, from `logLevel` upwards. */
  onLog?: ((line: string) => void) | undefined;
}

/**
 * Starts engines as child processes of this same program.
 * @param first a process that waits already, for the first one
 */
export function engineProcesses(
  { libraryDir, onLog, ...options }: EngineOptions,
  first: EngineChild | null = null,
): StartEngine {
  const shares = new CoreShares();
  let waiting = first;
  return (model, onProgress, signal) => {
    const child = waiting ?? new EngineChild(libraryDir);
    waiting = null;
    const process = new EngineProcess(child, model, shares, onProgress, onLog);
    const { path: modelPath, mmprojPath } = model;
    return process.load({ ...loadOf(model, options), modelPath, mmprojPath }, signal);
  };
}

/** A model's own size of a sequence is not one to share out of the cells that the server has. */
function loadOf({ load = {} }: Model, { nCtx, ...options }: LoadOptions): LoadOptions {
  return mergeLoad(load.nCtxSeq === undefined ? { nCtx } : {}, options, load);
}

/** A question without an answer yet. */
type PendingCall = Pick<PromiseWithResolvers<CallAnswer<EngineCallName>>, "resolve" | "reject">;

/** One engine process: messages in and out, and the requests that wait for its events. */
class EngineProcess implements RunningEngine, Sharer {
  readonly exited: Promise<void>;
  readonly #model: Model;
  readonly #shares: CoreShares;
  readonly #process: Subprocess<"ignore", "ignore", "pipe">;
  readonly #onProgress: (fraction: number) => void;
  readonly #onLog: EngineOptions["onLog"];
  readonly #ready = Promise.withResolvers<ModelInfo>();
  readonly #pending = new Map<number, EventQueue<GenerateEvent>>();
  readonly #calls = new Map<number, PendingCall>();
  readonly #stderr: string[] = [];
  #info: ModelInfo | null = null;
  #nextId = 0;
  #hasEnded = false;

  constructor(
    child: EngineChild,
    model: Model,
    shares: CoreShares,
    onProgress: (fraction: number) => void,
    onLog: EngineOptions["onLog"],
  ) {
    this.#model = model;
    this.#shares = shares;
    this.#onProgress = onProgress;
    this.#onLog = onLog;
    child.receive = (message) => this.#receive(message);
    this.#process = child.process;
    const stderrRead = this.#keepStderr();
    this.exited = Promise.all([this.#process.exited, stderrRead]).then(() => this.#ended());
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
      this.#send({ type: "load", spec });
      this.#info = await this.#ready.promise;
      return this;
    } catch (error) {
      await this.stop();
      throw error;
    } finally {
      signal.removeEventListener("abort", onAbort);
    }
  }

  async *generate(
    request: GenerateRequest,
    signal: AbortSignal,
    isWhole = false,
  ): AsyncGenerator<GenerateEvent> {
    signal.throwIfAborted();
    if (this.#isGone) throw this.#crash();
    const id = this.#nextId++;
    const queue = new EventQueue<GenerateEvent>();
    const onAbort = () => queue.fail(new AppError("cancelled", "the client closed the request"));
    signal.addEventListener("abort", onAbort, { once: true });
    this.#pending.set(id, queue);
    this.#shares.enter(this);
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
      this.#leaveWhenIdle();
    }
  }

  async call<Name extends EngineCallName>(
    name: Name,
    question: CallQuestion<Name>,
    signal: AbortSignal,
  ): Promise<CallAnswer<Name>> {
    signal.throwIfAborted();
    if (this.#isGone) throw this.#crash();
    const id = this.#nextId++;
    const { promise, resolve, reject } = Promise.withResolvers<CallAnswer<EngineCallName>>();
    const onAbort = () => reject(new AppError("cancelled", "the client closed the request"));
    signal.addEventListener("abort", onAbort, { once: true });
    this.#calls.set(id, { resolve, reject });
    this.#shares.enter(this);
    try {
      this.#send({ type: "call", id, name, question } as CallMessage); // as its type pairs them
      return (await promise) as CallAnswer<Name>; // the engine answers what it was asked
    } finally {
      signal.removeEventListener("abort", onAbort);
      // Still there means that the engine works on what nobody wants any more.
      if (this.#calls.delete(id)) this.#send({ type: "abort", id });
      this.#leaveWhenIdle();
    }
  }

  share(nSharers: number): void {
    this.#send({ type: "share", nSharers });
  }

  async stop(): Promise<void> {
    this.#process.kill();
    await this.exited;
  }

  #leaveWhenIdle(): void {
    if (this.#pending.size === 0 && this.#calls.size === 0) this.#shares.leave(this);
  }

  /** Gone, or about to be: nothing more can be sent to it. */
  get #isGone(): boolean {
    const { killed, exitCode, signalCode } = this.#process;
    return this.#hasEnded || killed || exitCode !== null || signalCode !== null;
  }

  #send(message: ToEngine): void {
    if (!this.#isGone) this.#process.send(message);
  }

  #receive(message: FromEngine): void {
    switch (message.type) {
      case "progress":
        this.#onProgress(message.fraction);
        break;
      case "ready":
        this.#ready.resolve(message.info);
        break;
      case "unmapped":
        this.info.memory.mapped -= message.nBytes;
        break;
      case "failed": // while loading, or a bug of ours in its loop: either way it is of no more use
        this.#ready.reject(fromWire(message.error));
        this.#stderr.push(message.error.message);
        this.#process.kill();
        break;
      case "events":
        this.#receiveEvents(message.events);
        break;
      case "answer":
        this.#taken(this.#calls, message.id)?.resolve(message.answer);
        break;
      case "error": {
        const error = fromWire(message.error);
        this.#taken(this.#pending, message.id)?.fail(error);
        this.#taken(this.#calls, message.id)?.reject(error);
        break;
      }
      default:
        message satisfies never;
    }
  }

  #receiveEvents(sent: SentEvent[] | string): void {
    const events: SentEvent[] = typeof sent === "string" ? JSON.parse(sent) : sent;
    for (const { id, event } of events) {
      const queue = this.#pending.get(id);
      queue?.push(event);
      if (queue && queue.length > nUnreadMax) this.#giveUp(id);
    }
  }

  /** Ends the answer of a client that reads too slowly, once it has read what there is of it. */
  #giveUp(id: number): void {
    const message = `the client has left ${nUnreadMax} pieces of its answer unread`;
    this.#taken(this.#pending, id)?.fail(new AppError("cancelled", message));
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
    const crash = this.#crash();
    this.#ready.promise.catch(() => {}); // nobody may be waiting for it any more
    this.#ready.reject(
      new AppError("model_load_failed", `${this.#model.path}: ${crash.message} while loading it`),
    );
    for (const queue of this.#pending.values()) queue.fail(crash);
    for (const call of this.#calls.values()) call.reject(crash);
    this.#pending.clear();
    this.#calls.clear();
    this.#shares.leave(this);
  }

  /** Why the process ended, for the clients that it left. */
  #crash(): AppError {
    const { signalCode, exitCode } = this.#process;
    const how = signalCode ?? `exit code ${exitCode}`;
    const why = this.#stderr.findLast((line) => /GGML_ASSERT|abort|rror|ailed/.test(line));
    const message = `the engine of "${this.#model.name}" ended (${how})${why ? `: ${why}` : ""}`;
    return new AppError("engine_crashed", message);
  }

  async #keepStderr(): Promise<void> {
    const decoder = new TextDecoder();
    let rest = "";
    for await (const bytes of this.#process.stderr) {
      const lines = (rest + decoder.decode(bytes, { stream: true })).split("\n");
      rest = lines.pop() ?? "";
      const written = lines.filter((line) => line.trim() !== "");
      for (const line of written) this.#onLog?.(line);
      this.#stderr.push(...written);
      this.#stderr.splice(0, Math.max(0, this.#stderr.length - nStderrLinesMax));
    }
  }
}
