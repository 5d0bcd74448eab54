import { existsSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { AppError } from "../core/errors.ts";
import type { ModelSource } from "../core/server.ts";
import { type DownloadProgress, isOutdated } from "./download.ts";
import type { Hub, HubFile } from "./hub.ts";
import {
  ggufName,
  parseRepo,
  partPath,
  partsOf,
  pickCompanion,
  pickModel,
} from "./hub-selection.ts";

/** A model's files on this machine. */
export interface ModelFiles {
  path: string;
  mmprojPath?: string | undefined;
  /** The draft model for speculation. */
  draftPath?: string | undefined;
  /** The model with all its parts. */
  sizeBytes: number;
  /** Milliseconds since 1970. */
  modifiedAt: number;
}

export interface FetchOptions {
  /** Take what the cache has, without asking the hub. */
  fromCache?: boolean;
  /** Kinds of speculation, some of which bring a draft model with the repository. */
  speculationTypes?: readonly string[] | undefined;
  onProgress: (progress: DownloadProgress) => void;
  signal: AbortSignal;
}

/** Beside a model, for this kind of speculation, lies a draft model with this word in its name. */
const draftWords: Readonly<Record<string, string>> = {
  "draft-mtp": "mtp-",
  "draft-dspark": "dspark-",
  "draft-dflash": "dflash-",
  "draft-eagle3": "eagle3-",
};

/**
 * Finds the files that `source` names, and fetches those that are not here.
 * @throws AppError model_load_failed, saying which file is missing and why
 */
export async function fetchModel(
  source: ModelSource,
  hub: Hub,
  options: FetchOptions,
): Promise<ModelFiles> {
  const abort = new AbortController(); // one failure ends the other downloads
  const signal = AbortSignal.any([options.signal, abort.signal]);
  const fetcher = new ModelFetcher(source, hub, { ...options, signal });
  try {
    const [model, draftPath, mmprojPath] = await Promise.all([
      fetcher.model(),
      fetcher.draft(),
      fetcher.mmproj(),
    ]);
    return { ...localFiles(model.path), mmprojPath, draftPath: draftPath ?? model.draftPath };
  } catch (error) {
    abort.abort(error);
    throw error;
  }
}

/** The file `preset.ini` of a repository that holds no model but presets; null: it is none. */
export async function fetchPresetFile(
  hub: Hub,
  hfRepo: string,
  signal: AbortSignal,
): Promise<string | null> {
  const { repo } = parseRepo(hfRepo);
  const file = (await hub.files(repo, signal)).find(({ path }) => path === "preset.ini");
  if (!file) return null;
  await hub.fetch(file, () => {}, signal);
  return file.localPath;
}

/**
 * A model's file with its parts, as they lie on this machine.
 * @throws AppError model_load_failed, naming the file that is not there
 */
export function localFiles(path: string): ModelFiles {
  const nParts = ggufName(path)?.count ?? 1;
  const paths =
    nParts === 1 ? [path] : Array.from({ length: nParts }, (_, i) => partPath(path, i + 1));
  const stats = paths.map((part) => statSync(existingFile(part)));
  return {
    path: resolve(path),
    sizeBytes: stats.reduce((sum, { size }) => sum + size, 0),
    modifiedAt: Math.max(...stats.map(({ mtimeMs }) => mtimeMs)),
  };
}

/** @throws AppError model_load_failed */
export function existingFile(path: string): string {
  if (statSync(path, { throwIfNoEntry: false })?.isFile()) return resolve(path);
  throw new AppError("model_load_failed", `no such file: ${path}`);
}

/** Fetches what belongs to one model; all of it may go on at once. */
class ModelFetcher {
  readonly #source: ModelSource;
  readonly #hub: Hub;
  readonly #options: FetchOptions;
  readonly #listings = new Map<string, Promise<HubFile[]>>();

  constructor(source: ModelSource, hub: Hub, options: FetchOptions) {
    this.#source = source;
    this.#hub = hub;
    this.#options = options;
  }

  async model(): Promise<{ path: string; draftPath: string | undefined }> {
    const { url, path, hfRepo, hfFile } = this.#source;
    if (url !== undefined) return { path: await this.#byUrl(url, path), draftPath: undefined };
    if (hfRepo !== undefined) {
      const [main, draft] = await Promise.all([
        this.#byRepo(hfRepo, hfFile),
        this.#companionDraft(hfRepo, hfFile),
      ]);
      return { path: main, draftPath: draft };
    }
    if (path !== undefined) return { path: existingFile(path), draftPath: undefined };
    throw new AppError("model_load_failed", "no file, URL or repository says what to load");
  }

  async mmproj(): Promise<string | undefined> {
    const { mmprojPath, mmprojUrl, mmprojAuto, hfRepo, hfFile } = this.#source;
    if (mmprojUrl !== undefined) return this.#byUrl(mmprojUrl, mmprojPath);
    if (mmprojPath !== undefined) return existingFile(mmprojPath);
    if (hfRepo === undefined || !mmprojAuto) return undefined;
    return this.#companion(hfRepo, hfFile, "mmproj");
  }

  async draft(): Promise<string | undefined> {
    const { hfRepo, hfFile, url } = this.#source.draft ?? {};
    if (url !== undefined) return this.#byUrl(url);
    if (hfRepo === undefined) return undefined;
    return (await this.#companionDraft(hfRepo, hfFile)) ?? this.#byRepo(hfRepo, hfFile);
  }

  async #companionDraft(hfRepo: string, hfFile?: string): Promise<string | undefined> {
    const kinds = this.#options.speculationTypes ?? [];
    const word = kinds.map((kind) => draftWords[kind]).find((known) => known !== undefined);
    return word === undefined ? undefined : this.#companion(hfRepo, hfFile, word);
  }

  async #companion(
    hfRepo: string,
    hfFile: string | undefined,
    word: string,
  ): Promise<string | undefined> {
    const files = await this.#files(hfRepo);
    const paths = files.map(({ path }) => path);
    const companion = pickCompanion(paths, choose(paths, hfRepo, hfFile), word);
    return companion === undefined ? undefined : this.#fetch(files, companion);
  }

  async #byRepo(hfRepo: string, hfFile?: string): Promise<string> {
    const files = await this.#files(hfRepo);
    const paths = files.map(({ path }) => path);
    const parts = partsOf(paths, choose(paths, hfRepo, hfFile));
    const [first = ""] = await Promise.all(parts.map((part) => this.#fetch(files, part)));
    return first;
  }

  async #fetch(files: readonly HubFile[], path: string): Promise<string> {
    const file = files.find((f) => f.path === path);
    if (!file) throw new AppError("model_load_failed", `no such file: ${path}`);
    const { onProgress, signal } = this.#options;
    await this.#hub.fetch(file, onProgress, signal);
    return file.localPath;
  }

  #files(hfRepo: string): Promise<HubFile[]> {
    const { repo } = parseRepo(hfRepo);
    const { fromCache, signal } = this.#options;
    const files =
      this.#listings.get(repo) ??
      (fromCache ? Promise.resolve(this.#hub.cache.files(repo)) : this.#hub.files(repo, signal));
    this.#listings.set(repo, files);
    return files;
  }

  /** A file that was fetched before is fetched again when the server has another version. */
  async #byUrl(url: string, destination?: string): Promise<string> {
    const nParts = ggufName(new URL(url).pathname)?.count ?? 1;
    const { onProgress, signal } = this.#options;
    const urls = Array.from({ length: nParts }, (_, i) => {
      const part = new URL(url);
      if (nParts > 1) part.pathname = partPath(part.pathname, i + 1);
      return part.href;
    });
    const paths = await Promise.all(
      urls.map(async (address) => {
        const path = this.#urlPath(address, nParts === 1 ? destination : undefined);
        const isThere = existsSync(path);
        if (this.#hub.isOffline) {
          if (isThere) return path;
          const why = `${path} is not there, and --offline forbids fetching ${address}`;
          throw new AppError("model_load_failed", why);
        }
        if (isThere && !(await isOutdated(address, path, signal))) return path;
        const download = { url: address, path, keepsEtag: true };
        await this.#hub.downloads.fetch(download, onProgress, signal);
        return path;
      }),
    );
    return paths[0] ?? "";
  }

  #urlPath(url: string, destination: string | undefined): string {
    if (destination !== undefined) return resolve(destination);
    const name = new URL(url).pathname.split("/").at(-1) ?? "";
    return join(this.#hub.urlCacheDir, decodeURIComponent(name).replaceAll(/[/\\]/g, "_"));
  }
}

/** @throws AppError model_load_failed, listing what there is */
function choose(paths: readonly string[], hfRepo: string, hfFile: string | undefined): string {
  const { repo, tag } = parseRepo(hfRepo);
  const chosen = hfFile === undefined ? pickModel(paths, tag) : paths.find((p) => p === hfFile);
  if (chosen !== undefined) return chosen;
  const wanted = hfFile ?? (tag === "" ? "GGUF file" : `GGUF file of ${tag}`);
  const known = paths.filter((path) => path.endsWith(".gguf")).join(", ") || "none";
  throw new AppError("model_load_failed", `${repo} has no ${wanted}; its GGUF files: ${known}`);
}
