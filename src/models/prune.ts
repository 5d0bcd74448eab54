import { readdirSync } from "node:fs";
import { rm, rmdir, stat } from "node:fs/promises";
import { join } from "node:path";
import type { AppError } from "../core/errors.ts";
import { neededBy, type Store } from "./store.ts";

/** What is younger may belong to work in progress, of another program as well. */
const graceMs = 60 * 60 * 1000;

/**
 * Removes what no model needs: whole blobs, parts of blobs and temporary files that nobody has
 * touched for an hour, and empty folders of manifests. With a manifest that cannot be read, nobody
 * knows what is needed: then nothing is removed.
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
  for (const name of store.blobs.files()) {
    const digest = digestOf(name);
    if (digest === null) continue; // somebody else's file
    const isPart = name.includes("-partial") || name.startsWith("tmp-");
    if (!isPart && (used.has(digest) || store.isPinned(digest))) continue;
    const path = join(store.blobs.dir, name);
    if (await isOld(path)) await rm(path, { force: true });
  }
  await removeEmptyBelow(store.manifestsDir);
}

/** What a file among the blobs is, or becomes; "": a temporary file; null: neither. */
function digestOf(name: string): string | null {
  if (/^tmp-[0-9a-f-]{36}$/.test(name)) return "";
  const [, hex] = /^sha256-([0-9a-f]{64})(?:-partial(?:-\d+)?)?$/.exec(name) ?? [];
  return hex === undefined ? null : `sha256:${hex}`;
}

async function isOld(path: string): Promise<boolean> {
  const file = await stat(path).catch(() => null);
  return file?.isFile() === true && Date.now() - file.mtimeMs > graceMs;
}

/** Symbolic links are not followed: what they lead to is not ours. */
async function removeEmptyBelow(dir: string): Promise<void> {
  for (const entry of foldersOf(dir)) {
    await removeEmptyBelow(join(dir, entry));
    await rmdir(join(dir, entry)).catch(() => {}); // something is in it
  }
}

function foldersOf(dir: string): string[] {
  try {
    return readdirSync(dir, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name);
  } catch {
    return []; // there are no models yet
  }
}
