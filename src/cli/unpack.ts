import { randomUUID } from "node:crypto";
import {
  type BigIntStats,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { open, rm } from "node:fs/promises";
import { join } from "node:path";
import { makePrivateDir } from "./cache-dir.ts";
import type { Embedded, EmbeddedFile } from "./embedded.ts";

/** The embedded files cannot be unpacked; the message says where and what to do. */
export class UnpackError extends Error {
  override name = "UnpackError";
}

/** Beside the files: how each looked when it was last read whole and found right. */
const stampName = "checked.json";

/** Ends the name of a file that is being written. */
const temporarySuffix = ".tmp";
/** Nobody writes one for so long, milliseconds: whoever did has been killed. */
const temporaryMsMax = 60 * 60 * 1000;

/**
 * Unpacks every embedded file side by side into one folder, named after their contents, so that
 * libraries find their siblings. Files that are there and whole stay; missing and damaged ones are
 * written to a temporary name and renamed, so that two starts at once, or one that dies half-way,
 * leave nothing broken. What has not changed since it was last checked is not read again: that
 * would take a fifth of the time to the first token of a small model.
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
      await ensureFiles([...embedded.libraries, ...embedded.models], target);
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

async function ensureFiles(files: EmbeddedFile[], dir: string): Promise<void> {
  const stampPath = join(dir, stampName);
  const checked = await readStamp(stampPath);
  const stampAt = (path: string) =>
    stampOf(statSync(path, { bigint: true, throwIfNoEntry: false }));
  const isUnchanged = ({ name }: EmbeddedFile) => checked[name] === stampAt(join(dir, name));
  if (files.every(isUnchanged)) return;
  await removeHalves(dir);
  await Promise.all(files.map((file) => ensureFile(file, join(dir, file.name))));
  const stamp = stampFiles(files, dir).then((text) => replaceFile(stampPath, text));
  await stamp.catch(() => {}); // the files are right: a folder that cannot be written will do
}

/** Removes what starts that were killed have left behind, if the folder can be written. */
async function removeHalves(dir: string): Promise<void> {
  for (const name of readdirSync(dir).filter((name) => name.endsWith(temporarySuffix))) {
    const path = join(dir, name);
    const stat = statSync(path, { throwIfNoEntry: false });
    const isLeft = stat !== undefined && Date.now() - stat.mtimeMs > temporaryMsMax;
    if (isLeft) await rm(path, { force: true }).catch(() => {});
  }
}

async function stampFiles(files: EmbeddedFile[], dir: string): Promise<string> {
  const stamps = files.map(async ({ name }) => {
    const path = join(dir, name);
    // On disk before its stamp: a power cut leaves no torn file that counts as checked.
    await using file = await open(path);
    await file.sync();
    // Of this very file: another start may put its own there at any time.
    return [name, stampOf(await file.stat({ bigint: true }))];
  });
  return JSON.stringify(Object.fromEntries(await Promise.all(stamps)));
}

/** Files with their stamps; none where the file was never written, or is damaged. */
async function readStamp(path: string): Promise<Record<string, unknown>> {
  const parsed = await Bun.file(path)
    .json()
    .catch(() => null);
  return typeof parsed === "object" && parsed !== null ? parsed : {};
}

/** Says whether a file is the same as before: any change to it changes this. "": no such file. */
function stampOf(stat: BigIntStats | undefined): string {
  return stat ? `${stat.ino} ${stat.size} ${stat.mtimeNs} ${stat.ctimeNs}` : "";
}

async function ensureFile(file: EmbeddedFile, path: string): Promise<void> {
  if (!(await isWhole(path, file))) replaceFile(path, await Bun.file(file.path).bytes());
}

function replaceFile(path: string, content: Uint8Array | string): void {
  const temporary = `${path}.${randomUUID()}${temporarySuffix}`;
  try {
    writeFileSync(temporary, content, { mode: 0o700, flag: "wx" });
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
