import {
  type CallAnswer,
  type CallQuestion,
  type EngineCallName,
  noMetrics,
} from "../../src/core/calls.ts";
import type { AppError } from "../../src/core/errors.ts";
import type { Engine } from "../../src/core/generate.ts";
import type { LoadOptions } from "../../src/core/load.ts";
import { Catalog, type Model } from "../../src/models/catalog.ts";
import type { Crash } from "../../src/supervisor/crash.ts";
import {
  type RunningEngine,
  Supervisor,
  type SupervisorOptions,
} from "../../src/supervisor/supervisor.ts";

export const model = (name: string, more: Partial<Model> = {}): Model => ({
  name,
  path: name,
  sizeBytes: 0,
  modifiedAt: 0,
  ...more,
});
const mib = 1024 ** 2;
export const never = new AbortController().signal;

/** Lets everything go on that does not wait for the test. */
export const settle = () => Bun.sleep(0);

export class TestEngine implements RunningEngine {
  readonly info: Engine["info"];
  readonly exited: Promise<void>;
  crashed: Crash | null = null;
  /** Ends it as if it had crashed. */
  readonly crash: () => void;
  readonly #log: string[];

  constructor(name: string, log: string[], load: LoadOptions = {}) {
    const { nCtxSeq = 1000, nCtxSeqMin = 0, nBatch } = load;
    const gone = Promise.withResolvers<void>();
    this.info = {
      description: name,
      nCtxSeq: Math.min(8000, Math.max(nCtxSeq, nCtxSeqMin)),
      nCtxTrain: 8000,
      nBatch: nBatch ?? 512,
      nUbatch: 512,
      nParallel: 2,
      memory: { model: mib, context: 0, compute: 0, onGpus: 0, mapped: 0, gpus: null },
    } as Engine["info"];
    this.exited = gone.promise;
    this.crash = gone.resolve;
    this.#log = log;
  }

  generate(): never {
    throw new Error("not in this test");
  }

  async call<Name extends EngineCallName>(
    name: Name,
    _question: CallQuestion<Name>,
  ): Promise<CallAnswer<Name>> {
    if (name !== "metrics") throw new Error("not in this test");
    return { ...noMetrics, nPredicted: 10, nProcessing: 1 } as CallAnswer<Name>;
  }

  async stop(): Promise<void> {
    this.#log.push(`stop ${this.info.description}`);
    this.crash();
  }
}

/** Engines that load, crash and stop when the test says so; `log` tells what happened. */
export function setUp(nEnginesMax = 2, options: SupervisorOptions = {}, models?: Model[]) {
  const log: string[] = [];
  const starts = new Map<string, PromiseWithResolvers<RunningEngine>>();
  const engines = new Map<string, TestEngine>();
  const loads = new Map<string, LoadOptions>();
  const start = (m: Model, _onProgress: unknown, signal: AbortSignal) => {
    const { memory: _memory, ...load } = m.load ?? {};
    const told = Object.values(load).map((value) => JSON.stringify(value));
    log.push(["start", m.name, ...told].join(" "));
    loads.set(m.name, load);
    const starting = Promise.withResolvers<RunningEngine>();
    starts.set(m.name, starting);
    signal.addEventListener("abort", () => starting.reject(new Error("killed")), { once: true });
    return starting.promise;
  };
  const ready = async (name: string) => {
    await settle(); // evictions come before the start
    const engine = new TestEngine(name, log, loads.get(name) ?? {});
    engines.set(name, engine);
    starts.get(name)?.resolve(engine);
    await settle();
  };
  const fail = async (name: string, error: AppError) => {
    await settle();
    starts.get(name)?.reject(error);
  };
  const catalog = new Catalog(models ?? [model("a"), model("b"), model("c"), model("d")]);
  const supervisor = new Supervisor(catalog, start, nEnginesMax, options);
  /** A lease on a model that becomes ready. */
  const leased = async (name: string) => {
    const lease = supervisor.acquire(name, never);
    await ready(name);
    return lease;
  };
  const load = async (name: string) => (await leased(name))[Symbol.dispose]();
  const stateOf = (name: string) => supervisor.status(catalog.find(name)).state;
  const asleep = async (name: string) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const look = () => stateOf(name) === "sleeping" && resolve();
    const end = supervisor.subscribe(look);
    look();
    await promise;
    end();
  };
  return { supervisor, log, fail, engines, ready, leased, load, stateOf, asleep };
}
