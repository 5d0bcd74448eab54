import { lstatSync, readdirSync, readFileSync, realpathSync, statSync } from "node:fs";
import { basename, dirname, join, relative, resolve, sep } from "node:path";
import { AppError } from "../../core/errors.ts";
import { readGgufMetadata } from "../../models/gguf-metadata.ts";
import { ggufName, isModelFile, partPath } from "../../models/hub-selection.ts";

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
      .filter((file) => this.#isInside(file) && isFile(file) && isMeant(file));
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
    if (this.#isInside(wanted)) return wanted;
    const problem = `\`${param}\` is in no folder whose files clients may name (--client-models)`;
    throw new AppError("forbidden", problem, { param });
  }

  /** Inside by its name, and, as far as it is there, by what its links lead to. */
  #isInside(path: string): boolean {
    const roots = this.#dirs.map((dir) => resolve(dir));
    const realRoots = roots.flatMap((dir) => realPath(dir) ?? []);
    if (![...roots, ...realRoots].some((root) => isWithin(root, path))) return false;
    const real = realPath(nearestExisting(path));
    return real !== null && realRoots.some((root) => isWithin(root, real));
  }
}

function isWithin(root: string, path: string): boolean {
  const way = relative(root, path);
  return way !== ".." && !way.startsWith(`..${sep}`) && resolve(root, way) === path;
}

/** The path itself, if anything is there (be it a link to nowhere), or the folder that is. */
function nearestExisting(path: string): string {
  return isThere(path) || dirname(path) === path ? path : nearestExisting(dirname(path));
}

function isThere(path: string): boolean {
  try {
    lstatSync(path);
    return true;
  } catch {
    return false;
  }
}

function realPath(path: string): string | null {
  try {
    return realpathSync(path);
  } catch {
    return null; // it is not there, or a link to nowhere
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
