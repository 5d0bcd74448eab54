import type { CallAnswer, CallQuestion, EngineCallName } from "../../src/core/calls.ts";
import { AppError } from "../../src/core/errors.ts";
import type { GenerateEvent, GenerateRequest, ModelInfo } from "../../src/core/generate.ts";
import { requestLimits } from "../../src/core/limits.ts";
import type { HttpSettings } from "../../src/core/server.ts";
import { untilAborted } from "../../src/core/until-aborted.ts";
import { createApp } from "../../src/http/app.ts";
import type { RequestRecord } from "../../src/http/request-record.ts";
import { Catalog, type Model } from "../../src/models/catalog.ts";
import type { RegistryClient } from "../../src/models/registry/client.ts";
import type { Store } from "../../src/models/store.ts";
import {
  type RunningEngine,
  type StartEngine,
  Supervisor,
} from "../../src/supervisor/supervisor.ts";
import { storeLibrary } from "./store-library.ts";

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
  slot: 0,
  nHeld: 9,
  nDrafted: 0,
  nDraftAccepted: 0,
};

/** Ends a generation; every test's figures are the same unless it says otherwise. */
export function done(more: Partial<Extract<GenerateEvent, { type: "done" }>> = {}): GenerateEvent {
  return { type: "done", reason: "eos", nPredicted: 3, ...figures, ...more };
}

export const prefilled: GenerateEvent = {
  type: "prefilled",
  nPrompt: 7,
  nCached: 2,
  prefillMs: 10,
};

/** A piece of text: token number `nPredicted` of the answer. */
export function text(piece: string, nPredicted = 1): GenerateEvent {
  return { type: "text", text: piece, nPredicted, decodeMs: nPredicted };
}

/** Plays these events. */
export function plays(...events: GenerateEvent[]): Behaviour {
  return async function* () {
    yield prefilled;
    yield* events;
  };
}

/** Says these pieces of text, one token each. */
export function says(...pieces: string[]): Behaviour {
  const texts = pieces.map((piece, i) => text(piece, i + 1));
  return plays(...texts, done({ nPredicted: pieces.length }));
}

/** Thinks, then says. */
export function thinks(thought: string, answer: string): Behaviour {
  return plays(
    { type: "reasoning", text: thought, nPredicted: 1, decodeMs: 1 },
    text(answer, 2),
    done({ nReasoning: 1 }),
  );
}

const sampled = { nPredicted: 1, decodeMs: 1 };

/** Calls one tool, its arguments in two pieces. */
export function callsTool(name: string, args: string, id = "call_1"): Behaviour {
  const half = Math.ceil(args.length / 2);
  return plays(
    { type: "tool_call", index: 0, id, name, arguments: args.slice(0, half), ...sampled },
    { type: "tool_call", index: 0, arguments: args.slice(half), ...sampled },
    done({ reason: "tool_calls" }),
  );
}

/** Says `nTokens` words, and then its process dies. */
export function crashesAfter(nTokens: number): Behaviour {
  return async function* () {
    yield prefilled;
    for (let i = 0; i < nTokens; i++) yield text("word ", i + 1);
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
    yield text("word ");
  };
}

