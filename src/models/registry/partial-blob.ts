import { createHash } from "node:crypto";
import { createReadStream, readdirSync, readFileSync, statSync } from "node:fs";
import { type FileHandle, mkdir, open, rm, statfs, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { AppError } from "../../core/errors.ts";
import { type Blob, fileError, isMissing, renameSynced } from "../blobs.ts";
import type { TransferLimits } from "./client.ts";

/** A stretch of a blob that is fetched by one connection. */
export interface Part {
  n: number;
  /** Bytes. */
  offset: number;
  size: number;
  /** How many of its bytes are there, from its beginning. */
  completed: number;
}

/** Into how many parts a blob is divided, if they are neither too small nor too big. */
const nParts = 16;

/**
 * A blob on its way, laid down as Ollama does: its bytes, each in its place, in `<blob>-partial`;
 * what has come of part N in `<blob>-partial-<N>`. Each program goes on with what the other has
 * begun.
 */
export class PartialBlob implements AsyncDisposable {
  /** In order, and without gaps. */
  parts: Part[] = [];
  /** Whether some of it comes from an earlier pull, which somebody may have lied to. */
  readonly wasBegun: boolean;
  readonly #path: string;
  readonly #size: number;
  readonly #limits: TransferLimits;
  readonly #file: FileHandle;
  readonly #nNoted = new Map<Part, number>();

  private constructor(
    path: string,
    size: number,
    limits: TransferLimits,
    file: FileHandle,
    wasBegun: boolean,
  ) {
    this.#path = path;
    this.#size = size;
    this.#limits = limits;
    this.#file = file;
    this.wasBegun = wasBegun;
  }

  /**
   * Goes on with what is there, as far as it makes sense, or begins anew.
   * @param path where the whole blob will be
   * @throws AppError internal when there is no room for it
   */
  static async open(path: string, size: number, limits: TransferLimits): Promise<PartialBlob> {
    const dir = dirname(path);
    try {
      await mkdir(dir, { recursive: true });
      const parts = partsOnDisk(path, size);
      if (parts === null) await removePartial(path);
      const nDone = nDoneOf(parts ?? []);
      await requireRoom(dir, size - nDone);
      const file = await open(dataPath(path), parts === null ? "w+" : "r+", 0o644);
      const partial = new PartialBlob(path, size, limits, file, nDone > 0);
      try {
        if (parts === null) await partial.divide();
        else partial.parts = parts;
        return partial;
      } catch (error) {
        await file.close();
        throw error;
      }
    } catch (error) {
      throw fileError(error, dir);
    }
  }

  /** Bytes that are there. */
  get nDone(): number {
    return nDoneOf(this.parts);
  }

  /** Forgets what is there, and divides the blob anew: into the usual parts, or into one. */
  async divide(isOnePiece = false): Promise<void> {
    const { partBytesMin, partBytesMax } = this.#limits;
    const usual = Math.min(Math.max(Math.floor(this.#size / nParts), partBytesMin), partBytesMax);
    const partSize = isOnePiece ? this.#size : usual;
    for (const { n } of this.parts) await rm(notePath(this.#path, n), { force: true });
    this.parts = [];
    await this.#file.truncate(0);
    await this.#file.truncate(this.#size);
    for (let offset = 0; offset < this.#size; offset += partSize) {
      const size = Math.min(partSize, this.#size - offset);
      const part = { n: this.parts.length, offset, size, completed: 0 };
      await writeFile(notePath(this.#path, part.n), noteOf(part), { mode: 0o644 });
      this.parts.push(part);
    }
  }

  /** Adds to what is there of the part. @throws AppError of `fileError` */
  async write(part: Part, bytes: Uint8Array): Promise<void> {
    try {
      for (let at = 0; at < bytes.length; ) {
        const position = part.offset + part.completed;
        const { bytesWritten } = await this.#file.write(bytes, at, bytes.length - at, position);
        at += bytesWritten;
        part.completed += bytesWritten;
      }
    } catch (error) {
      throw fileError(error, this.#path);
    }
    const nNoted = this.#nNoted.get(part) ?? 0;
    if (part.completed - nNoted >= this.#limits.noteBytes) await this.note(part);
  }

  /**
   * Notes what has come, for whoever goes on with it. In one write of a constant length, so that a
   * kill leaves the old note or the new one.
   * @throws AppError of `fileError`
   */
  async note(part: Part): Promise<void> {
    this.#nNoted.set(part, part.completed);
    try {
      await using file = await open(notePath(this.#path, part.n), "r+");
      await file.write(noteOf(part), 0);
    } catch (error) {
      throw fileError(error, this.#path);
    }
  }

  /** Whether what is there, all of it, is what the digest says. */
  async is(digest: string, signal: AbortSignal): Promise<boolean> {
    return (await hashOf(dataPath(this.#path), signal)) === digest;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file.close();
  }
}

const dataPath = (path: string) => `${path}-partial`;
const notePath = (path: string, n: number) => `${path}-partial-${n}`;

function noteOf({ n, offset, size, completed }: Part): string {
  const note = (nDone: number) =>
    JSON.stringify({ N: n, Offset: offset, Size: size, Completed: nDone });
  return `${note(completed).padEnd(note(size).length)}\n`;
}

const nDoneOf = (parts: readonly Part[]) => parts.reduce((n, { completed }) => n + completed, 0);

/** Bytes of a blob that have come, as whoever fetches it has noted. */
export function nDoneOnDisk(path: string, size: number): number {
  return nDoneOf(partsOnDisk(path, size) ?? []);
}

/** The parts as they are noted; null when they do not make up the blob, or its bytes are gone. */
function partsOnDisk(path: string, size: number): Part[] | null {
  const data = statSync(dataPath(path), { throwIfNoEntry: false });
  if (data?.size !== size) return null;
  const prefix = `${basename(path)}-partial-`;
  const names = readdirSync(dirname(path)).filter((name) => name.startsWith(prefix));
  const parts = names.map((name) => readNote(join(dirname(path), name)));
  const inOrder = parts.filter((part) => part !== null).sort((a, b) => a.n - b.n);
  if (inOrder.length < parts.length) return null;
  let end = 0;
  for (const [i, part] of inOrder.entries()) {
    const isNext = part.n === i && part.offset === end && part.size > 0;
    if (!isNext || part.completed < 0 || part.completed > part.size) return null;
    end += part.size;
  }
  return end === size ? inOrder : null;
}

function readNote(path: string): Part | null {
  try {
    const {
      N: n,
      Offset: offset,
      Size: size,
      Completed: completed,
    } = JSON.parse(readFileSync(path, "utf8"));
    const isPart = [n, offset, size, completed].every(Number.isSafeInteger);
    return isPart ? { n, offset, size, completed } : null;
  } catch {
    return null;
  }
}

/** @throws AppError internal */
async function requireRoom(dir: string, nBytes: number): Promise<void> {
  const { blocks, bavail, bsize } = await statfs(dir);
  const nFree = bavail * bsize;
  if (nBytes <= nFree || blocks === 0) return; // 0: the file system does not say
  const why = `${nBytes} bytes more are needed, and ${nFree} are free`;
  throw new AppError("internal", `${dir} cannot be written: the disk is full: ${why}`);
}

/** Removes all that there is of a blob that is not whole. */
async function removePartial(path: string): Promise<void> {
  const prefix = `${basename(path)}-partial`;
  try {
    const names = readdirSync(dirname(path)).filter((name) => name.startsWith(prefix));
    for (const name of names) await rm(join(dirname(path), name), { force: true });
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
}

/** Whether the blob is there as a whole: another program may have fetched it at the same time. */
export function isWhole(path: string, { size }: Blob): boolean {
  return statSync(path, { throwIfNoEntry: false })?.size === size;
}

/**
 * Makes a blob of what has come, all of it, if it is what its digest says.
 * @param isChecked it is known to be
 * @throws AppError internal when it is not: then nothing of it is left
 */
export async function keepPartial(
  path: string,
  blob: Blob,
  isChecked: boolean,
  signal: AbortSignal,
): Promise<void> {
  const { digest } = blob;
  try {
    const found = isChecked ? digest : await hashOf(dataPath(path), signal);
    if (found !== digest) {
      await removePartial(path);
      const why = `want ${digest}, got ${found}`;
      throw new AppError("internal", `digest mismatch, file must be downloaded again: ${why}`);
    }
    {
      await using file = await open(dataPath(path), "r+");
      await file.sync();
    }
    await renameSynced(dataPath(path), path);
    await removePartial(path);
  } catch (error) {
    if (!isMissing(error) || !isWhole(path, blob)) throw fileError(error, path);
  }
}

async function hashOf(path: string, signal: AbortSignal): Promise<string> {
  const hash = createHash("sha256");
  for await (const bytes of createReadStream(path, { highWaterMark: 1 << 20 })) {
    signal.throwIfAborted();
    hash.update(bytes);
  }
  return `sha256:${hash.digest("hex")}`;
}
