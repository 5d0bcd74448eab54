import { randomUUID } from "node:crypto";
import { renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { makePrivateDir } from "./cache-dir.ts";
import type { Embedded, EmbeddedFile } from "./embedded.ts";

/** The embedded files cannot be unpacked; the message says where and what to do. */
export class UnpackError extends Error {
  override name = "UnpackError";
}

/**
 * Unpacks every embedded file side by side into one folder, named after their contents, so that
 * libraries find their siblings. Files that are there and whole stay; missing and damaged ones are
 * written to a temporary name and renamed, so that two starts at once, or one that dies half-way,
 * leave nothing broken.
 * @param dirs cache folders in order of preference; the first that can be written is used
 * @returns the folder
 * @throws UnpackError
 */
export async function unpack(embedded: Embedded, dirs: string[]): Promise<string> {
  const reasons: string[] = [];
  for (const dir of dirs) {
    const target = join(dir, embedded.buildId);
    try {
      makePrivateDir(dir);
      makePrivateDir(target);
      const files = [...embedded.libraries, ...embedded.models];
      await Promise.all(files.map((file) => ensureFile(file, target)));
      return target;
    } catch (error) {
      reasons.push(`${target}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  const { libraries, models } = embedded;
  const nBytes = [...libraries, ...models].reduce((n, { sizeBytes }) => n + sizeBytes, 0);
  throw new UnpackError(
    `cannot unpack the embedded libraries and model (${Math.ceil(nBytes / 1e6)} MB):\n  ` +
      `${reasons.join("\n  ")}\n` +
      "Free some space, or set HUTCH_CACHE to a folder that can be written.",
  );
}

async function ensureFile(file: EmbeddedFile, dir: string): Promise<void> {
  const path = join(dir, file.name);
  if (await isWhole(path, file)) return;
  const bytes = await Bun.file(file.path).bytes();
  const temporary = `${path}.${randomUUID()}.tmp`;
  try {
    // Not synced to disk: a file that a power cut tore is found by its hash at the next start.
    writeFileSync(temporary, bytes, { mode: 0o700, flag: "wx" });
    renameSync(temporary, path);
  } finally {
    rmSync(temporary, { force: true });
  }
}

/** Reads the file whole: a cache that was damaged must not crash an engine later. */
async function isWhole(path: string, { sizeBytes, sha256 }: EmbeddedFile): Promise<boolean> {
  const file = Bun.file(path);
  if (!(await file.exists()) || file.size !== sizeBytes) return false;
  return Bun.SHA256.hash(await file.bytes(), "hex") === sha256;
}
