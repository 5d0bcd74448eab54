import type { CallAnswer, CallQuestion, EngineCallName } from "../core/calls.ts";
import type { AppError } from "../core/errors.ts";
import type { GenerateEvent, GenerateRequest, ModelInfo } from "../core/generate.ts";
import type { Crash } from "./crash.ts";
import type { RunningEngine, StartEngine } from "./running-engine.ts";

/** What llama-server's router waits with LLAMA_SERVER_DEBUG_FAKE_TIMING, milliseconds. */
const delayMs = 2000;

/**
 * Engines that take their time to load and to answer, as llama-server's own tests of its queue
 * need: their models are so small that nothing would ever have to wait.
 */
export function withFakeTiming(start: StartEngine, ms = delayMs): StartEngine {
  return async (model, onProgress, signal) => {
    await slept(ms, signal);
    return new SlowEngine(await start(model, onProgress, signal), ms);
  };
}

class SlowEngine implements RunningEngine {
  readonly #engine: RunningEngine;
  readonly #ms: number;

  constructor(engine: RunningEngine, ms: number) {
    this.#engine = engine;
    this.#ms = ms;
  }

  get info(): ModelInfo {
    return this.#engine.info;
  }

  get exited(): Promise<void> {
    return this.#engine.exited;
  }

  get crashed(): Crash | null {
    return this.#engine.crashed;
  }

  async *generate(request: GenerateRequest, signal: AbortSignal): AsyncGenerator<GenerateEvent> {
    await slept(this.#ms, signal);
    yield* this.#engine.generate(request, signal);
  }

  async call<Name extends EngineCallName>(
    name: Name,
    question: CallQuestion<Name>,
    signal: AbortSignal,
  ): Promise<CallAnswer<Name>> {
    if (name !== "metrics") await slept(this.#ms, signal); // which the supervisor asks by itself
    return this.#engine.call(name, question, signal);
  }

  stop(why?: AppError): Promise<void> {
    return this.#engine.stop(why);
  }
}

async function slept(ms: number, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const onAbort = () => reject(signal.reason);
  const timer = setTimeout(resolve, ms);
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    await promise;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", onAbort);
  }
}
