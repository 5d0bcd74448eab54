import { existsSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { AppError } from "../core/errors.ts";
import type { CatalogSettings } from "../core/server.ts";
import { type DownloadProgress, fetchFromHub, reasonOf } from "./download.ts";
import { Downloads } from "./downloads.ts";
import { HubCache, hubCacheDir, urlCacheDir } from "./hub-cache.ts";
import { parseRepo } from "./hub-selection.ts";

/** A file of a repository, on the hub or already on this machine. */
export interface HubFile {
  repo: string;
  /** In the repository. */
  path: string;
  /** Where it lies, or will lie. */
  localPath: string;
  /** How to get it; absent when it came from the cache alone. */
  remote?: { url: string; oid: string; sizeBytes: number | undefined };
}

export interface HubSettings {
  /** Ends in "/". */
  endpoint: string;
  cacheDir: string;
  urlCacheDir: string;
  token: string | null;
  /** Never ask the hub. */
  isOffline: boolean;
}

/** The hub's own answers come at once or not at all, milliseconds. */
const apiTimeoutMs = 20_000;

/** Hugging Face's hub, or a mirror of it, with its cache on this machine. */
export class Hub {
  readonly cache: HubCache;
  readonly downloads: Downloads;
  readonly #settings: HubSettings;

  constructor(settings: HubSettings, downloads = new Downloads()) {
    this.#settings = settings;
    this.cache = new HubCache(settings.cacheDir);
    this.downloads = downloads;
  }

  /** As llama-server finds it: MODEL_ENDPOINT or HF_ENDPOINT, LLAMA_CACHE, HF_HOME … */
  static settingsFrom(
    env: Record<string, string | undefined>,
    { offline, hfToken }: Pick<CatalogSettings, "offline" | "hfToken">,
  ): HubSettings {
    const { MODEL_ENDPOINT, HF_ENDPOINT, HF_TOKEN, HOME } = env;
    const endpoint = MODEL_ENDPOINT || HF_ENDPOINT || "https://huggingface.co/";
    const home = HOME || homedir();
    return {
      endpoint: endpoint.endsWith("/") ? endpoint : `${endpoint}/`,
      cacheDir: hubCacheDir(env, home),
      urlCacheDir: urlCacheDir(env, home),
      token: hfToken ?? HF_TOKEN ?? null,
      isOffline: offline,
    };
  }

  get isOffline(): boolean {
    return this.#settings.isOffline;
  }

  /** The same hub, for somebody who says what to download: that wins over --offline. */
  get online(): Hub {
    return this.isOffline ? new Hub({ ...this.#settings, isOffline: false }, this.downloads) : this;
  }

  /** Where files that are named by a plain URL are kept. */
  get urlCacheDir(): string {
    return this.#settings.urlCacheDir;
  }

  /**
   * The repository's files as the hub lists them; from the cache, when it may not or cannot be
   * asked.
   * @throws AppError model_load_failed when neither knows any
   */
  async files(repo: string, signal: AbortSignal): Promise<HubFile[]> {
    const cached = () => this.cache.files(parseRepo(repo).repo);
    if (this.isOffline) {
      const files = cached();
      if (files.length > 0) return files;
      throw failed(repo, `it is not in ${this.cache.dir}, and --offline forbids asking the hub`);
    }
    try {
      return await this.#listing(repo, signal);
    } catch (error) {
      signal.throwIfAborted();
      const files = cached();
      if (files.length > 0) return files;
      if (error instanceof AppError) throw error;
      throw failed(repo, error instanceof Error ? error.message : String(error), error);
    }
  }

  /** Fetches what is not yet there. @throws AppError model_load_failed */
  async fetch(
    { repo, path, localPath, remote }: HubFile,
    onProgress: (progress: DownloadProgress) => void,
    signal: AbortSignal,
  ): Promise<void> {
    if (!remote) return;
    const { url, oid, sizeBytes } = remote;
    const isWhole = (file: string) =>
      existsSync(file) && (sizeBytes === undefined || statSync(file).size === sizeBytes);
    if (isWhole(localPath)) return;
    const blob = this.cache.blobPath(repo, oid);
    if (!isWhole(blob)) {
      // 64 digits are a SHA-256; 40 are git's own hash, which covers more than the contents.
      const sha256 = oid.length === 64 ? oid : undefined;
      const { token } = this.#settings;
      const download = { url, path: blob, sizeBytes, sha256, token };
      try {
        await this.downloads.fetch(download, onProgress, signal);
      } catch (error) {
        if (!(error instanceof AppError)) throw error;
        throw failed(repo, `${path}: ${error.message}`, error);
      }
    }
    this.cache.link(blob, localPath);
  }

  async #listing(repo: string, signal: AbortSignal): Promise<HubFile[]> {
    const refs = await this.#ask(repo, "refs", signal);
    const { name: branch, commit } = mainBranch(refs, repo);
    this.cache.saveRef(repo, branch, commit);
    const tree = await this.#ask(repo, `tree/${commit}?recursive=true`, signal);
    if (!Array.isArray(tree)) throw failed(repo, "the hub's list of its files is no list");
    return tree.flatMap((item) => {
      const file = treeFile(item);
      const localPath = file && this.cache.snapshotPath(repo, commit, file.path);
      if (!file || !localPath) return [];
      const { path, oid, sizeBytes } = file;
      const address = path.split("/").map(encodeURIComponent).join("/");
      const url = `${this.#settings.endpoint}${repo}/resolve/${commit}/${address}`;
      return [{ repo, path, localPath, remote: { url, oid, sizeBytes } }];
    });
  }

  async #ask(repo: string, what: string, signal: AbortSignal): Promise<unknown> {
    const { endpoint, token } = this.#settings;
    const url = `${endpoint}api/models/${repo}/${what}`;
    const bounded = AbortSignal.any([signal, AbortSignal.timeout(apiTimeoutMs)]);
    const headers = new Headers({ accept: "application/json" });
    const response = await fetchFromHub(url, headers, token, bounded);
    if (response.ok) return response.json();
    const isGone = response.status === 404;
    throw failed(repo, isGone ? `${endpoint} has no such repository` : reasonOf(response.status));
  }
}

/** "main", or the first branch there is. */
function mainBranch(refs: unknown, repo: string): { name: string; commit: string } {
  const branches = isRecord(refs) && Array.isArray(refs.branches) ? refs.branches : [];
  const valid = branches.filter(isRecord).flatMap(({ name, targetCommit: commit }) => {
    const isValid = typeof name === "string" && typeof commit === "string";
    return isValid && /^[0-9a-f]{40}$/i.test(commit) ? [{ name, commit }] : [];
  });
  const branch = valid.find(({ name }) => name === "main") ?? valid[0];
  if (!branch) throw failed(repo, "the hub names no branch of it");
  return branch;
}

/** null for folders, and for what nothing can be done with. */
function treeFile(item: unknown) {
  if (!isRecord(item) || item.type !== "file" || typeof item.path !== "string") return null;
  const content = isRecord(item.lfs) ? item.lfs : item;
  const { oid } = content;
  if (typeof oid !== "string" || !/^([0-9a-f]{40}|[0-9a-f]{64})$/i.test(oid)) return null;
  const size = content.size ?? item.size;
  return { path: item.path, oid, sizeBytes: typeof size === "number" ? size : undefined };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

function failed(repo: string, why: string, cause?: unknown): AppError {
  return new AppError("model_load_failed", `${repo} could not be fetched: ${why}`, { cause });
}
