import { existsSync } from "node:fs";
import { basename } from "node:path";
import { AppError } from "../core/errors.ts";
import type { LoadOptions } from "../core/load.ts";
import type { ModelSource, Profile } from "../core/server.ts";
import type { Model } from "./catalog.ts";
import type { DownloadProgress } from "./download.ts";
import { projectorSenses } from "./gguf-metadata.ts";
import type { Hub } from "./hub.ts";
import type { CachedFile } from "./hub-cache.ts";
import { parseRepo, pickCompanion, pickModel } from "./hub-selection.ts";
import { mergeLoad } from "./load-options.ts";
import { fetchModel, localFiles } from "./model-files.ts";
import { describedModel, isModelfile } from "./modelfile-model.ts";
import { modelfilesIn, modelsIn } from "./models-dir.ts";
import { nameKey, parseName } from "./name.ts";
import { noPresets, type Preset, type PresetReader, readPresetFile } from "./presets.ts";
import type { Store, StoredModel } from "./store.ts";
import { requireBlobs, storedModel } from "./stored-model.ts";

/** Where models come from and go to. Implemented by LocalLibrary, and by the tests' fake. */
export interface Library {
  /** All models there are, the default one first. @throws AppError */
  read(): Promise<Model[]>;
  /** The model with its files on this machine; what is missing is fetched. @throws AppError */
  fetch(
    model: Model,
    onProgress: (progress: DownloadProgress) => void,
    signal: AbortSignal,
  ): Promise<Model>;
  /** A model of the hub that is not here yet. @throws AppError when the hub has no such model */
  locate(name: string, signal: AbortSignal): Promise<Model>;
  /** Removes the model's files from the cache. @throws AppError when they are not the cache's */
  remove(model: Model): Promise<void>;
}

export interface LibrarySettings {
  profile: Profile;
  /** What the command line names; null: nothing. */
  own: ModelSource | null;
  /** Models that come with the program. */
  builtIn: readonly Model[];
  /** Models that were pulled or created; null: there is no such place. */
  store: Store | null;
  modelsDir: string | null;
  presetPath: string | null;
  /** The command line's options: they win over those of presets. */
  load: LoadOptions;
  readPreset: PresetReader;
  /** Told what the user should know about a Modelfile. */
  note(text: string): void;
}

/** The models of this machine: files, a folder, the hub's cache, presets. */
export class LocalLibrary implements Library {
  readonly #hub: Hub;
  readonly #settings: LibrarySettings;

  constructor(hub: Hub, settings: LibrarySettings) {
    this.#hub = hub;
    this.#settings = settings;
  }

