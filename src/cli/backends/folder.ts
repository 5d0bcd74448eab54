import { readdirSync, rmSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { basename, join } from "node:path";
import { checkPrivateDir } from "../cache-dir.ts";
import { backendsTag, type KnownBackend, knownBackends } from "./known.ts";

type Environment = Record<string, string | undefined>;

/** Where backends are installed: each in a folder that its name and llama.cpp's tag name. */
export function backendsDir(env: Environment): string {
  return env.HUTCH_BACKENDS || join(env.HOME || homedir(), ".hutch", "backends");
}

/** A backend's folder, of the version that this Hutch takes. */
export const folderOf = (dir: string, { name }: KnownBackend) =>
  join(dir, `${name}-${backendsTag}`);

/** The library that is loaded. */
export const libraryOf = (dir: string, backend: KnownBackend) =>
  join(folderOf(dir, backend), basename(backend.library));

/** llama.cpp's tags that a backend is there for, whether this Hutch takes it or not. */
export function installedTags(dir: string, { name }: KnownBackend): string[] {
  const prefix = `${name}-`;
  return namesIn(dir).flatMap((folder) =>
    folder.startsWith(prefix) ? folder.slice(prefix.length) : [],
  );
}

/** Removes a backend, of every version. @returns whether there was anything */
export function removeBackend(dir: string, backend: KnownBackend): boolean {
  const tags = installedTags(dir, backend);
  for (const tag of tags) rmSync(join(dir, `${backend.name}-${tag}`), { recursive: true });
  return tags.length > 0;
}

/** Whether the library is there, and byte for byte the one that is pinned. */
export async function isWhole(dir: string, backend: KnownBackend): Promise<boolean> {
  const path = libraryOf(dir, backend);
  if (statSync(path, { throwIfNoEntry: false })?.size !== backend.librarySizeBytes) return false;
  const hasher = new Bun.CryptoHasher("sha256");
  for await (const bytes of Bun.file(path).stream()) hasher.update(bytes);
  return hasher.digest("hex") === backend.sha256;
}

/** What engines are to load, and why some of what is installed is not among it. */
export interface UsableBackends {
  libraries: string[];
  refusals: string[];
}

/**
 * Libraries belong to one version of llama.cpp, and whoever can change them runs as this user:
 * others are refused.
 */
export function usableBackends(env: Environment): UsableBackends {
  const dir = backendsDir(env);
  const found: UsableBackends = { libraries: [], refusals: [] };
  for (const backend of knownBackends) {
    const refusal = refusalOf(dir, backend);
    if (refusal === "absent") continue;
    if (refusal === null) found.libraries.push(libraryOf(dir, backend));
    else found.refusals.push(`the backend ${backend.name} is not used: ${refusal}`);
  }
  return found;
}

/** Null: it is taken. */
function refusalOf(dir: string, backend: KnownBackend): "absent" | string | null {
  const tags = installedTags(dir, backend);
  if (tags.length === 0) return "absent";
  const again = `\`hutch backend install ${backend.name}\``;
  if (!tags.includes(backendsTag)) {
    const mend = `${again} brings the right one`;
    return `it is for llama.cpp ${tags.join(", ")}, and this Hutch has ${backendsTag}; ${mend}`;
  }
  try {
    for (const path of [dir, folderOf(dir, backend)]) checkPrivateDir(path);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  const { size } = statSync(libraryOf(dir, backend), { throwIfNoEntry: false }) ?? {};
  if (size === backend.librarySizeBytes) return null;
  return `its library is ${size === undefined ? "missing" : "damaged"}; ${again} mends it`;
}

function namesIn(dir: string): string[] {
  try {
    return readdirSync(dir).sort();
  } catch {
    return []; // there is none
  }
}
