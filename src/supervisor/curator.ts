import { AppError, asAppError } from "../core/errors.ts";
import type { Model } from "../models/catalog.ts";
import type { DownloadProgress } from "../models/download.ts";
import type { Library } from "../models/library.ts";
import type { ModelEvent } from "./status.ts";
import type { Supervisor } from "./supervisor.ts";

interface RunningDownload {
  readonly model: Model;
  readonly abort: AbortController;
  readonly files: Map<string, DownloadProgress>;
  readonly ended: Promise<void>;
}

/** Changes which models there are, while engines run: reads them anew, downloads, removes. */
export class Curator {
  readonly #supervisor: Supervisor;
  readonly #library: Library | null;
  readonly #emit: (event: ModelEvent) => void;
  readonly #downloads = new Map<string, RunningDownload>();
  /** Models that clients brought, by name. */
  readonly #adopted = new Map<string, Model>();
  #reading: Promise<void> = Promise.resolve();

  constructor(supervisor: Supervisor, library: Library | null, emit: (event: ModelEvent) => void) {
    this.#supervisor = supervisor;
    this.#library = library;
    this.#emit = emit;
  }

  /** Files of a download by itself that goes on; null: none does. */
  downloadOf(name: string): DownloadProgress[] | null {
    const download = this.#downloads.get(name);
    return download ? [...download.files.values()] : null;
  }

  /**
   * Reads all models anew. Engines whose model is gone, or is now to be loaded in another way, are
   * unloaded; the others stay.
   * @throws AppError when a source cannot be read: nothing is changed then
   */
  async reload(): Promise<void> {
    await this.#refresh();
    this.#emit({ type: "reloaded" });
  }

  /**
   * Begins to download a model of the hub, without loading it.
   * @throws AppError invalid_request when it is there already; when the hub does not have it
   */
  async download(name: string, signal: AbortSignal): Promise<void> {
    const library = this.#known();
    const { catalog } = this.#supervisor;
    const isThere = () => catalog.models.some((m) => [m.name, ...(m.aliases ?? [])].includes(name));
    const model = await library.locate(name, signal);
    if (isThere()) {
      throw new AppError("invalid_request", `model '${name}' already exists`, { param: "model" });
    }
    const abort = new AbortController();
    const files = new Map<string, DownloadProgress>();
    const onProgress = (progress: DownloadProgress) => {
      files.set(progress.url, progress);
      this.#emitProgress(name);
    };
    const ended = library
      .fetch(model, onProgress, abort.signal)
      .then(
        () => null,
        (error: unknown) => asAppError(error),
      )
      .then((error) => this.#ended(name, error));
    this.#downloads.set(name, { model, abort, files, ended });
    catalog.replaceAll([...catalog.models, model]);
    this.#emitProgress(name);
  }

  /** Ends a download. @returns false when there was none */
  async cancel(name: string): Promise<boolean> {
    const download = this.#downloads.get(name);
    download?.abort.abort();
    await download?.ended;
    return download !== undefined;
  }

  /**
   * Removes a model of the cache from this machine, after unloading it.
   * @throws AppError model_not_found; invalid_request when it is not the cache's
   */
  async remove(name: string): Promise<void> {
    const library = this.#known();
    const { catalog } = this.#supervisor;
    const model = catalog.find(name);
    if (model.origin !== "cache") return library.remove(model); // which says why it may not
    await this.cancel(model.name);
    await this.#supervisor.unload(model.name).catch(() => {}); // it may not run
    await library.remove(model);
    catalog.replaceAll(catalog.models.filter((m) => m.name !== model.name));
    this.#emit({ type: "removed", model: model.name });
  }

  /**
   * Makes a model known that is in no source, until it is released or the server ends. Its name is
   * its own: a source that comes to have it as well is not heard meanwhile.
   * @throws AppError conflict when another model has its name
   */
  adopt(model: Model): void {
    const { catalog } = this.#supervisor;
    if (catalog.lookUp(model.name)) {
      throw new AppError("conflict", `model "${model.name}" already exists`, { param: "model" });
    }
    this.#adopted.set(model.name, model);
    catalog.replaceAll([...catalog.models, model]);
  }

  /** Unloads an adopted model and forgets it. Resolves when its engine is gone. */
  async release(name: string): Promise<void> {
    if (!this.#adopted.delete(name)) return;
    const { catalog } = this.#supervisor;
    catalog.replaceAll(catalog.models.filter((model) => model.name !== name));
    await this.#supervisor.unload(name).catch(() => {}); // it may not run
    this.#emit({ type: "removed", model: name });
  }

  /** Ends all downloads; what they have fetched is kept. */
  stop(): void {
    for (const { abort } of this.#downloads.values()) abort.abort();
  }

  /** One after the other: of two readings, the later one must win. */
  #refresh(): Promise<void> {
    const reading = this.#reading.then(() => this.#read());
    this.#reading = reading.catch(() => {});
    return reading;
  }

  async #read(): Promise<void> {
    const { catalog } = this.#supervisor;
    const before = new Map(catalog.models.map((model) => [model.name, model]));
    const read = (await this.#known().read()).map((model) => {
      const old = before.get(model.name);
      return old && isLoadedAlike(old, model) ? withFiles(model, old) : model;
    });
    const own = [...this.#adopted.values()];
    const kept = read.filter(({ name, aliases = [] }) =>
      [name, ...aliases].every((word) => !this.#adopted.has(word)),
    );
    const there = [...kept, ...own];
    const now = new Map(there.map((model) => [model.name, model]));
    const arriving = [...this.#downloads.values()].filter(({ model }) => !now.has(model.name));
    catalog.replaceAll([...there, ...arriving.map(({ model }) => model)]);
    this.#supervisor.forgetLoads();
    const stale = [...before.values()].filter((old) => {
      const model = now.get(old.name);
      return !model || !isLoadedAlike(old, model);
    });
    // Most of them do not run, which is no reason to complain.
    const gone = stale.map(({ name }) => this.#supervisor.unload(name, { isOutdated: true }));
    await Promise.all(gone.map((unloaded) => unloaded.catch(() => {})));
  }

  async #ended(name: string, error: AppError | null): Promise<void> {
    this.#downloads.delete(name);
    const { catalog } = this.#supervisor;
    catalog.replaceAll(catalog.models.filter((model) => model.name !== name));
    // Presets may have been edited into something unreadable: `reload` will say so.
    await this.#refresh().catch(() => {});
    this.#emit({ type: "downloaded", model: name, error });
  }

  #emitProgress(name: string): void {
    const files = this.downloadOf(name) ?? [];
    this.#emit({ type: "status", model: name, status: { state: "downloading", files } });
  }

  #known(): Library {
    if (this.#library) return this.#library;
    throw new AppError("unsupported", "the models of this server are fixed");
  }
}

/** Whether an engine that was started for one of them serves the other. */
function isLoadedAlike(a: Model, b: Model): boolean {
  const essence = ({ load = {}, from, path, mmprojPath }: Model) => ({
    load,
    from: from ?? [path, mmprojPath],
  });
  return Bun.deepEquals(essence(a), essence(b));
}

/** What is known about the files since they were fetched. */
function withFiles(model: Model, fetched: Model): Model {
  if (model.path !== "" || fetched.path === "") return model;
  const { path, mmprojPath, draftPath, sizeBytes, modifiedAt } = fetched;
  return { ...model, path, mmprojPath, draftPath, sizeBytes, modifiedAt };
}
