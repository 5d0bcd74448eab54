import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { AppError } from "../../core/errors.ts";
import { lockFile } from "../../core/file-lock.ts";
import type { Blob } from "../blobs.ts";
import { persistently, Watchdog } from "../patience.ts";
import { refusalOf } from "./answer.ts";
import type { TransferLimits } from "./client.ts";
import { isWhole, keepPartial, nDoneOnDisk, type Part, PartialBlob } from "./partial-blob.ts";
import type { Repository } from "./repository.ts";

export interface BlobOrder {
  blob: Blob;
  /** Where it comes to lie. */
  path: string;
  repository: Repository;
  limits: TransferLimits & { nStreamsMax: number };
  /** Ends the download; what has come stays. */
  signal: AbortSignal;
}

/** The registry sends all of a blob, whatever part of it is asked for. */
class RangeIgnored extends AppError {
  constructor() {
    super("internal", "the registry ignores which part it is asked for");
  }
}

/** A blob that is fetched, in parts at the same time, and then checked. */
export class BlobDownload {
  /** Resolves when all bytes are there. */
  readonly fetched: Promise<void>;
  readonly #order: BlobOrder;
  #kept: Promise<void> | null = null;
  #nDoneMost = 0;
  #partial: PartialBlob | null = null;
  #isChecked = false;

