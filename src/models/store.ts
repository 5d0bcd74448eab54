import { lstatSync, readdirSync, readFileSync, statSync } from "node:fs";
import { rm, rmdir } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { AppError } from "../core/errors.ts";
import { Blobs, fileError, isMissing, sha256, writeSynced } from "./blobs.ts";
import {
  blobsOf,
  type Manifest,
  manifestBytes,
  manifestBytesMax,
  parseManifest,
} from "./manifest.ts";
import { fullName, isSameName, type ModelName, parseName } from "./name.ts";

/** A model as a store has it. */
export interface StoredModel {
  name: ModelName;
  manifest: Manifest;
  /** Of the manifest's bytes: 64 hexadecimal digits, no prefix. */
  digest: string;
  /** When the manifest was written, milliseconds since 1970. */
  modifiedAt: number;
}

/**
 * Ollama's model store: `manifests/<host>/<namespace>/<model>/<tag>` and `blobs/sha256-<hex>`. Both
 * programs may use one. Every change leaves it valid: blobs come before the manifest that names
 * them, and go after it.
 */
export class Store {
  readonly dir: string;
  readonly blobs: Blobs;
  /** How many hold each digest: work in progress whose manifest is not written yet. */
  readonly #pins = new Map<string, number>();

  constructor(dir: string) {
    this.dir = resolve(dir);
    this.blobs = new Blobs(join(this.dir, "blobs"));
  }

  get manifestsDir(): string {
    return join(this.dir, "manifests");
  }

  /**
   * The model called `name`, whatever its case; null: there is none.
   * @throws AppError invalid_request when its manifest cannot be read
   */
  find(name: ModelName): StoredModel | null {
    const known = this.#known(name);
    return known ? this.#read(known) : null;
  }

  /**
   * All models, those with unreadable manifests left out.
   * @param onCorrupt told about each of those, and about folders that cannot be read
   */
  list(onCorrupt: (error: AppError) => void = () => {}): StoredModel[] {
    return this.names(onCorrupt).flatMap((name) => {
      try {
        return this.#read(name) ?? [];
      } catch (error) {
        if (!(error instanceof AppError)) throw error;
        onCorrupt(error);
        return [];
      }
    });
  }

  /** Names of all models, by the files there are. @param onUnreadable told about what hides some */
  names(onUnreadable: (error: AppError) => void = () => {}): ModelName[] {
    return entries(this.manifestsDir, 4, onUnreadable).flatMap(
      ([host = "", namespace, model, tag]) => {
        const name = parseName(`${host}/${namespace}/${model}:${tag}`);
        return name ?? [];
      },
    );
  }

  /**
   * Makes `name` mean `manifest`, all of whose blobs are there, and removes what only its old one
   * needed.
   * @param bytes how it is written down, where a registry has done that already
   * @throws AppError internal when it cannot be written
   */
  async write(
    name: ModelName,
    manifest: Manifest,
    bytes = manifestBytes(manifest),
  ): Promise<StoredModel> {
    return this.#write(name, bytes);
  }

