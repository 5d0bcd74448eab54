import type { CallAnswer, CallQuestion, EngineCallName } from "../core/calls.ts";
import { AppError } from "../core/errors.ts";
import type { ModelInfo } from "../core/generate.ts";
import { waitedTooLong } from "../core/limits.ts";
import type { Quantize } from "../core/quantization.ts";
import type { HttpSettings } from "../core/server.ts";
import type { Model } from "../models/catalog.ts";
import type { RegistryClient } from "../models/registry/client.ts";
import type { Store } from "../models/store.ts";
import { quantize } from "../supervisor/quantizer.ts";
import { UnheardError } from "../supervisor/running-engine.ts";
import type { Lease, Supervisor, Wish } from "../supervisor/supervisor.ts";
import type { AppOptions } from "./app.ts";
import { maySee, permitted } from "./caller.ts";
import type { OpenAiError } from "./error-schema.ts";
import { toErrorBody, toOpenAiErrorBody } from "./errors.ts";
import { checkPrompt } from "./limits.ts";
import { RecentErrors } from "./recent-errors.ts";
import { currentRecord } from "./request-record.ts";
import { Requests } from "./requests.ts";
import { Traffic } from "./traffic.ts";

/** What every dialect is given: the models behind this server, and its habits. */
export class Gateway {
  readonly supervisor: Supervisor;
  readonly settings: HttpSettings;
  readonly version: string;
  readonly #store: Store | null;
  readonly #registry: RegistryClient | null;
  readonly traffic = new Traffic();
  readonly errors = new RecentErrors();
  readonly requests: Requests;
  readonly quantize: Quantize;
  /** Tells the server's operator what a client should know. */
  readonly warn: (text: string) => void;
  /** The model that a client of Nitro has loaded; null: none. */
  standIn: string | null = null;
  #wasReady = false;

  constructor(supervisor: Supervisor, options: AppOptions) {
    const { settings, version, store, registry = null, warn = () => {} } = options;
    this.requests = new Requests((record) => {
      this.errors.note(record);
      options.onRequest?.(record);
    });
    this.supervisor = supervisor;
    this.settings = settings;
    this.version = version;
    this.#store = store;
    this.#registry = registry;
    this.quantize = options.quantize ?? quantize;
    this.warn = onceEach(warn);
  }

  get hasStore(): boolean {
    return this.#store !== null;
  }

