import {
  type CallAnswer,
  type CallQuestion,
  type EngineCallName,
  noMetrics,
} from "../../src/core/calls.ts";
import type { AppError } from "../../src/core/errors.ts";
import type { Engine } from "../../src/core/generate.ts";
import { Catalog, type Model } from "../../src/models/catalog.ts";
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
export const never = new AbortController().signal;

/** Lets everything go on that does not wait for the test. */
export const settle = () => Bun.sleep(0);

export class TestEngine implements RunningEngine {
  readonly info: Engine["info"];
  readonly exited: Promise<void>;
  /** Ends it as if it had crashed. */
  readonly crash: () => void;
  readonly #log: string[];

  constructor(name: string, log: string[], nCtxSeq = 1000) {
    const gone = Promise.withResolvers<void>();
    this.info = { description: name, nCtxSeq, nCtxTrain: 8000 } as Engine["info"];
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
  const sizes = new Map<string, number | undefined>();
  const start = (m: Model, _onProgress: unknown, signal: AbortSignal) => {
    const { nCtxSeq } = m.load ?? {};
    log.push(nCtxSeq === undefined ? `start ${m.name}` : `start ${m.name} ${nCtxSeq}`);
    sizes.set(m.name, nCtxSeq);
    const starting = Promise.withResolvers<RunningEngine>();
    starts.set(m.name, starting);
    signal.addEventListener("abort", () => starting.reject(new Error("killed")), { once: true });
    return starting.promise;
  };
  const ready = async (name: string) => {
    await settle(); // evictions come before the start
    const engine = new TestEngine(name, log, sizes.get(name));
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
