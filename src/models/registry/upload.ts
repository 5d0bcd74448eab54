import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { AppError } from "../../core/errors.ts";
import type { Layer } from "../manifest.ts";
import { parseName } from "../name.ts";
import { persistently, Watchdog } from "../patience.ts";
import { refusalOf } from "./answer.ts";
import type { TransferLimits } from "./client.ts";
import type { Repository } from "./repository.ts";

export interface UploadOrder {
  layer: Layer;
  /** Where it lies. */
  path: string;
  repository: Repository;
  limits: TransferLimits & { nStreamsMax: number };
  signal: AbortSignal;
}

/** A stretch of the blob that is sent by one request. */
interface Part {
  offset: number;
  size: number;
  nSent: number;
  /** Set when it has been sent. */
  md5: Uint8Array | null;
}

/** Into how many parts a blob is divided, if they are neither too small nor too big. */
const nParts = 64;

/** A blob that is sent to a registry, in parts. */
export class BlobUpload {
  readonly #order: UploadOrder;
  #parts: Part[] = [];
  #nSentMost = 0;

  constructor(order: UploadOrder) {
    this.#order = order;
  }

  /** Bytes that have left. Never fewer than before, even if some must be sent again. */
  get nDone(): number {
    const nSent = this.#parts.reduce((n, part) => n + part.nSent, 0);
    this.#nSentMost = Math.max(this.#nSentMost, nSent);
    return this.#nSentMost;
  }

  /**
   * Sends the blob, unless the registry has it. After a failure all of it: what a registry has kept
   * of a part that broke off cannot be known.
   * @throws AppError
   */
  async run(): Promise<void> {
    const { layer, repository, limits, signal } = this.#order;
    const url = repository.url(`blobs/${layer.digest}`);
    const attempt = async () => {
      const { response } = await repository.ask(url, { method: "HEAD" }, signal);
      if (!response.ok && response.status !== 404) throw await refusalOf(response);
      if (!response.ok) await this.#send();
    };
    await persistently(attempt, () => 0, limits, signal);
  }

  async #send(): Promise<void> {
    const begun = await this.#begin();
    if (begun === null) return;
    this.#parts = this.#divided();
    const failure = new AbortController();
    const redirected = new Set<Promise<void>>();
    let location = begun;
    try {
      for (const part of this.#parts) {
        const { next, storage } = await this.#sendPart(location, part, failure.signal);
        location = next;
        if (storage === null) continue;
        const sending: Promise<void> = this.#sendToStorage(storage, part, failure.signal)
          .catch((error) => failure.abort(error))
          .finally(() => redirected.delete(sending));
        redirected.add(sending);
        if (redirected.size >= this.#order.limits.nStreamsMax) await Promise.race(redirected);
      }
    } catch (error) {
      failure.abort(error);
    }
    await Promise.all(redirected);
    failure.signal.throwIfAborted();
    await this.#finish(location);
  }