  /** Where models are pulled to and created. @throws AppError unsupported without such a place */
  get store(): Store {
    if (this.#store) return this.#store;
    throw new AppError("unsupported", fixedSet);
  }

  /** What fetches and sends models. @throws AppError unsupported where there is no store either */
  get registry(): RegistryClient {
    if (this.#registry) return this.#registry;
    throw new AppError("unsupported", fixedSet);
  }

  /**
   * The model that a request means by `name`, by the habits of the server's profile. `url` is the
   * request's own: its `?autoload=` counts in llama-server's router mode.
   * @throws AppError model_not_found; invalid_request in router mode, as llama-server has it;
   *   forbidden when the caller's key is for other models
   */
  model(name: string | undefined, url: string): Model {
    const model = permitted(name, () => this.#named(name));
    const record = currentRecord();
    if (record) record.model = model.name;
    if (this.settings.profile !== "router") return model;
    const autoload = new URL(url).searchParams.get("autoload");
    const loads = autoload === null ? this.settings.autoload : isTruthy(autoload);
    if (!loads && !isLoaded.has(this.supervisor.status(model).state)) {
      throw new AppError("invalid_request", "model is not loaded", { param: "model" });
    }
    return model;
  }

  #named(name: string | undefined): Model {
    const { catalog } = this.supervisor;
    switch (this.settings.profile) {
      case "llama-server":
        return catalog.find(name === this.standIn ? name : undefined);
      case "hutch":
        return catalog.find(this.#meant(name));
      case "router":
        return routed(name, (wanted) => catalog.find(wanted));
    }
  }

  /** The models that may be told of, in the order of the catalog. */
  get shownModels(): readonly Model[] {
    return this.supervisor.catalog.models.filter((model) => !model.isHidden && maySee(model));
  }

  /** Clients of Nitro call its one model whatever they like, if anything: its guide, "gpt-4-…". */
  #meant(name: string | undefined): string | undefined {
    const isKnown = name && this.supervisor.catalog.lookUp(name) !== undefined;
    return isKnown ? name : (this.standIn ?? name);
  }

  /** Whether OpenAI's routes follow OpenAI where llama-server differs from it. */
  get followsOpenAi(): boolean {
    return this.settings.profile === "hutch";
  }

  /** The error object of OpenAI's routes, and of paths that no dialect knows. */
  readonly toOpenAiError = (error: AppError): OpenAiError =>
    this.followsOpenAi ? toOpenAiErrorBody(error) : toErrorBody(error);

  /**
   * A lease of the model's engine, which is loaded if need be.
   * @throws AppError overloaded when that takes longer than requests may wait, and as `Supervisor`
   */
  async acquire(model: Model, signal: AbortSignal, wish: Wish = {}): Promise<Lease> {
    const { queueSeconds } = this.settings.limits;
    if (queueSeconds <= 0) return this.supervisor.acquire(model.name, signal, wish);
    const late = AbortSignal.timeout(queueSeconds * 1000);
    try {
      return await this.supervisor.acquire(model.name, AbortSignal.any([signal, late]), wish);
    } catch (error) {
      throw late.aborted && !signal.aborted ? waitedTooLong(queueSeconds) : error;
    }
  }

  /**
   * Asks the model's engine one question; it is loaded for that if need be, as `wish` has it.
   * @throws AppError
   */
  async ask<Name extends EngineCallName>(
    model: Model,
    name: Name,
    question: CallQuestion<Name>,
    signal: AbortSignal,
    wish: Wish = {},
  ): Promise<CallAnswer<Name>> {
    if ("prompt" in question) checkPrompt(question.prompt, this.settings.limits);
    const ask = ({ engine }: Lease) => engine.call(name, question, signal);
    return await this.withLease(model, signal, wish, ask);
  }

  /**
   * What `work` makes of a lease of the model's engine; with another engine, if the first ended
   * before it heard of a question. @throws AppError
   */
  async withLease<T>(
    model: Model,
    signal: AbortSignal,
    wish: Wish,
    work: (lease: Lease) => Promise<T>,
  ): Promise<T> {
    for (;;) {
      using lease = await this.acquire(model, signal, wish);
      try {
        return await work(lease);
      } catch (error) {
        if (!(error instanceof UnheardError)) throw error;
      }
    }
  }

  /**
   * What the model is; it is loaded to find out if need be, as `wish` has it. How long it stays is
   * for the request itself to say, which comes after. @throws AppError
   */
  async info(model: Model, signal: AbortSignal, { nCtx, load }: Wish = {}): Promise<ModelInfo> {
    using lease = await this.acquire(model, signal, { nCtx, load });
    return lease.engine.info;
  }

  /**
   * What keeps the default model from answering, or null. Once it was ready, it is unloaded only to
   * come back with the next request: that is health. A router is always healthy.
   */
  get illness(): AppError | null {
    if (this.settings.profile === "router") return null;
    const status = this.supervisor.status(this.supervisor.catalog.default);
    if (status.state === "failed") {
      const { message, retryAfterSeconds: seconds } = status.error;
      const context = seconds === undefined ? {} : { retryAfterSeconds: seconds };
      return new AppError("loading", message, context);
    }
    this.#wasReady ||= status.state === "ready" || status.state === "sleeping";
    return this.#wasReady ? null : new AppError("loading", "Loading model");
  }
}

/** Most texts that are remembered as said: clients choose them. */
const nWarningsMax = 1000;

/** Says every text once, as clients repeat their requests. */
function onceEach(say: (text: string) => void): (text: string) => void {
  const said = new Set<string>();
  return (text) => {
    if (said.has(text) || said.size === nWarningsMax) return;
    said.add(text);
    say(text);
  };
}

const fixedSet = "this server has a fixed set of models; `hutch serve` can pull and create them";

/** A model that is loading is waited for, and one that sleeps is woken. */
const isLoaded: ReadonlySet<string> = new Set(["loading", "ready", "sleeping"]);

const isTruthy = (text: string) => text === "true" || text === "1";

function routed(name: string | undefined, find: (name: string) => Model): Model {
  const bad = (message: string) => new AppError("invalid_request", message, { param: "model" });
  if (!name) throw bad("model name is missing from the request");
  try {
    return find(name);
  } catch {
    throw bad(`model '${name}' not found`);
  }
}