  async read(): Promise<Model[]> {
    const { profile, own, builtIn } = this.#settings;
    const first = own === null ? [] : [this.#own(own)];
    if (profile === "llama-server") return first;
    if (profile === "router") return [...first, ...without(this.#found(), namesOf(first))];
    const stored = without(this.#stored(), namesOf(first));
    const found = without(this.#found(), namesOf([...first, ...stored]));
    const known = [...first, ...stored, ...found];
    return [...first, ...without(builtIn, namesOf(known)), ...stored, ...found];
  }

  /** A model that came into the store since all were read. */
  arrived(name: string): Model | undefined {
    const { store, note } = this.#settings;
    const parsed = parseName(name);
    if (!store || !parsed) return undefined;
    try {
      const stored = store.find(parsed);
      return stored ? this.#ofStore(store, stored) : undefined;
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      note(error.message);
      return undefined;
    }
  }

  async fetch(
    model: Model,
    onProgress: (progress: DownloadProgress) => void,
    signal: AbortSignal,
  ): Promise<Model> {
    const { store } = this.#settings;
    if (model.stored && store) {
      const now = this.arrived(model.name) ?? model; // another program may have pulled it anew
      requireBlobs(store, now);
      return now;
    }
    if (!model.from) return { ...model, ...localFiles(model.path) };
    const isLocated = model.origin === "cache" && model.path === "";
    const fromCache = model.origin === "cache" && !isLocated;
    const speculationTypes = model.load?.speculation?.types;
    const options = { fromCache, speculationTypes, onProgress, signal };
    const hub = isLocated ? this.#hub.online : this.#hub;
    return { ...model, ...(await fetchModel(model.from, hub, options)) };
  }

  async locate(name: string, signal: AbortSignal): Promise<Model> {
    const { repo, tag } = parseRepo(name);
    const files = await this.#hub.online.files(repo, signal);
    const chosen = pickModel(
      files.map(({ path }) => path),
      tag,
    );
    if (chosen !== undefined) return hubModel(name, { path: "", sizeBytes: 0, modifiedAt: 0 });
    throw new AppError("invalid_request", `the hub has no GGUF file for "${name}"`, {
      param: "model",
    });
  }

  async remove(model: Model): Promise<void> {
    if (model.origin !== "cache") {
      const why = `model "${model.name}" is not removable: it is not from the cache`;
      throw new AppError("invalid_request", why, { param: "model" });
    }
    const { repo, tag } = parseRepo(model.name);
    this.#hub.cache.remove(repo, tag);
  }

  #stored(): Model[] {
    const { store, note } = this.#settings;
    const models = store?.list(({ message }) => note(`${message}; it is left out`)) ?? [];
    return models.flatMap((stored) => (store ? this.#ofStore(store, stored) : []));
  }

  #ofStore(store: Store, stored: StoredModel): Model {
    const { load, note } = this.#settings;
    const model = withSenses(storedModel(store, stored, note));
    return { ...model, load: mergeLoad(model.load, load) };
  }

  /** What the command line names: a model's file, or a Modelfile that describes one. */
  #own(source: ModelSource): Model {
    const { profile } = this.#settings;
    const { path, url, hfRepo, mmprojPath, aliases, tags } = source;
    const isLocal = url === undefined && hfRepo === undefined;
    if (path === undefined || !isLocal || !isModelfile(path)) return ownModel(source, profile);
    const model = this.#describedByOwn(path);
    const [name = model.name, ...others] = [...new Set(aliases)].sort();
    return { ...model, name, aliases: others, tags, mmprojPath: mmprojPath ?? model.mmprojPath };
  }

  /** @throws AppError that names the file */
  #describedByOwn(path: string): Model {
    try {
      return this.#described(path);
    } catch (cause) {
      if (!(cause instanceof AppError)) throw cause;
      throw new AppError(cause.code, `${path}: ${cause.message}`, { cause });
    }
  }

  /** @throws AppError that does not */
  #described(path: string): Model {
    const { builtIn, load, note } = this.#settings;
    const { model, notes } = describedModel(path, (name) => {
      const known = builtIn.find((one) => one.name === name.replace(/:latest$/, ""));
      const { stored: _stored, ...base } = known ?? this.arrived(name) ?? {};
      return "path" in base ? base : undefined;
    });
    for (const text of notes) note(text);
    return { ...model, load: mergeLoad(model.load, load) };
  }

  /** The models that the Modelfiles of the folder describe; a bad one must not hide the others. */
  #describedIn(dir: string): Model[] {
    return modelfilesIn(dir).flatMap((path): Model[] => {
      try {
        return [{ ...this.#described(path), origin: "models_dir" }];
      } catch (error) {
        if (!(error instanceof AppError)) throw error;
        this.#settings.note(`${path} is left out: ${error.message}`);
        return [];
      }
    });
  }

  /** Models of the cache, of the folder and of presets, by name: the later kind wins. */
  #found(): Model[] {
    const { modelsDir, presetPath, load, readPreset } = this.#settings;
    const file = presetPath === null ? noPresets : readPresetFile(presetPath, readPreset);
    const found = new Map<string, Model>();
    const cached = this.#cached();
    const inDir =
      modelsDir === null ? [] : [...modelsIn(modelsDir), ...this.#describedIn(modelsDir)];
    for (const model of [...cached, ...inDir]) {
      found.set(model.name, withPreset(model, file.global));
    }
    for (const preset of file.presets) {
      const model = found.get(preset.name) ?? bareModel(preset.name);
      found.set(preset.name, { ...withPreset(model, preset), origin: "preset" });
    }
    const used = new Set(file.presets.filter((p) => p.hidesCached).flatMap((p) => this.#files(p)));
    return [...found.values()]
      .map((model) => ({ ...model, load: mergeLoad(model.load, load) }))
      .map(withSenses)
      .map((model) => (model.origin === "cache" && used.has(model.path) ? hidden(model) : model))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  #cached(): Model[] {
    const files = this.#hub.cache.files();
    return this.#hub.cache.models().flatMap((name) => {
      const { repo, tag } = parseRepo(name);
      const own = files.filter((file) => file.repo === repo);
      const path = pickModel(pathsOf(own), tag);
      if (path === undefined) return [];
      const mmproj = pickCompanion(pathsOf(own), path, "mmproj");
      return partsMissing(() => localFiles(localPath(own, path))).map((model) =>
        hubModel(name, { ...model, ...(mmproj && { mmprojPath: localPath(own, mmproj) }) }),
      );
    });
  }

  /** Where the files lie that a preset takes from the hub, as far as they are in the cache. */
  #files({ model }: Preset): string[] {
    const { hfRepo, hfFile, draft } = model;
    const wanted = [
      { hfRepo, hfFile },
      { hfRepo: draft?.hfRepo, hfFile: draft?.hfFile },
    ];
    return wanted.flatMap((source) => {
      if (source.hfRepo === undefined) return [];
      const { repo, tag } = parseRepo(source.hfRepo);
      const files = this.#hub.cache.files(repo);
      const path = source.hfFile ?? pickModel(pathsOf(files), tag);
      return files.filter((file) => file.path === path).map((file) => file.localPath);
    });
  }
}

/**
 * One name, one model, in any of its spellings: what the command line names wins, then the store,
 * then folders, presets and the cache, then what comes with the program.
 */
const without = (models: readonly Model[], taken: ReadonlySet<string>): Model[] =>
  models.filter(({ name }) => !taken.has(nameKey(name)));

const namesOf = (models: readonly Model[]): ReadonlySet<string> =>
  new Set(models.flatMap(({ name, aliases = [] }) => [name, ...aliases]).map(nameKey));

const pathsOf = (files: readonly CachedFile[]) => files.map(({ path }) => path);

const localPath = (files: readonly CachedFile[], path: string) =>
  files.find((file) => file.path === path)?.localPath ?? "";

const hidden = (model: Model): Model => ({ ...model, isHidden: true });

/** The cache may hold half a model; that one is not offered. */
function partsMissing<T>(read: () => T): T[] {
  try {
    return [read()];
  } catch (error) {
    if (error instanceof AppError) return [];
    throw error;
  }
}

/** The model that the command line names. @throws AppError when its file is not there */
function ownModel(source: ModelSource, profile: Profile): Model {
  const { path, url, hfRepo, aliases, tags } = source;
  const isLocal = hfRepo === undefined && url === undefined && path !== undefined;
  const file = path ?? new URL(url ?? "file:///").pathname;
  const stem = basename(file).replace(/\.gguf$/i, "");
  // llama-server calls a model without an alias by its path.
  const given = hfRepo ?? (profile === "llama-server" ? file : stem);
  const [name = given, ...others] = [...new Set(aliases)].sort();
  const files = isLocal ? localFiles(path) : { path: "", sizeBytes: 0, modifiedAt: 0 };
  return { name, aliases: others, tags, ...files, mmprojPath: source.mmprojPath, from: source };
}

/** A model of the hub's cache (or soon to be), under its name there. */
function hubModel(
  name: string,
  files: Pick<Model, "path" | "mmprojPath" | "sizeBytes" | "modifiedAt">,
): Model {
  const from = { hfRepo: name, mmprojAuto: true, aliases: [], tags: [] };
  return { name, ...files, from, origin: "cache", preset: { "hf-repo": name } };
}

/** A model may be listed without ever being loaded, and lists tell what it can see and hear. */
function withSenses(model: Model): Model {
  const { mmprojPath } = model;
  if (mmprojPath === undefined || !existsSync(mmprojPath)) return model;
  return { ...model, senses: projectorSenses(mmprojPath) };
}

/** A model of which only its preset will say more. */
const bareModel = (name: string): Model => ({ name, path: "", sizeBytes: 0, modifiedAt: 0 });

/** The model with a preset's options over its own. */
function withPreset(model: Model, preset: Preset): Model {
  const { load, entries, stopSeconds, sleepIdleSeconds } = preset;
  const { path: ownPath, mmprojPath } = model;
  const own = model.from ?? {
    ...(ownPath !== "" && { path: ownPath }),
    ...(mmprojPath !== undefined && { mmprojPath }),
    mmprojAuto: true,
    aliases: [],
    tags: [],
  };
  const { path, url, hfRepo } = preset.model;
  const isElsewhere = path !== undefined || url !== undefined || hfRepo !== undefined;
  const from = {
    ...(isElsewhere ? {} : own),
    ...preset.model,
    mmprojAuto: own.mmprojAuto && preset.model.mmprojAuto,
  };
  return {
    ...model,
    ...(isElsewhere ? located(from) : {}),
    aliases: preset.model.aliases,
    tags: preset.model.tags,
    mmprojPath: from.mmprojPath ?? (from.mmprojAuto && !isElsewhere ? mmprojPath : undefined),
    load: mergeLoad(model.load, load),
    from,
    preset: { ...model.preset, ...entries },
    loadsAtStart: preset.loadsAtStart,
    ...(stopSeconds !== undefined && { stopSeconds }),
    ...(sleepIdleSeconds !== undefined && { sleepIdleSeconds }),
  };
}

/** A file that is not there is said when somebody wants the model, not when all are listed. */
function located({ path, url, hfRepo }: ModelSource): Partial<Model> {
  const isLocal = path !== undefined && url === undefined && hfRepo === undefined;
  const [files] = isLocal ? partsMissing(() => localFiles(path)) : [];
  return files ?? { path: "", sizeBytes: 0, modifiedAt: 0 };
}
