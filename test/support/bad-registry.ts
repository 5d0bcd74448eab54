import { createHash, createPublicKey, verify } from "node:crypto";

export const sha256 = (content: Uint8Array | string) =>
  `sha256:${createHash("sha256").update(content).digest("hex")}`;

/** Bytes that look like nothing, but are the same every time. */
export function someBytes(nBytes: number, seed = 1): Uint8Array {
  let state = seed;
  return Uint8Array.from({ length: nBytes }, () => {
    state = (state * 1103515245 + 12345) & 0x7fffffff;
    return state >> 16;
  });
}

/** A request as the registry saw it. */
export interface Seen {
  method: string;
  /** With its query. */
  path: string;
  range: string | null;
  authorization: string | null;
  userAgent: string | null;
}

type Answer = Response | undefined;
export type Interception = (
  request: Request,
  url: URL,
  registry: BadRegistry,
) => Answer | Promise<Answer>;

const manifestType = "application/vnd.docker.distribution.manifest.v2+json";

/**
 * A registry on this machine that does as it is told: well, unless `intercept` answers in its
 * place. It keeps everything in memory.
 */
export class BadRegistry implements Disposable {
  readonly blobs = new Map<string, Uint8Array>();
  /** By `namespace/model/tag`. */
  readonly manifests = new Map<string, string>();
  readonly seen: Seen[] = [];
  /** Bytes of blobs that left. */
  nBytesSent = 0;
  intercept: Interception = () => undefined;
  /** Set: uploads are sent to a storage, which is another server. */
  storage: BadRegistry | null = null;
  /** What came by PUT, by path: as a storage sees it. */
  readonly stored = new Map<string, Uint8Array>();
  readonly #uploads = new Map<string, Uint8Array[]>();
  readonly #server;
  #nUploads = 0;

  constructor({ tls, port = 0 }: { tls?: { key: string; cert: string }; port?: number } = {}) {
    this.#server = Bun.serve({
      hostname: "127.0.0.1",
      port,
      idleTimeout: 0,
      ...(tls && { tls }),
      fetch: (request) => this.#answer(request),
    });
  }

  /** As it stands in names of models. */
  get host(): string {
    return this.#server.url.host;
  }

  get origin(): string {
    return this.#server.url.origin;
  }

  [Symbol.dispose](): void {
    void this.#server.stop(true);
  }

  /** Puts a blob where it can be pulled from. */
  put(content: Uint8Array | string): { digest: string; size: number } {
    const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
    const digest = sha256(bytes);
    this.blobs.set(digest, bytes);
    return { digest, size: bytes.length };
  }

  /**
   * Puts a model where it can be pulled from.
   * @param path `namespace/model/tag`
   * @param change what its manifest has otherwise
   */
  publish(path: string, contents: (Uint8Array | string)[], change: object = {}) {
    const image = "application/vnd.ollama.image.model";
    const layers = contents.map((content) => ({ mediaType: image, ...this.put(content) }));
    const config = {
      mediaType: "application/vnd.docker.container.image.v1+json",
      ...this.put(JSON.stringify({ model_format: "gguf", model_family: path })),
    };
    // Not as we would write it: it must be kept as it is.
    const manifest = { schemaVersion: 2, mediaType: manifestType, config, layers, ...change };
    const text = JSON.stringify(manifest, null, 3);
    this.manifests.set(path, text);
    return { layers, config, text, digest: sha256(text) };
  }

  /** How often a path that contains `part` was asked for. */
  count(method: string, part: string): number {
    return this.seen.filter((seen) => seen.method === method && seen.path.includes(part)).length;
  }

  async #answer(request: Request): Promise<Response> {
    const url = new URL(request.url);
    this.seen.push({
      method: request.method,
      path: url.pathname + url.search,
      range: request.headers.get("range"),
      authorization: request.headers.get("authorization"),
      userAgent: request.headers.get("user-agent"),
    });
    return (await this.intercept(request, url, this)) ?? (await this.serve(request, url));
  }

  /** What a registry that means well answers. */
  async serve(request: Request, url: URL): Promise<Response> {
    const [, repository = "", kind = "", reference = ""] =
      /^\/v2\/(.+)\/(manifests|blobs)\/(.*)$/.exec(decodeURIComponent(url.pathname)) ?? [];
    if (kind === "manifests") return await this.#manifest(request, `${repository}/${reference}`);
    if (reference.startsWith("uploads/")) return await this.#upload(request, url, repository);
    if (kind === "blobs") return this.#blob(request, reference);
    if (request.method !== "PUT") return new Response("{}", { status: 404 });
    this.stored.set(url.pathname, await request.bytes());
    return new Response("");
  }

  async #manifest(request: Request, path: string): Promise<Response> {
    if (request.method === "PUT") {
      this.manifests.set(path, await request.text());
      return new Response("", { status: 201 });
    }
    const text = this.manifests.get(path);
    if (text === undefined) return new Response("{}", { status: 404 });
    return new Response(text, { headers: { "content-type": manifestType } });
  }

  #blob(request: Request, digest: string): Response {
    const bytes = this.blobs.get(digest);
    if (!bytes) return new Response("{}", { status: 404 });
    if (request.method === "HEAD") {
      return new Response(null, { headers: { "content-length": String(bytes.length) } });
    }
    return this.send(bytes, request.headers.get("range"));
  }

  /** The bytes, or the part of them that `range` asks for. */
  send(bytes: Uint8Array, range: string | null): Response {
    const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(range ?? "") ?? [];
    if (from === undefined || to === undefined) {
      this.nBytesSent += bytes.length;
      return new Response(bytes);
    }
    const part = bytes.slice(Number(from), Number(to) + 1);
    this.nBytesSent += part.length;
    const headers = { "content-range": `bytes ${from}-${to}/${bytes.length}` };
    return new Response(part, { status: 206, headers });
  }

  async #upload(request: Request, url: URL, repository: string): Promise<Response> {
    const at = `/v2/${repository}/blobs/uploads/`;
    const mounted = url.searchParams.get("mount");
    if (request.method === "POST") {
      if (mounted !== null && this.blobs.has(mounted)) return new Response("", { status: 201 });
      const location = `${at}${this.#nUploads++}`;
      this.#uploads.set(location, []);
      return new Response("", { status: 202, headers: { location } });
    }
    const chunks = this.#uploads.get(url.pathname);
    if (!chunks) return new Response("no such upload", { status: 404 });
    if (request.method === "PATCH") {
      const headers = { "docker-upload-location": url.pathname, location: url.pathname };
      if (this.storage) {
        headers.location = `${this.storage.origin}/part?${request.headers.get("content-range")}`;
        return new Response(null, { status: 307, headers });
      }
      chunks.push(await request.bytes());
      return new Response("", { status: 202, headers });
    }
    const bytes = Buffer.concat(chunks);
    const digest = url.searchParams.get("digest") ?? "";
    if (!this.storage && sha256(bytes) !== digest) return new Response("digest", { status: 400 });
    this.blobs.set(digest, bytes);
    return new Response("", { status: 201 });
  }
}

