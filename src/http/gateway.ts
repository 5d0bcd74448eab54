import type { CallAnswer, CallQuestion, EngineCallName } from "../core/calls.ts";
import { AppError } from "../core/errors.ts";
import type { ModelInfo } from "../core/generate.ts";
import type { HttpSettings } from "../core/server.ts";
import type { Model } from "../models/catalog.ts";
import type { Store } from "../models/store.ts";
import type { Supervisor, Wish } from "../supervisor/supervisor.ts";
import type { AppOptions } from "./app.ts";
import type { OpenAiError } from "./error-schema.ts";
import { toErrorBody, toOpenAiErrorBody } from "./errors.ts";
import { Traffic } from "./traffic.ts";

/** What every dialect is given: the models behind this server, and its habits. */
export class Gateway {
  readonly supervisor: Supervisor;
  readonly settings: HttpSettings;
  readonly version: string;
  readonly #store: Store | null;
  readonly traffic = new Traffic();
  /** The model that a client of Nitro has loaded; null: none. */
  standIn: string | null = null;
  #wasReady = false;

  constructor(supervisor: Supervisor, { settings, version, store }: AppOptions) {
    this.supervisor = supervisor;
    this.settings = settings;
    this.version = version;
    this.#store = store;
  }

  /** Where models are pulled to and created. @throws AppError unsupported without such a place */
  get store(): Store {
    if (this.#store) return this.#store;
    const why = "this server has a fixed set of models; `hutch serve` can pull and create them";
    throw new AppError("unsupported", why);
  }

  /**
   * The model that a request means by `name`, by the habits of the server's profile. `url` is the
   * request's own: its `?autoload=` counts in llama-server's router mode.
   * @throws AppError model_not_found; invalid_request in router mode, as llama-server has it
   */
  model(name: string | undefined, url: string): Model {
    const { catalog } = this.supervisor;
    if (this.settings.profile === "llama-server") {
      return catalog.find(name === this.standIn ? name : undefined);
    }
    if (this.settings.profile === "hutch") return catalog.find(this.#meant(name));
    const model = routed(name, (wanted) => catalog.find(wanted));
    const autoload = new URL(url).searchParams.get("autoload");
    const loads = autoload === null ? this.settings.autoload : isTruthy(autoload);
    if (!loads && !isLoaded.has(this.supervisor.status(model).state)) {
      throw new AppError("invalid_request", "model is not loaded", { param: "model" });
    }
    return model;
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

  /** Asks the model's engine one question; it is loaded for that if need be. @throws AppError */
  async ask<Name extends EngineCallName>(
    model: Model,
    name: Name,
    question: CallQuestion<Name>,
    signal: AbortSignal,
  ): Promise<CallAnswer<Name>> {
    using lease = await this.supervisor.acquire(model.name, signal);
    return await lease.engine.call(name, question, signal);
  }

  /**
   * What the model is; it is loaded to find out if need be, as `wish` has it. How long it stays is
   * for the request itself to say, which comes after. @throws AppError
   */
  async info(model: Model, signal: AbortSignal, { nCtx }: Wish = {}): Promise<ModelInfo> {
    using lease = await this.supervisor.acquire(model.name, signal, { nCtx });
    return lease.engine.info;
  }

  /**
   * What keeps the default model from answering, or null. Once it was ready, it is unloaded only to
   * come back with the next request: that is health. A router is always healthy.
   */
  get illness(): AppError | null {
    if (this.settings.profile === "router") return null;
    const status = this.supervisor.status(this.supervisor.catalog.default);
    if (status.state === "failed") return new AppError("loading", status.error.message);
    this.#wasReady ||= status.state === "ready" || status.state === "sleeping";
    return this.#wasReady ? null : new AppError("loading", "Loading model");
  }
}

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