  /** @param after what must end before */
  constructor(order: BlobOrder, after: Promise<unknown> = Promise.resolve()) {
    this.#order = order;
    this.fetched = after.then(() => this.#fetch());
    this.fetched.catch(() => {}); // thrown to all who wait; none of them may be left
  }

  /** Bytes that have come. Never fewer than before, even if some must be fetched again. */
  get nDone(): number {
    this.#countDone(this.#partial?.nDone ?? 0);
    return this.#nDoneMost;
  }

  /** Checks what has been fetched and gives it its name. @throws AppError */
  keep(): Promise<void> {
    const { path, blob, signal } = this.#order;
    this.#kept ??= this.fetched.then(() => keepPartial(path, blob, this.#isChecked, signal));
    return this.#kept;
  }

  /** Resolves when nothing is done any more. */
  async settled(): Promise<void> {
    await Promise.allSettled([this.fetched, this.#kept]);
  }

  #countDone(nDone: number): void {
    this.#nDoneMost = Math.max(this.#nDoneMost, nDone);
  }

  async #fetch(): Promise<void> {
    const { blob, path, limits, signal } = this.#order;
    try {
      await mkdir(dirname(path), { recursive: true }).catch(() => {}); // to open it will say why
      const countOthers = () => this.#countDone(nDoneOnDisk(path, blob.size));
      // One program at a time writes; a late one would write into what another has checked.
      using lock = await lockFile(`${path}.lock`, signal, countOthers);
      if (lock.wasTaken && isWhole(path, blob)) return;
      await using partial = await PartialBlob.open(path, blob.size, limits);
      this.#partial = partial;
      await this.#fetchParts(partial).catch(async (error) => {
        if (!(error instanceof RangeIgnored)) throw error;
        await partial.divide(true);
        await this.#fetchParts(partial);
      });
      if (partial.wasBegun) await this.#mistrust(partial);
    } catch (error) {
      signal.throwIfAborted();
      if (isWhole(path, blob)) return;
      const code = error instanceof AppError ? error.code : "internal";
      const message = error instanceof Error ? error.message : String(error);
      const why = error instanceof AppError ? message : `max retries exceeded: ${message}`;
      throw new AppError(code, `pulling ${blob.digest.slice(7, 19)}: ${why}`, { cause: error });
    }
  }

  /** What an earlier pull has begun with wrong bytes is fetched anew, all of it. */
  async #mistrust(partial: PartialBlob): Promise<void> {
    const { blob, signal } = this.#order;
    this.#isChecked = await partial.is(blob.digest, signal);
    if (this.#isChecked) return;
    await partial.divide();
    await this.#fetchParts(partial);
  }

  /** All parts, so many at a time. The first that fails ends the others. */
  async #fetchParts(partial: PartialBlob): Promise<void> {
    const { limits, signal } = this.#order;
    const waiting = partial.parts.filter(({ completed, size }) => completed < size);
    const failure = new AbortController();
    const ending = AbortSignal.any([signal, failure.signal]);
    const fetchNext = async (): Promise<void> => {
      const part = waiting.shift();
      if (!part) return;
      const attempt = () => this.#fetchPart(partial, part, ending);
      await persistently(attempt, () => part.completed, limits, ending);
      await fetchNext();
    };
    const streams = Array.from({ length: limits.nStreamsMax }, async () => {
      await fetchNext().catch((error) => failure.abort(error));
    });
    await Promise.all(streams);
    ending.throwIfAborted();
  }

  async #fetchPart(partial: PartialBlob, part: Part, signal: AbortSignal): Promise<void> {
    const { repository, blob, limits } = this.#order;
    using watchdog = new Watchdog(limits.stallMs, signal);
    const isWhole = part.size === blob.size;
    const [start, last] = [part.offset + part.completed, part.offset + part.size - 1];
    const asksAll = isWhole && part.completed === 0;
    const headers: Record<string, string> = asksAll ? {} : { range: `bytes=${start}-${last}` };
    const url = repository.url(`blobs/${blob.digest}`);
    const { response, url: from } = await repository.ask(url, { headers }, watchdog.signal);
    watchdog.feed();
    try {
      if (!response.ok) throw await this.#refusal(response, repository.isOwn(from));
      if (response.status === 206) checkRange(response, start, last, blob.size);
      else if (isWhole) part.completed = 0;
      else throw new RangeIgnored();
      const nExpected = part.size - part.completed;
      checkLength(response, nExpected);
      for await (const bytes of response.body ?? []) {
        watchdog.feed();
        if (part.completed + bytes.length > part.size) {
          throw new AppError("internal", "the registry sends more than was asked for");
        }
        await partial.write(part, bytes);
      }
      watchdog.signal.throwIfAborted();
    } finally {
      await response.body?.cancel().catch(() => {}); // locked when it was read: that ended it
      await partial.note(part);
    }
    if (part.completed < part.size) {
      const why = `after ${part.completed} of ${part.size} bytes`;
      throw new Error(`the connection ended ${why}`);
    }
  }

  /** A storage's address is good for some time only; the next attempt is given a new one. */
  async #refusal(response: Response, isOwn: boolean): Promise<Error> {
    const refusal = await refusalOf(response);
    return isOwn ? refusal : new Error(`its storage answers ${response.status}`);
  }
}

/** @throws AppError internal when other bytes come, or the blob is not as long as it should be */
function checkRange(response: Response, start: number, last: number, size: number): void {
  const header = response.headers.get("content-range") ?? "";
  const [, from, to, total] = /^bytes (\d+)-(\d+)\/(\d+|\*)$/.exec(header) ?? [];
  if (Number(from) !== start || Number(to) > last) {
    const why = `bytes ${start}-${last} were asked for, and it sends "${header}"`;
    throw new AppError("internal", `the registry answers wrongly: ${why}`);
  }
  if (total !== "*" && Number(total) !== size) throw wrongSize(Number(total), size);
}

/** @throws AppError internal when the answer's length is known to be wrong */
function checkLength(response: Response, nExpected: number): void {
  const header = response.headers.get("content-length");
  if (header === null) return;
  const nBytes = Number(header);
  const isShort = response.status === 206 && nBytes <= nExpected;
  if (nBytes !== nExpected && !isShort) throw wrongSize(nBytes, nExpected);
}

function wrongSize(nBytes: number, nExpected: number): AppError {
  const why = `it has ${nBytes} bytes, and should have ${nExpected}`;
  return new AppError("internal", `the registry contradicts its manifest: ${why}`);
}