/** An answer that claims `nBytesClaimed`, sends what it has, and breaks off. */
export function brokenOff(
  bytes: Uint8Array,
  nBytesClaimed: number,
  init: { status?: number; headers?: Record<string, string> } = {},
): Response {
  const body = new ReadableStream({
    async start(controller) {
      controller.enqueue(bytes);
      await Bun.sleep(20); // the bytes must have left before the connection does
      controller.close();
    },
  });
  const headers = { ...init.headers, "content-length": String(nBytesClaimed) };
  return new Response(body, { ...init, headers });
}

/** An answer that sends these bytes, without saying how many, and then nothing for ever. */
export function stalled(bytes: Uint8Array, init: ResponseInit = {}): Response {
  const body = new ReadableStream({
    start: (controller) => controller.enqueue(bytes),
  });
  return new Response(body, init);
}

/** An answer of unknown length. */
export function chunked(chunks: Uint8Array[], init: ResponseInit = {}): Response {
  const body = new ReadableStream({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(chunk);
      controller.close();
    },
  });
  return new Response(body, init);
}

/**
 * Wants a token for everything, and gives one out to whoever signs for it with `publicKey` (the
 * base64 of a `.pub` file).
 * @returns the interception; it answers what is allowed with `allowed`
 */
export function wantsToken(
  publicKey: () => string,
  {
    token = "secret-token",
    allowed = () => undefined,
  }: { token?: string; allowed?: Interception } = {},
): Interception {
  return (request, url, registry) => {
    if (url.pathname === "/token") {
      const isSigned = isSignedBy(publicKey(), request);
      return isSigned ? Response.json({ token }) : new Response("no", { status: 401 });
    }
    if (request.headers.get("authorization") === `Bearer ${token}`) {
      return allowed(request, url, registry);
    }
    const scope = "repository:a/b:pull,push repository:c:pull";
    const realm = `Bearer realm="${registry.origin}/token?x=1",service="reg",scope="${scope}"`;
    return new Response("{}", { status: 401, headers: { "www-authenticate": realm } });
  };
}

/** Whether the request for a token is signed as Ollama does. */
function isSignedBy(publicKey: string, request: Request): boolean {
  const [key, signature = ""] = (request.headers.get("authorization") ?? "").split(":");
  if (key !== publicKey) return false;
  const emptyHash = createHash("sha256").update("").digest("hex");
  const text = `GET,${request.url},${Buffer.from(emptyHash).toString("base64")}`;
  const raw = Buffer.from(key, "base64").subarray(-32);
  const jwk = { kty: "OKP", crv: "Ed25519", x: raw.toString("base64url") };
  const parsed = createPublicKey({ key: jwk, format: "jwk" });
  return verify(null, Buffer.from(text), parsed, Buffer.from(signature, "base64"));
}
