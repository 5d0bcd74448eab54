import { createHash, randomUUID } from "node:crypto";
import { readdirSync, renameSync, statSync } from "node:fs";
import { type FileHandle, mkdir, open, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { AppError } from "../core/errors.ts";

/** `sha256:` and 64 digits in lower case; `sha256-…` is read, too. null: it is no digest. */
export function parseDigest(text: unknown): string | null {
  if (typeof text !== "string") return null;
  const [, hex] = /^sha256[:-]([0-9a-fA-F]{64})$/.exec(text) ?? [];
  return hex === undefined ? null : `sha256:${hex.toLowerCase()}`;
}

/** @throws AppError invalid_request, as Ollama words it */
export function requireDigest(text: string, param = "digest"): string {
  const digest = parseDigest(text);
  if (digest !== null) return digest;
  throw new AppError("invalid_request", "invalid digest format", { param });
}

export function sha256(bytes: Uint8Array | string): string {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}

/** A blob that is there. */
export interface Blob {
  digest: string;
  /** Bytes. */
  size: number;
}

/**
 * Files named by their content, in Ollama's layout: `blobs/sha256-<hex>`. A blob is complete or not
 * there: it is written under a temporary name, synced, and renamed.
 */
export class Blobs {
  readonly dir: string;

  constructor(dir: string) {
    this.dir = dir;
  }

  /** Where the blob is, or would be. @param digest a valid one */
  path(digest: string): string {
    return join(this.dir, digest.replace(":", "-"));
  }

  /** Its size in bytes; null: it is not there. */
  size(digest: string): number | null {
    const file = statSync(this.path(digest), { throwIfNoEntry: false });
    return file?.isFile() ? file.size : null;
  }

  /** Keeps `content`. @throws AppError of `fileError` when it cannot be written */
  async put(content: Uint8Array | string): Promise<Blob> {
    const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
    const blob = { digest: sha256(bytes), size: bytes.length };
    if (this.size(blob.digest) !== blob.size)
      await this.receive([bytes], { expected: blob.digest });
    return blob;
  }

  /**
   * Keeps what `chunks` yield.
   * @param expected the digest that it must have; absent: any
   * @throws AppError invalid_request on another digest: nothing is kept then. What `chunks` throws.
   */
  async receive(
    chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
    { expected, signal }: { expected?: string; signal?: AbortSignal } = {},
  ): Promise<Blob> {
    const temporary = this.temporaryPath();
    try {
      await mkdir(this.dir, { recursive: true });
      const hash = createHash("sha256");
      let size = 0;
      await using file = await open(temporary, "wx", 0o644);
      for await (const chunk of chunks) {
        signal?.throwIfAborted();
        hash.update(chunk);
        size += chunk.length;
        await writeAll(file, chunk);
      }
      const digest = `sha256:${hash.digest("hex")}`;
      if (expected !== undefined && digest !== expected) {
        const message = `digest mismatch, expected "${expected}", got "${digest}"`;
        throw new AppError("invalid_request", message, { param: "digest" });
      }
      await file.sync();
      await renameSynced(temporary, this.path(digest));
      return { digest, size };
    } catch (error) {
      await this.discard(temporary);
      throw fileError(error, this.dir);
    }
  }

  /** Gives files of Ollama's first layout, `sha256:<hex>`, their name of today. */
  async renameOld(): Promise<void> {
    for (const name of this.files()) {
      const digest = name.startsWith("sha256:") ? parseDigest(name) : null;
      if (digest !== null) await rename(join(this.dir, name), this.path(digest));
    }
  }

  /** Where a file can be written that is to become a blob; a crash leaves it to be pruned. */
  temporaryPath(): string {
    return join(this.dir, `tmp-${randomUUID()}`);
  }

  /**
   * Keeps the file at `temporary`, a temporary path of this folder, as the blob that it is.
   * @throws AppError of `fileError`
   */
  async adopt(temporary: string, signal: AbortSignal): Promise<Blob> {
    try {
      const hash = createHash("sha256");
      let size = 0;
      await using file = await open(temporary, "r");
      for await (const chunk of Bun.file(temporary).stream()) {
        signal.throwIfAborted();
        hash.update(chunk);
        size += chunk.length;
      }
      await file.sync();
      const digest = `sha256:${hash.digest("hex")}`;
      await renameSynced(temporary, this.path(digest));
      return { digest, size };
    } catch (error) {
      throw fileError(error, this.dir);
    }
  }

  /** Removes what is left at a temporary path. */
  async discard(temporary: string): Promise<void> {
    await rm(temporary, { force: true }).catch(() => {}); // read-only: nothing was written
  }

  /** Those that are there. At once they are no blobs any more: nobody comes to need one midway. */
  async remove(digests: readonly string[]): Promise<void> {
    const removed = digests.flatMap((digest) => {
      if (this.size(digest) === null) return [];
      const temporary = this.temporaryPath();
      renameSync(this.path(digest), temporary);
      return temporary;
    });
    await Promise.all(removed.map((path) => rm(path, { force: true })));
  }

  /** Names of all files, those that are no whole blobs included; none when there is no folder. */
  files(): string[] {
    try {
      return readdirSync(this.dir);
    } catch (error) {
      if (isMissing(error)) return [];
      throw error;
    }
  }
}

async function writeAll(file: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length; ) {
    at += (await file.write(bytes, at)).bytesWritten;
  }
}

/** Renames so that a power cut after it does not undo it. */
export async function renameSynced(from: string, to: string): Promise<void> {
  await rename(from, to);
  await using folder = await open(dirname(to), "r");
  await folder.sync();
}

/**
 * Writes a small file as a whole or not at all.
 * @param temporaryDir on the same file system, where a file that a crash left behind does no harm
 * @throws AppError of `fileError`
 */
export async function writeSynced(
  path: string,
  bytes: Uint8Array,
  temporaryDir: string,
): Promise<void> {
  const temporary = join(temporaryDir, `tmp-${randomUUID()}`);
  try {
    await mkdir(temporaryDir, { recursive: true });
    await using file = await open(temporary, "wx", 0o644);
    await writeAll(file, bytes);
    await file.sync();
    await mkdir(dirname(path), { recursive: true }); // late: empty folders may be removed
    await renameSynced(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {}); // read-only: nothing was written
    throw fileError(error, path);
  }
}

export const isMissing = (error: unknown): boolean =>
  error instanceof Error && "code" in error && error.code === "ENOENT";

/** An error of the file system in words that help; any other as it is. */
export function fileError(error: unknown, path: string): unknown {
  if (!(error instanceof Error) || !("code" in error) || !("syscall" in error)) return error;
  const why = error.code === "ENOSPC" ? "the disk is full" : error.message;
  return new AppError("internal", `${path} cannot be written: ${why}`, { cause: error });
}
