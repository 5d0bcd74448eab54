import { readdirSync, readFileSync, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { AppError } from "../../core/errors.ts";
import { parseDigest } from "../../models/blobs.ts";
import type { SourceFile } from "../../models/create/recipe.ts";
import { parseName } from "../../models/name.ts";
import type { Store } from "../../models/store.ts";
import { isInDirs } from "../client-dirs.ts";

/** Largest Modelfile that is read, bytes: licenses are most of it. */
const modelfileBytesMax = 4 * 1024 * 1024;

/**
 * Files of this machine that a Modelfile of a client names: blobs, and what lies in folders that
 * the operator allows, from whichever machine the client asks.
 */
export class ServerFiles {
  readonly #store: Store;
  readonly #dirs: readonly string[];
  /** Where relative paths go out from: the Modelfile's folder. */
  readonly #from: string;

  constructor(store: Store, dirs: readonly string[], modelfilePath: string | undefined) {
    this.#store = store;
    this.#dirs = [store.dir, ...dirs];
    this.#from = modelfilePath === undefined ? "." : dirname(resolve(modelfilePath));
  }

  /** @throws AppError forbidden; invalid_request when it is not there */
  modelfile(path: string): Uint8Array {
    const file = this.#existing(path, "path");
    const stat = statSync(file);
    if (!stat.isFile()) throw bad("path", `no such file: ${file}`);
    if (stat.size > modelfileBytesMax) throw bad("path", `${file} is too large for a Modelfile`);
    return readFileSync(file);
  }

  /** Whether `FROM value` means a model, not a file. */
  isModelName(value: string): boolean {
    if (blobOf(value) !== null || /^[./~\\]|\.(gguf|bin|safetensors)$/i.test(value)) return false;
    const path = resolve(this.#from, value);
    const isFile = isInDirs(path, this.#dirs) && statSync(path, { throwIfNoEntry: false });
    return parseName(value) !== null && !isFile;
  }

  /**
   * The files; of a folder, the GGUF files in it.
   * @throws AppError forbidden, not_found; invalid_request when one is not there
   */
  sources(values: readonly string[], command: string): SourceFile[] {
    return values.flatMap((value) => {
      const digest = blobOf(value);
      if (digest !== null) return this.#blob(digest);
      const path = this.#existing(value, command);
      const paths = statSync(path).isDirectory() ? ggufFilesIn(path) : [path];
      return paths.map((file) => this.#file(this.#allowed(file, command)));
    });
  }

  /** `show` writes a blob's path into the Modelfile: it need not be copied over itself. */
  #file(path: string): SourceFile {
    const name = basename(path);
    const digest = parseDigest(name);
    const isBlob = digest !== null && resolve(this.#store.blobs.path(digest)) === path;
    return { name, path, ...(isBlob && { digest }) };
  }

  #blob(digest: string): SourceFile {
    const { blobs } = this.#store;
    if (blobs.size(digest) !== null) return { name: digest, path: blobs.path(digest), digest };
    throw new AppError("not_found", `blob "${digest}" not found`, { param: "modelfile" });
  }

  #existing(path: string, what: string): string {
    const file = this.#allowed(path, what);
    if (statSync(file, { throwIfNoEntry: false })) return file;
    throw bad(what, `no such file: ${path}`);
  }

  #allowed(path: string, what: string): string {
    const file = resolve(this.#from, path);
    if (isInDirs(file, this.#dirs)) return file;
    const problem =
      `${what} names a file in no folder whose files clients may name (--client-models); ` +
      "upload it as a blob instead";
    throw new AppError("forbidden", problem, { param: paramOf(what) });
  }
}

/** `@sha256:…` is how clients of 2023 named what they had uploaded. */
const blobOf = (value: string) => parseDigest(value.replace(/^@/, ""));

const ggufFilesIn = (dir: string) =>
  readdirSync(dir)
    .filter((name) => name.endsWith(".gguf"))
    .sort()
    .map((name) => join(dir, name));

const paramOf = (what: string) => (what === "path" ? what : "modelfile");

const bad = (what: string, message: string) =>
  new AppError("invalid_request", `${what}: ${message}`, { param: paramOf(what) });
