import { existsSync, statSync } from "node:fs";
import { mkdir, open, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { AppError } from "../core/errors.ts";
import { lockFile } from "../core/file-lock.ts";
import { fileVersion } from "../core/file-version.ts";
import { type Patience, persistently, Watchdog } from "./patience.ts";
import { fetchRedirected, RedirectError } from "./redirects.ts";

/** A file to fetch. */
export interface Download {
  url: string;
  /** Where it comes to lie once it is whole and checked. */
  path: string;
  /** What it should be, where that is known. */
  sizeBytes?: number | undefined;
  sha256?: string | undefined;
  /** In base64, as npm has it. */
  sha512?: string | undefined;
  /** Sent to the URL's own origin only, never to where it redirects. */
  token?: string | null;
  /** What a refusal means, by its status; absent: what the hub means by it. */
  reasonFor?: (status: number) => string;
  /** Notes the file's ETag beside it, for `isOutdated`. */
  keepsEtag?: boolean;
}

export interface DownloadProgress {
  url: string;
  nBytes: number;
  /** 0: not known. */
  totalBytes: number;
}

/** Beside a file: the server's name of its version, as llama-server notes it. */
const etagPathOf = (path: string) => `${path}.etag`;

/** A server that has nothing new to say is not waited for, milliseconds. */
const headTimeoutMs = 10_000;

/** Whether the server has another version now; no, when it cannot be asked or does not say. */
export async function isOutdated(url: string, path: string, signal: AbortSignal): Promise<boolean> {
  if (!existsSync(etagPathOf(path))) return false;
  const known = await readFile(etagPathOf(path), "utf8");
  try {
    const bounded = AbortSignal.any([signal, AbortSignal.timeout(headTimeoutMs)]);
    const response = await fetchFromHub(url, new Headers(), null, bounded, "HEAD");
    const etag = response.ok ? response.headers.get("etag") : null;
    return etag !== null && etag.trim() !== known.trim();
  } catch {
    signal.throwIfAborted();
    return false;
  }
}

export const patienceDefault: Patience = { stallMs: 30_000, nAttemptsMax: 3, retryMs: 1_000 };

/** Ends the name of a file that is not whole yet, as llama-server has it. */
const partialSuffix = ".downloadInProgress";

/**
 * Fetches a file: to a temporary name first, from where a later call goes on after whatever
 * interrupted it, then under its own name once size and hash are right. One program at a time adds
 * to it; the others wait, and take what it has fetched.
 * @throws AppError model_load_failed; what `signal` was aborted with
 */
export async function downloadFile(
  download: Download,
  onProgress: (progress: DownloadProgress) => void,
  signal: AbortSignal,
  patience = patienceDefault,
): Promise<void> {
  const { url, path, sizeBytes = 0 } = download;
  await mkdir(dirname(path), { recursive: true });
  const attempt = new Attempt(download, onProgress, patience.stallMs);
  const nBytes = () => attempt.nBytesPartial();
  const known = fileVersion(path);
  const tellOthers = () => onProgress({ url, nBytes: nBytes(), totalBytes: sizeBytes });
  using lock = await lockFile(`${path}${partialSuffix}.lock`, signal, tellOthers);
  if (lock.wasTaken && fileVersion(path) !== known) return;
  try {
    await persistently(() => attempt.run(signal), nBytes, patience, signal);
  } catch (error) {
    signal.throwIfAborted();
    throw error instanceof AppError ? error : failed(url, messageOf(error), error);
  }
}

/** Tries to fetch the rest of a file. Its AppErrors are final; other errors are worth a retry. */
class Attempt {
  readonly #download: Download;
  readonly #onProgress: (progress: DownloadProgress) => void;
  readonly #stallMs: number;
  readonly #partialPath: string;

  constructor(
    download: Download,
    onProgress: (progress: DownloadProgress) => void,
    stallMs: number,
  ) {
    this.#download = download;
    this.#onProgress = onProgress;
    this.#stallMs = stallMs;
    this.#partialPath = download.path + partialSuffix;
  }

  nBytesPartial(): number {
    return statSync(this.#partialPath, { throwIfNoEntry: false })?.size ?? 0;
  }

  async run(signal: AbortSignal): Promise<void> {
    const { url, path, sizeBytes, keepsEtag = false } = this.#download;
    if (sizeBytes === undefined || this.nBytesPartial() !== sizeBytes) {
      using watchdog = new Watchdog(this.#stallMs, signal);
      const response = await this.#request(watchdog.signal);
      watchdog.feed();
      const start = await this.#startOf(response);
      const rest = Number(response.headers.get("content-length") ?? Number.NaN);
      const total = sizeBytes ?? (Number.isNaN(rest) ? undefined : start + rest);
      if (!Number.isNaN(rest) && start + rest !== total) {
        throw failed(url, `it should have ${total} bytes, but the server has ${start + rest}`);
      }
      await this.#write(response, start, total, watchdog);
      await this.#check(start > 0);
    } else await this.#check(true);
    await rename(this.#partialPath, path);
    const hasEtag = keepsEtag && existsSync(this.#etagPath);
    if (hasEtag) await rename(this.#etagPath, etagPathOf(path));
    else await rm(this.#etagPath, { force: true });
  }

  get #etagPath(): string {
    return etagPathOf(this.#partialPath);
  }

  /** Asks for what is missing, if what is there can be known to be the beginning of it. */
  async #request(signal: AbortSignal): Promise<Response> {
    const { url, token, reasonFor = reasonOf } = this.#download;
    const nBytes = this.nBytesPartial();
    const etag = existsSync(this.#etagPath) ? await readFile(this.#etagPath, "utf8") : null;
    const headers = new Headers({ "accept-encoding": "identity" });
    if (nBytes > 0 && (this.#hash !== null || etag !== null)) {
      headers.set("range", `bytes=${nBytes}-`);
      if (etag !== null) headers.set("if-range", etag);
    }
    const response = await fetchFromHub(url, headers, token ?? null, signal);
    if (response.status === 416) {
      await rm(this.#partialPath, { force: true }); // longer than the file ever was
      throw new Error("the server does not know the part that is missing");
    }
    if (response.status >= 500 || response.status === 429) {
      throw new Error(`the server answers ${response.status}`);
    }
    if (!response.ok) throw failed(url, reasonFor(response.status));
    return response;
  }

  /** How much of the file is kept: a server may answer with all of it, whatever it was asked. */
  async #startOf(response: Response): Promise<number> {
    if (response.status === 206) return this.nBytesPartial();
    await rm(this.#partialPath, { force: true });
    const etag = response.headers.get("etag");
    if (etag === null || etag.startsWith("W/")) await rm(this.#etagPath, { force: true });
    else await writeFile(this.#etagPath, etag);
    return 0;
  }

  async #write(
    response: Response,
    start: number,
    total: number | undefined,
    watchdog: Watchdog,
  ): Promise<void> {
    const { url } = this.#download;
    let nBytes = start;
    const tell = () => this.#onProgress({ url, nBytes, totalBytes: total ?? 0 });
    tell();
    const file = await open(this.#partialPath, "a");
    try {
      for await (const bytes of response.body ?? []) {
        watchdog.feed();
        nBytes += bytes.length;
        if (total !== undefined && nBytes > total) {
          await rm(this.#partialPath, { force: true });
          throw failed(url, `the server sends more than the ${total} bytes it should have`);
        }
        await file.writeFile(bytes);
        tell();
      }
      await file.sync();
    } finally {
      await file.close();
    }
    watchdog.signal.throwIfAborted();
    if (total !== undefined && nBytes < total) {
      throw new Error(`the connection ended after ${nBytes} of ${total} bytes`);
    }
  }

  /**
   * A wrong hash condemns all that was fetched. What was put together from several attempts is
   * worth another one: its beginning may have been of some other version.
   */
  async #check(wasResumed: boolean): Promise<void> {
    const { url } = this.#download;
    if (this.#hash === null) return;
    const { algorithm, encoding, expected } = this.#hash;
    const hasher = new Bun.CryptoHasher(algorithm);
    for await (const bytes of Bun.file(this.#partialPath).stream()) hasher.update(bytes);
    const found = hasher.digest(encoding);
    if (found === expected) return;
    await rm(this.#partialPath, { force: true });
    await rm(this.#etagPath, { force: true });
    const name = algorithm.replace("sha", "SHA-");
    const why = `its ${name} is ${found} and should be ${expected}`;
    throw wasResumed ? new Error(why) : failed(url, why);
  }

  /** What the file should be; null: nobody knows. */
  get #hash() {
    const { sha256, sha512 } = this.#download;
    if (sha512 !== undefined) {
      return { algorithm: "sha512", encoding: "base64", expected: sha512 } as const;
    }
    if (sha256 === undefined) return null;
    return { algorithm: "sha256", encoding: "hex", expected: sha256.toLowerCase() } as const;
  }
}

/**
 * The token is for the hub, not for the storage it points to.
 * @throws AppError model_load_failed when it redirects without end
 */
export async function fetchFromHub(
  url: string,
  headers: Headers,
  token: string | null,
  signal: AbortSignal,
  method = "GET",
): Promise<Response> {
  const authorization = token === null ? null : `Bearer ${token}`;
  try {
    const sending = { method, headers, authorization, signal };
    return (await fetchRedirected(new URL(url), sending)).response;
  } catch (error) {
    throw error instanceof RedirectError ? failed(url, error.message, error) : error;
  }
}

/** What a refusal means for whoever has to mend it. */
export function reasonOf(status: number): string {
  if (status === 401 || status === 403) {
    return `the server answers ${status}; if it is private or gated, set HF_TOKEN (or --hf-token)`;
  }
  if (status === 404) return "the server answers 404: there is no such file";
  return `the server answers ${status}`;
}

function failed(url: string, why: string, cause?: unknown): AppError {
  return new AppError("model_load_failed", `${url} could not be fetched: ${why}`, { cause });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
