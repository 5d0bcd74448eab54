import { readdirSync, readFileSync, statSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { AppError } from "../../core/errors.ts";
import { readGgufMetadata } from "../../models/gguf-metadata.ts";
import { ggufName, isModelFile, partPath } from "../../models/hub-selection.ts";
import { isInDirs, isThere } from "../client-dirs.ts";

/** Largest grammar that is read, bytes: those of llama.cpp have less than 20 kB. */
const grammarBytesMax = 1024 * 1024;

/** A path of a request, and the field that it is in. */
export interface NamedPath {
  param: string;
  path: string;
}

/**
 * Files that clients name. All of them lie in the folders that the operator allows; about what lies
 * elsewhere nothing can be learnt, not even whether it is there.
 */
export class ClientFiles {
  readonly #dirs: readonly string[];

  constructor(dirs: readonly string[]) {
    this.#dirs = dirs;
  }

  /**
   * The model's file (the first of a split one), or the only one in a folder.
   * @throws AppError forbidden; invalid_request when it is no model
   */
  model(named: NamedPath): string {
    const path = this.#file(named, "model", (file) => isModelFile(file) && !isProjector(file));
    if (isProjector(path)) throw bad(named, `${path} is a projector, no model`);
    const nParts = ggufName(path)?.count ?? 1;
    for (let i = 1; i <= nParts && nParts > 1; i++) {
      this.#existing({ ...named, path: partPath(path, i) });
    }
    return path;
  }

  /** The projector, or the only one in a folder. @throws AppError as `model` */
  projector(named: NamedPath): string {
    const path = this.#file(named, "projector", isProjector);
    if (!isProjector(path)) throw bad(named, `${path} is no projector`);
    return path;
  }

  /** @throws AppError forbidden; invalid_request when it is not there, or too large */
  grammar(named: NamedPath): string {
    const path = this.#existing(named);
    if (statSync(path).size > grammarBytesMax) {
      throw bad(named, `${path} is larger than ${grammarBytesMax} bytes`);
    }
    return readFileSync(path, "utf8");
  }

  #file(named: NamedPath, kind: string, isMeant: (path: string) => boolean): string {
    const path = this.#allowed(named);
    const file = isFolder(path) ? this.#onlyIn({ ...named, path }, kind, isMeant) : path;
    const existing = this.#existing({ ...named, path: file });
    if (architecture(existing) === null) throw bad(named, `${existing} is no GGUF file`);
    return existing;
  }

  #onlyIn({ param, path }: NamedPath, kind: string, isMeant: (path: string) => boolean): string {
    const files = readdirSync(path)
      .filter((name) => name.endsWith(".gguf"))
      .sort()
      .map((name) => join(path, name))
      .filter((file) => isInDirs(file, this.#dirs) && isFile(file) && isMeant(file));
    const [first, ...others] = files;
    if (first === undefined) throw bad({ param, path }, `${path} holds no GGUF ${kind}`);
    if (others.length === 0) return first;
    const names = files.map((file) => basename(file)).join(", ");
    throw bad({ param, path }, `${path} holds several ${kind}s: ${names}`);
  }

  #existing(named: NamedPath): string {
    const path = this.#allowed(named);
    if (isFile(path)) return path;
    throw bad(named, `no such file: ${path}`);
  }

  /** @throws AppError forbidden */
  #allowed({ param, path }: NamedPath): string {
    const wanted = resolve(path);
    if (isInDirs(wanted, this.#dirs)) return wanted;
    const problem = `\`${param}\` is in no folder whose files clients may name (--client-models)`;
    throw new AppError("forbidden", problem, { param });
  }
}

const isFile = (path: string) => isThere(path) && statSync(path).isFile();
const isFolder = (path: string) => isThere(path) && statSync(path).isDirectory();

/** What a GGUF file says that it is; null: it is none. */
function architecture(path: string): string | null {
  const metadata = readGgufMetadata(path);
  return metadata && String(metadata.get("general.architecture") ?? "");
}

const isProjector = (path: string) => architecture(path) === "clip";

const bad = ({ param }: NamedPath, message: string) =>
  new AppError("invalid_request", message, { param });
