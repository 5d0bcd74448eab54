import { AppError } from "../core/errors.ts";
import type { LoadOptions } from "../core/load.ts";
import type { ModelSource } from "../core/server.ts";
import type { ModelfileParts } from "./described.ts";
import { nameKey } from "./name.ts";
import type { KnownStoredModel } from "./stored-model.ts";

/** A model that can be asked for by name. */
export interface Model {
  name: string;
  /** Other names that mean it. */
  aliases?: readonly string[];
  /** Words that its owner gave it; only shown. */
  tags?: readonly string[];
  /** The GGUF file, or the first of a split one; "" until it was fetched. */
  path: string;
  mmprojPath?: string | undefined;
  /** What that lets it take in, by the file itself. */
  senses?: { vision: boolean; audio: boolean } | null;
  /** The draft model for speculation that was fetched with it. */
  draftPath?: string | undefined;
  /** All parts together; 0 until they were fetched. */
  sizeBytes: number;
  /** When the file was last changed, milliseconds since 1970. */
  modifiedAt: number;
  /** Its own options, over those of the server. */
  load?: LoadOptions;
  /** Where its files come from; absent: they are where `path` says. */
  from?: ModelSource;
  /** Who made it known; only what the cache has can be removed. Absent: somebody's own file. */
  origin?: "cache" | "models_dir" | "preset";
  /** What the store says of it; absent: it is not of the store. */
  stored?: KnownStoredModel;
  /** What its Modelfile says, of a model that is served as a Modelfile describes it. */
  described?: ModelfileParts;
  /** Can be asked for, but is not shown: a preset stands for it. */
  isHidden?: boolean;
  /** The options as its preset has them; only shown. */
  preset?: Readonly<Record<string, string>>;
  /** Loaded as soon as the server has started. */
  loadsAtStart?: boolean;
  /** How long requests in flight may go on when the model is unloaded, seconds. Default: 10. */
  stopSeconds?: number;
  /** Over the server's. */
  sleepIdleSeconds?: number;
}

type Finder = (name: string) => Model | undefined;

/** As much of an unknown name is repeated to the client, characters. */
const nameLengthShown = 200;

/** The models that this server knows, the default one first. */
export class Catalog {
  #models: readonly Model[];
  readonly #arrived: Finder;

  /**
   * @param arrived finds a model that came since, say into a store that another program shares
   * @throws AppError invalid_request when two models share a name
   */
  constructor(models: readonly Model[], arrived: Finder = () => undefined) {
    this.#models = distinct(models);
    this.#arrived = arrived;
  }

  get models(): readonly Model[] {
    return this.#models;
  }

  /** @throws AppError model_not_found when there is no model at all */
  get default(): Model {
    const [first] = this.#models;
    if (first) return first;
    throw new AppError("model_not_found", "this server has no models", { param: "model" });
  }

  /**
   * The model called `name`, with or without Ollama's ":latest"; the default one when there is no
   * name.
   * @throws AppError model_not_found, naming what was asked for and what there is
   */
  find(name: string | undefined): Model {
    if (name === undefined || name === "") return this.default;
    const model = this.lookUp(name);
    if (model) return model;
    const known = this.#models.filter((m) => !m.isHidden).map((m) => `"${m.name}"`);
    const rest = known.length === 0 ? "no models" : known.join(", ");
    const shown = name.length > nameLengthShown ? `${name.slice(0, nameLengthShown)}…` : name;
    throw new AppError("model_not_found", `model "${shown}" not found; this server has ${rest}`, {
      param: "model",
    });
  }

  /**
   * The model called `name`, with or without Ollama's ":latest". One of the store has more
   * spellings: with its namespace and host, in any case.
   */
  lookUp(name: string): Model | undefined {
    return (
      this.#called(name) ??
      this.#called(name.replace(/:latest$/, "")) ??
      this.#storedAs(nameKey(name)) ??
      this.#come(name)
    );
  }

  /** @throws AppError invalid_request when two models share a name; nothing is changed then */
  replaceAll(models: readonly Model[]): void {
    this.#models = distinct(models);
  }

  /** What is known about a model has changed, but not its names. */
  update(model: Model): void {
    this.#models = this.#models.map((old) => (old.name === model.name ? model : old));
  }

  #storedAs(key: string): Model | undefined {
    return this.#models.find((model) => model.stored && nameKey(model.name) === key);
  }

  #come(name: string): Model | undefined {
    const model = this.#arrived(name);
    if (model) this.replaceAll([...this.#models, model]);
    return model;
  }

  #called(name: string): Model | undefined {
    return (
      this.#models.find((model) => model.name === name) ??
      this.#models.find((model) => model.aliases?.includes(name))
    );
  }
}

function distinct(models: readonly Model[]): readonly Model[] {
  const owners = new Map<string, string>();
  for (const { name, aliases = [] } of models) {
    for (const word of new Set([name, ...aliases])) {
      const owner = owners.get(word);
      if (owner !== undefined) {
        const problem = `the name "${word}" of model "${name}" already means "${owner}"`;
        throw new AppError("invalid_request", problem, { param: "alias" });
      }
      owners.set(word, name);
    }
  }
  return models;
}