/** Says `nTokens` words, then nothing until the request is aborted. */
export function waitsForAbort(nTokens: number): Behaviour {
  return async function* (_request, signal) {
    yield prefilled;
    for (let i = 0; i < nTokens; i++) yield text("word ", i + 1);
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
      yield text("word ".repeat(1000));
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
}

export const fakeInfo: ModelInfo = {
  description: "fake 1B F16",
  fileType: "F16",
  nCtxSeq: 1024,
  nCtx: 4096,
  nCtxTrain: 2048,
  nParallel: 4,
  nBatch: 512,
  nUbatch: 256,
  nParams: 3_000_000,
  nBytes: 6_000_000,
  nEmbd: 64,
  nVocab: 512,
  vocabType: 1,
  devices: ["CPU"],
  memory: { model: 6e6, context: 2e6, compute: 1e6, onGpus: 0, mapped: 6e6, gpus: null },
  vision: true,
  audio: false,
  generates: true,
  pooling: "last",
  reranks: false,
  bosText: "<s>",
  eosText: "</s>",
  eogTokens: [2],
  chatTemplate: "{{ messages }}",
  chatTemplateCaps: { supports_tools: true },
  fimMissing: [],
  defaults: {
    sampling: {
      temperature: 0.8,
      topK: 40,
      topP: 0.95,
      minP: 0.05,
      topNSigma: -1,
      typicalP: 1,
      xtcProbability: 0,
      xtcThreshold: 0.1,
      dynatempRange: 0,
      dynatempExponent: 1,
      repeatLastN: 64,
      repeatPenalty: 1,
      presencePenalty: 0,
      frequencyPenalty: 0,
      dryMultiplier: 0,
      dryBase: 1.75,
      dryAllowedLength: 2,
      dryPenaltyLastN: -1,
      drySequenceBreakers: ["\n", ":", '"', "*"],
      mirostat: 0,
      mirostatTau: 5,
      mirostatEta: 0.1,
      adaptiveTarget: -1,
      adaptiveDecay: 0.9,
      minKeep: 0,
      samplers: ["penalties", "top_k", "temperature"],
      ignoreEos: false,
      logitBias: [],
    },
    nPredict: -1,
    nKeep: 0,
    stop: [],
    reasoningFormat: "auto",
    speculationTypes: "none",
  },
};

/** What a fake engine answers to questions; one that is not here is a failing test. */
export type Answers = {
  [Name in EngineCallName]?: (
    question: CallQuestion<Name>,
  ) => CallAnswer<Name> | Promise<CallAnswer<Name>>;
};

/** What `hutch serve` has without flags. */
export const httpSettings: HttpSettings = {
  profile: "hutch",
  hostnames: ["127.0.0.1"],
  nitroPort: null,
  clientModelDirs: [],
  responses: { path: ":memory:", bytesMax: 1e6 },
  port: 0,
  reusePort: false,
  apiPrefix: "",
  allowedHosts: null,
  apiKeys: [],
  apiKeyFiles: [],
  cors: { origins: "*", methods: "GET, POST", headers: "*", credentials: true },
  tls: null,
  staticDir: null,
  hasPage: false,
  timeoutSeconds: 3600,
  limits: requestLimits,
  ssePingSeconds: 30,
  autoload: true,
  endpoints: { slots: true, props: false, metrics: false },
  slotSaveDir: null,
  mediaDir: null,
  fetchesMedia: false,
  fetchHosts: [],
  mediaMarker: "<__media__>",
  vertex: null,
  slotsShowText: false,
  verbose: false,
};

/** An engine without a process: it does what `behaviour` says, and remembers what it was asked. */
export class FakeEngine implements RunningEngine {
  readonly requests: GenerateRequest[] = [];
  /** Questions so far, by name. */
  readonly questions: { name: EngineCallName; question: unknown }[] = [];
  /** Generations and questions that have begun and not ended. */
  nRunning = 0;
  /** Events that were asked of it, over all generations. */
  nEvents = 0;
  readonly crashed = null;
  readonly exited: Promise<void>;
  readonly #exit: () => void;

  constructor(
    readonly behaviour: Behaviour,
    readonly info: ModelInfo = fakeInfo,
    readonly answers: Answers = {},
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

  async call<Name extends EngineCallName>(
    name: Name,
    question: CallQuestion<Name>,
    signal: AbortSignal,
  ): Promise<CallAnswer<Name>> {
    this.questions.push({ name, question });
    const answer = this.answers[name];
    if (!answer) throw new AppError("internal", `the fake engine has no answer to ${name}`);
    this.nRunning++;
    try {
      return await untilAborted(Promise.resolve(answer(question)), signal);
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

export interface AppOverOptions {
  store?: Store;
  registry?: RegistryClient;
  info?: ModelInfo;
  models?: readonly [Model, ...Model[]];
  start?: StartEngine;
  answers?: Answers;
  settings?: Partial<HttpSettings>;
  onRequest?: (record: RequestRecord) => void;
}

/** The real app and supervisor over a fake engine; `start` replaces how engines come up. */
export function appOver(behaviour: Behaviour, options: AppOverOptions = {}) {
  const engine = new FakeEngine(behaviour, options.info, options.answers);
  const start: StartEngine = options.start ?? (async () => engine);
  const models = options.models ?? [tiny];
  const library = options.store && storeLibrary(options.store, models);
  const catalog = new Catalog(models, (name) => library?.arrived(name));
  const supervisor = new Supervisor(catalog, start, 2, library ? { library } : {});
  const settings = { ...httpSettings, ...options.settings };
  const { store = null, registry = null, onRequest = () => {} } = options;
  const app = createApp(supervisor, { version: "1.2.3", settings, store, registry, onRequest });
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