  /** The manifest as it is written down; null: there is none. */
  manifestBytes(name: ModelName): Uint8Array | null {
    const known = this.#known(name);
    return known && readFileSync(this.#path(known));
  }

  /**
   * Makes `to` mean what `from` does.
   * @returns null: there is no `from`
   * @throws AppError internal when it cannot be written; invalid_request when it cannot be read
   */
  async copy(from: ModelName, to: ModelName): Promise<StoredModel | null> {
    const source = this.find(from);
    if (!source) return null;
    using pins = new DisposableStack(); // somebody may remove `from` meanwhile
    for (const digest of neededBy(source)) pins.use(this.pin(digest));
    return await this.#write(to, readFileSync(this.#path(source.name)));
  }

  async #write(name: ModelName, bytes: Uint8Array): Promise<StoredModel> {
    const known = this.#known(name) ?? name;
    const old = this.#readable(known);
    // Above the folders of models, where only whole manifests may lie, and not beside the blobs,
    // which may be on another disk.
    await writeSynced(this.#path(known), bytes, this.manifestsDir);
    if (old) await this.release(neededBy(old));
    const stored = this.#read(known);
    if (stored) return stored;
    throw new AppError("internal", `the manifest of ${fullName(known)} vanished`);
  }

  /**
   * Removes the model and what only it needed.
   * @returns whether there was one
   */
  async remove(name: ModelName): Promise<boolean> {
    const known = this.#known(name);
    if (!known) return false;
    const old = this.#readable(known);
    const path = this.#path(known);
    await rm(path, { force: true }).catch((error) => {
      throw fileError(error, path);
    });
    await removeEmpty(dirname(path), 3);
    if (old) await this.release(neededBy(old));
    return true;
  }

  /** Removes those of the blobs that no manifest names and nobody has pinned. */
  async release(digests: readonly string[]): Promise<void> {
    const used = new Set(this.list().flatMap(neededBy));
    const unused = new Set(digests).difference(used);
    await this.blobs.remove([...unused].filter((digest) => !this.isPinned(digest)));
  }

  isPinned(digest: string): boolean {
    return this.#pins.has(digest);
  }

  /** Keeps the blob from being removed until the pin is disposed of. */
  pin(digest: string): Disposable {
    this.#pins.set(digest, (this.#pins.get(digest) ?? 0) + 1);
    let isPinned = true;
    const unpin = () => {
      if (!isPinned) return;
      isPinned = false;
      const n = (this.#pins.get(digest) ?? 1) - 1;
      if (n > 0) this.#pins.set(digest, n);
      else this.#pins.delete(digest);
    };
    return { [Symbol.dispose]: unpin };
  }

  #path({ host, namespace, model, tag }: ModelName): string {
    return join(this.manifestsDir, host, namespace, model, tag);
  }

  /** The name as the store spells it: the first spelling stays. */
  #known(name: ModelName): ModelName | null {
    const known = this.names().filter((one) => isSameName(one, name));
    return known.find((one) => fullName(one) === fullName(name)) ?? known[0] ?? null;
  }

  #readable(name: ModelName): StoredModel | null {
    try {
      return this.#read(name);
    } catch (error) {
      if (error instanceof AppError) return null;
      throw error;
    }
  }

  #read(name: ModelName): StoredModel | null {
    const path = this.#path(name);
    try {
      if (statSync(path).size > manifestBytesMax) {
        throw new AppError("invalid_request", `${fullName(name)}: it is too large for a manifest`);
      }
      const bytes = readFileSync(path);
      const manifest = parseManifest(bytes, fullName(name));
      const modifiedAt = Bun.file(path).lastModified;
      return { name, manifest, digest: sha256(bytes).slice("sha256:".length), modifiedAt };
    } catch (error) {
      if (isMissing(error)) return null;
      throw unreadable(fullName(name), error);
    }
  }
}

/** A file system's error as one of ours. */
function unreadable(what: string, error: unknown): AppError {
  if (error instanceof AppError) return error;
  const why = error instanceof Error ? error.message : String(error);
  return new AppError("invalid_request", `${what} cannot be read: ${why}`, { cause: error });
}

/** Digests of what the model consists of. Newer Ollamas keep a manifest among the blobs, too. */
export function neededBy({ manifest, digest }: StoredModel): string[] {
  return [`sha256:${digest}`, ...blobsOf(manifest).map((layer) => layer.digest)];
}

/**
 * Paths of the files exactly `depth` levels down, in parts.
 * @param onUnreadable told about folders that cannot be read, and links that lead nowhere
 */
function entries(dir: string, depth: number, onUnreadable: (error: AppError) => void): string[][] {
  const tell = (path: string, error: unknown) => {
    onUnreadable(unreadable(path, error));
    return [];
  };
  try {
    return readdirSync(dir, { withFileTypes: true }).flatMap((entry) => {
      const path = join(dir, entry.name);
      try {
        // Stores are spread over disks with symbolic links.
        const kind = entry.isSymbolicLink() ? statSync(path) : entry;
        if (depth === 1) return kind.isFile() ? [[entry.name]] : [];
        if (!kind.isDirectory()) return [];
      } catch (error) {
        return tell(path, error);
      }
      const below = entries(path, depth - 1, onUnreadable);
      return below.map((rest) => [entry.name, ...rest]);
    });
  } catch (error) {
    const isLink = () => lstatSync(dir, { throwIfNoEntry: false }) !== undefined;
    return isMissing(error) && !isLink() ? [] : tell(dir, error);
  }
}

/** Removes the folder and those above it, as far as they are empty. */
async function removeEmpty(dir: string, nLevels: number): Promise<void> {
  if (nLevels === 0) return;
  try {
    await rmdir(dir);
  } catch {
    return; // something is in it
  }
  await removeEmpty(dirname(dir), nLevels - 1);
}
