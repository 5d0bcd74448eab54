import { AppError } from "../../src/core/errors.ts";
import type { Model } from "../../src/models/catalog.ts";
import type { DownloadProgress } from "../../src/models/download.ts";
import type { Library } from "../../src/models/library.ts";

/** A library whose models and downloads are what the test says. */
export class FakeLibrary implements Library {
  models: Model[];
  /** Removed models, by name. */
  readonly removed: string[] = [];
  /** A model without a path is fetched; the test ends that. */
  readonly fetches = new Map<
    string,
    PromiseWithResolvers<void> & { tell: (progress: DownloadProgress) => void }
  >();

  constructor(models: Model[]) {
    this.models = models;
  }

  async read(): Promise<Model[]> {
    return this.models;
  }

  async fetch(
    model: Model,
    onProgress: (progress: DownloadProgress) => void,
    signal: AbortSignal,
  ): Promise<Model> {
    if (model.path !== "") return model;
    const ending = Promise.withResolvers<void>();
    this.fetches.set(model.name, { ...ending, tell: onProgress });
    signal.addEventListener("abort", () => ending.reject(signal.reason), { once: true });
    await ending.promise;
    return { ...model, path: `/cache/${model.name}`, sizeBytes: 5 };
  }

  async locate(name: string): Promise<Model> {
    if (name.startsWith("none/")) throw new AppError("model_load_failed", "no such repository");
    return { name, path: "", sizeBytes: 0, modifiedAt: 0, origin: "cache" };
  }

  async remove(model: Model): Promise<void> {
    if (model.origin !== "cache") throw new AppError("invalid_request", "not removable");
    this.removed.push(model.name);
    this.models = this.models.filter(({ name }) => name !== model.name);
  }
}
