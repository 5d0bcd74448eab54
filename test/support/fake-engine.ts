import { AppError } from "../../src/core/errors.ts";
import type { GenerateEvent, GenerateRequest, ModelInfo } from "../../src/core/generate.ts";
import { createApp } from "../../src/http/app.ts";
import { Catalog, type Model } from "../../src/models/catalog.ts";
import {
  type RunningEngine,
  type StartEngine,
  Supervisor,
} from "../../src/supervisor/supervisor.ts";

/** What a fake model does with a request. */
export type Behaviour = (
  request: GenerateRequest,
  signal: AbortSignal,
) => AsyncIterable<GenerateEvent>;

const figures = {
  stoppingText: "",
  truncated: false,
  nPrompt: 7,
  nCached: 2,
  nReasoning: 0,
  prefillMs: 10,
  decodeMs: 20,
};

/** Ends a generation; every test's figures are the same unless it says otherwise. */
export function done(more: Partial<Extract<GenerateEvent, { type: "done" }>> = {}): GenerateEvent {
  return { type: "done", reason: "eos", nPredicted: 3, ...figures, ...more };
}

export const prefilled: GenerateEvent = { type: "prefilled", nPrompt: 7, nCached: 2 };

/** Plays these events. */
export function plays(...events: GenerateEvent[]): Behaviour {
  return async function* () {
    yield prefilled;
    yield* events;
  };
}

/** Says these pieces of text, one token each. */
export function says(...pieces: string[]): Behaviour {
  const texts = pieces.map((text): GenerateEvent => ({ type: "text", text }));
  return plays(...texts, done({ nPredicted: pieces.length }));
}

/** Thinks, then says. */
export function thinks(thought: string, answer: string): Behaviour {
  return plays(
    { type: "reasoning", text: thought },
    { type: "text", text: answer },
    done({ nReasoning: 1 }),
  );
}

/** Calls one tool, its arguments in two pieces. */
export function callsTool(name: string, args: string, id = "call_1"): Behaviour {
  const half = Math.ceil(args.length / 2);
  return plays(
    { type: "tool_call", index: 0, id, name, arguments: args.slice(0, half) },
    { type: "tool_call", index: 0, arguments: args.slice(half) },
    done({ reason: "tool_calls" }),
  );
}

/** Says `nTokens` words, and then its process dies. */
export function crashesAfter(nTokens: number): Behaviour {
  return async function* () {
    yield prefilled;
    for (let i = 0; i < nTokens; i++) yield { type: "text", text: "word " };
    throw new AppError("engine_crashed", "the engine was killed by signal 9");
  };
}

/** Refuses the request before anything else. */
export function refuses(error: AppError): Behaviour {
  // biome-ignore lint/correctness/useYield: it fails before it says anything
  return async function* () {
    throw error;
  };
}

/** Ends without a `done`, which an engine must never do. */
export function fallsSilent(): Behaviour {
  return async function* () {
    yield prefilled;
    yield { type: "text", text: "word " };
  };
}

/** Says `nTokens` words, then nothing until the request is aborted. */
export function waitsForAbort(nTokens: number): Behaviour {
  return async function* (_request, signal) {
    yield prefilled;
    for (let i = 0; i < nTokens; i++) yield { type: "text", text: "word " };
    await new Promise((_resolve, reject) => {
      const abort = () => reject(signal.reason);
      if (signal.aborted) abort();
      signal.addEventListener("abort", abort, { once: true });
    });
  };
}

/** Says words for ever, as fast as they are read. */
export function neverEnds(): Behaviour {
  return async function* (_request, signal) {
    yield prefilled;
    for (;;) {
      signal.throwIfAborted();
      yield { type: "text", text: "word ".repeat(1000) };
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
}

export const fakeInfo: ModelInfo = {
  description: "fake 1B F16",
  nCtxSeq: 1024,
  nParallel: 4,
  nParams: 3_000_000,
  devices: ["CPU"],
  vision: true,
  audio: false,
};

/** An engine without a process: it does what `behaviour` says, and remembers what it was asked. */
export class FakeEngine implements RunningEngine {
  readonly requests: GenerateRequest[] = [];
  /** Generations that have begun and not ended. */
  nRunning = 0;
  /** Events that were asked of it, over all generations. */
  nEvents = 0;
  readonly exited: Promise<void>;
  readonly #exit: () => void;

  constructor(
    readonly behaviour: Behaviour,
    readonly info: ModelInfo = fakeInfo,
  ) {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.exited = promise;
    this.#exit = resolve;
  }

  async *generate(request: GenerateRequest, signal: AbortSignal): AsyncGenerator<GenerateEvent> {
    this.requests.push(request);
    this.nRunning++;
    try {
      for await (const event of this.behaviour(request, signal)) {
        this.nEvents++;
        yield event;
      }
    } finally {
      this.nRunning--;
    }
  }

  async stop(): Promise<void> {
    this.#exit();
  }
}

export const tiny: Model = {
  name: "tiny",
  path: "/models/tiny.gguf",
  sizeBytes: 5_000_000,
  modifiedAt: Date.parse("2026-01-02T03:04:05Z"),
};

/** The real app and supervisor over a fake engine; `start` replaces how engines come up. */
export function appOver(
  behaviour: Behaviour,
  options: { info?: ModelInfo; models?: readonly [Model, ...Model[]]; start?: StartEngine } = {},
) {
  const engine = new FakeEngine(behaviour, options.info);
  const start: StartEngine = options.start ?? (async () => engine);
  const supervisor = new Supervisor(new Catalog(options.models ?? [tiny]), start, 2);
  const app = createApp(supervisor, { version: "1.2.3" });
  const send = (method: string, path: string, body?: unknown, signal?: AbortSignal) =>
    Promise.resolve(
      app.handle(
        new Request(`http://localhost${path}`, {
          method,
          ...(body !== undefined && {
            body: typeof body === "string" ? body : JSON.stringify(body),
            headers: { "content-type": "application/json" },
          }),
          ...(signal && { signal }),
        }),
      ),
    );
  return {
    app,
    engine,
    supervisor,
    get: (path: string) => send("GET", path),
    post: (path: string, body: unknown, signal?: AbortSignal) => send("POST", path, body, signal),
  };
}

/** The body of an answer, taken for what the test expects it to be. */
export async function json<T>(response: Response | Promise<Response>): Promise<T> {
  return (await (await response).json()) as T;
}

/** The objects of a `text/event-stream`; "[DONE]" stays text. */
export async function sseEvents(response: Response): Promise<unknown[]> {
  const text = await response.text();
  return text
    .split("\n\n")
    .filter((event) => event !== "")
    .map((event) => {
      if (!event.startsWith("data: ")) throw new Error(`not an event: ${event}`);
      const data = event.slice("data: ".length);
      return data === "[DONE]" ? data : JSON.parse(data);
    });
}

/** The objects of an NDJSON stream. */
export async function lines(response: Response): Promise<unknown[]> {
  const text = await response.text();
  return text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
}