  /** Where to send the blob to; null: the registry took it over from another model. */
  async #begin(): Promise<URL | null> {
    const { layer, repository, signal } = this.#order;
    const url = repository.url("blobs/uploads/");
    const source = layer.from === undefined ? null : parseName(layer.from);
    if (source?.host.toLowerCase() === repository.name.host.toLowerCase()) {
      url.searchParams.append("mount", layer.digest);
      url.searchParams.append("from", `${source.namespace}/${source.model}`);
    }
    const ask = { method: "POST", headers: { "content-length": "0" }, staysPut: true };
    const { response, url: from } = await repository.ask(url, ask, signal);
    if (response.status === 201) return null;
    if (response.status !== 202) throw await refusalOf(response);
    return nextLocation(response, from);
  }

  #divided(): Part[] {
    const { layer, limits } = this.#order;
    const usual = Math.floor(layer.size / nParts);
    const partSize = Math.min(Math.max(usual, limits.partBytesMin), limits.partBytesMax);
    const n = Math.ceil(layer.size / partSize);
    return Array.from({ length: n }, (_, i) => {
      const offset = i * partSize;
      return { offset, size: Math.min(partSize, layer.size - offset), nSent: 0, md5: null };
    });
  }

  /** Sends the part to the registry, which may answer that it wants it in its storage. */
  async #sendPart(location: URL, part: Part, failed: AbortSignal) {
    const { repository, limits, signal } = this.#order;
    using watchdog = new Watchdog(limits.stallMs, AbortSignal.any([signal, failed]));
    const ask = {
      method: "PATCH",
      headers: {
        ...this.#headers(part),
        "x-redirect-uploads": "1",
        "content-range": `${part.offset}-${part.offset + part.size - 1}`,
      },
      body: () => this.#bytes(part, watchdog),
      staysPut: true,
    };
    const { response, url } = await repository.ask(location, ask, watchdog.signal);
    if (!response.ok && response.status !== 307) throw await refusalOf(response);
    await response.body?.cancel();
    if (response.status === 307) {
      const storage = URL.parse(response.headers.get("location") ?? "", url.href);
      if (storage === null) throw new AppError("internal", "the registry redirects to nowhere");
      return { next: nextLocation(response, url), storage };
    }
    return { next: nextLocation(response, url), storage: null };
  }

  async #sendToStorage(storage: URL, part: Part, failed: AbortSignal): Promise<void> {
    const { repository, limits, signal } = this.#order;
    const ending = AbortSignal.any([signal, failed]);
    const attempt = async () => {
      using watchdog = new Watchdog(limits.stallMs, ending);
      const headers = this.#headers(part);
      const body = () => this.#bytes(part, watchdog);
      const ask = { method: "PUT", headers, body, staysPut: true };
      const { response } = await repository.ask(storage, ask, watchdog.signal);
      await response.body?.cancel();
      if (!response.ok) throw new Error(`its storage answers ${response.status}`);
    };
    await persistently(attempt, () => 0, limits, ending);
  }

  async #finish(location: URL): Promise<void> {
    const { layer, repository, signal } = this.#order;
    const all = createHash("md5");
    for (const { md5 } of this.#parts) all.update(md5 ?? "");
    const url = new URL(location);
    url.searchParams.append("digest", layer.digest);
    url.searchParams.append("etag", `${all.digest("hex")}-${this.#parts.length}`);
    const headers = { "content-type": "application/octet-stream", "content-length": "0" };
    // Registries read all of it once more before they answer.
    const ask = { method: "PUT", headers, staysPut: true, isPatient: true };
    await repository.askFor(url, ask, signal);
  }

  #headers({ size }: Part): Record<string, string> {
    return { "content-type": "application/octet-stream", "content-length": String(size) };
  }

  /** @param watchdog watches over what is sent, but not over what the registry does with it */
  async *#bytes(part: Part, watchdog: Watchdog): AsyncGenerator<Uint8Array> {
    const md5 = createHash("md5");
    part.nSent = 0;
    let nLeft = part.size;
    const { offset: start, size } = part;
    for await (const bytes of createReadStream(this.#order.path, {
      start,
      end: start + size - 1,
    })) {
      md5.update(bytes);
      nLeft -= bytes.length;
      // Now: whoever has all bytes that were announced may not ask for more.
      if (nLeft === 0) part.md5 = md5.digest();
      yield bytes;
      part.nSent += bytes.length;
      watchdog.feed();
    }
    watchdog[Symbol.dispose]();
  }
}

/**
 * Where to go on: a server that is not the registry is not given its token.
 * @throws AppError internal when that would be sent without the protection that it has here
 */
function nextLocation(response: Response, from: URL): URL {
  const { headers } = response;
  const header = headers.get("docker-upload-location") ?? headers.get("location") ?? "";
  const url = header === "" ? null : URL.parse(header, from.href);
  if (url === null) throw new AppError("internal", "the registry does not say where to send to");
  if (from.protocol === "https:" && url.protocol !== "https:") {
    throw new AppError("internal", `the registry sends uploads to ${url.protocol}//${url.host}`);
  }
  return url;
}
