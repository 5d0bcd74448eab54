import { type Dirent, readdirSync, type Stats } from "node:fs";
import { rm, rmdir, stat } from "node:fs/promises";
import { join } from "node:path";
import type { AppError } from "../core/errors.ts";
import { neededBy, type Store } from "./store.ts";

/** What is younger may belong to work in progress, of another program as well. */
const graceMs = 60 * 60 * 1000;

/**
 * So long a download that was interrupted can be resumed: whoever pulls 40 GB over a slow line goes
 * on with it the next day. Ollama gives it an hour, like all else.
 */
const downloadGraceMs = 7 * 24 * graceMs;

/**
 * Removes what no model needs and nobody has touched for some time: whole blobs, interrupted
 * downloads, temporary files, and empty folders of manifests. With a manifest that cannot be read,
 * nobody knows what is needed: then nothing is removed.
 * @param note told what the user should know
 */
export async function prune(store: Store, note: (text: string) => void): Promise<void> {
  const corrupt: AppError[] = [];
  const used = new Set(store.list((error) => corrupt.push(error)).flatMap(neededBy));
  if (corrupt.length > 0) {
    for (const { message } of corrupt) note(message);
    note("corrupt manifests detected, skipping prune operation.  Re-pull or delete to clear");
    return;
  }
  const isNeeded = (digest: string) => used.has(digest) || store.isPinned(digest);
  const { dir } = store.blobs;
  const files = namesIn(dir);
  const wholes = files.filter((name) => wholePattern.test(name));
  const unneeded = wholes.filter((name) => !isNeeded(name.replace("-", ":")));
  for (const name of unneeded) await removeOld(dir, [name], graceMs);
  const partials = Map.groupBy(files, (name) => partialPattern.exec(name)?.[1]);
  for (const [blob, names] of partials) {
    if (blob === undefined) continue;
    await removeOld(dir, names, wholes.includes(blob) ? graceMs : downloadGraceMs);
  }
  for (const folder of [dir, store.manifestsDir]) {
    const temporary = namesIn(folder).filter((name) => temporaryPattern.test(name));
    for (const name of temporary) await removeOld(folder, [name], graceMs);
  }
  await removeEmptyBelow(store.manifestsDir);
}

/** All other files are somebody else's. */
const wholePattern = /^sha256-[0-9a-f]{64}$/;
const partialPattern = /^(sha256-[0-9a-f]{64})(?:-partial(?:-\d+)?|\.lock)$/;
const temporaryPattern = /^tmp-[0-9a-f-]{36}$/;

/** Removes files that belong together: none of them as long as one is younger than `ageMs`. */
async function removeOld(dir: string, names: readonly string[], ageMs: number): Promise<void> {
  const paths = names.map((name) => join(dir, name));
  const stats = await Promise.all(paths.map((path) => stat(path).catch(() => null)));
  const isOld = (file: Stats | null) => file !== null && Date.now() - file.mtimeMs > ageMs;
  if (!stats.every(isOld)) return;
  for (const path of paths) await rm(path, { force: true });
}

/** Symbolic links are not followed: what they lead to is not ours. */
async function removeEmptyBelow(dir: string): Promise<void> {
  for (const entry of entriesOf(dir).filter((entry) => entry.isDirectory())) {
    await removeEmptyBelow(join(dir, entry.name));
    await rmdir(join(dir, entry.name)).catch(() => {}); // something is in it
  }
}

const namesIn = (dir: string) =>
  entriesOf(dir)
    .filter((entry) => entry.isFile())
    .map(({ name }) => name);

function entriesOf(dir: string): Dirent[] {
  try {
    return readdirSync(dir, { withFileTypes: true });
  } catch {
    return []; // there are no models yet
  }
}
