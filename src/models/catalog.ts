import { AppError } from "../core/errors.ts";

/** A model that can be asked for by name. */
export interface Model {
  name: string;
  path: string;
  mmprojPath?: string | undefined;
  sizeBytes: number;
  /** When the file was last changed, milliseconds since 1970. */
  modifiedAt: number;
}

/** The models that this server knows, the default one first. */
export class Catalog {
  readonly #models: readonly [Model, ...Model[]];

  constructor(models: readonly [Model, ...Model[]]) {
    this.#models = models;
  }

  get models(): readonly Model[] {
    return this.#models;
  }

  get default(): Model {
    return this.#models[0];
  }

  /**
   * The model called `name`, with or without Ollama's ":latest"; the default one when there is no
   * name.
   * @throws AppError model_not_found, naming what was asked for and what there is
   */
  find(name: string | undefined): Model {
    if (name === undefined || name === "") return this.default;
    const plain = name.endsWith(":latest") ? name.slice(0, -":latest".length) : name;
    const model = this.#models.find((m) => m.name === plain);
    if (model) return model;
    const known = this.#models.map((m) => `"${m.name}"`).join(", ");
    throw new AppError("model_not_found", `model "${name}" not found; this server has ${known}`, {
      param: "model",
    });
  }
}
