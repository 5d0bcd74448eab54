/** A file as the mock hub has it. */
export interface MockFile {
  bytes: Uint8Array;
  /** What the hub says of it; default: the truth. */
  size?: number;
  sha256?: string;
  /** Not in git's large file storage: the hub knows no SHA-256. */
  isSmall?: boolean;
}

export const commit = "0123456789abcdef0123456789abcdef01234567";

/** Bytes that look like nothing, but are the same every time. */
export function someBytes(nBytes: number, seed = 1): Uint8Array {
  let state = seed;
  return Uint8Array.from({ length: nBytes }, () => {
    state = (state * 1103515245 + 12345) & 0x7fffffff;
    return state >> 16;
  });
}

export const sha256Of = (bytes: Uint8Array) =>
  new Bun.CryptoHasher("sha256").update(bytes).digest("hex");

const file = (path: string, { bytes, size, sha256, isSmall }: MockFile) => ({
  type: "file",
  path,
  size: size ?? bytes.length,
  oid: "f".repeat(40),
  ...(isSmall ? {} : { lfs: { oid: sha256 ?? sha256Of(bytes), size: size ?? bytes.length } }),
});

type Repos = Record<string, Record<string, MockFile>>;
type Answer = Response | undefined;
type Interception = (request: Request, path: string) => Answer | Promise<Answer>;

/** A hub on this machine; `intercept` answers in its place where it wants to. */
export class MockHub implements Disposable {
  readonly repos: Repos;
  /** Paths of what was asked for, with the Range header behind them. */
  readonly requests: string[] = [];
  readonly tokens: (string | null)[] = [];
  intercept: Interception = () => undefined;
  readonly #server;

  constructor(repos: Repos) {
    this.repos = repos;
    this.#server = Bun.serve({
      hostname: "127.0.0.1",
      port: 0,
      fetch: (request) => this.#answer(request),
    });
  }

  get endpoint(): string {
    return `${this.#server.url.origin}/`;
  }

  [Symbol.dispose](): void {
    void this.#server.stop(true);
  }

  async #answer(request: Request): Promise<Response> {
    const path = decodeURIComponent(new URL(request.url).pathname);
    const range = request.headers.get("range");
    const asked = request.method === "GET" ? path : `${request.method} ${path}`;
    this.requests.push(range === null ? asked : `${asked} ${range}`);
    this.tokens.push(request.headers.get("authorization"));
    const intercepted = await this.intercept(request, path);
    if (intercepted) return intercepted;
    const [, repo = "", rest = ""] = /^\/(?:api\/models\/)?([^/]+\/[^/]+)\/(.*)$/.exec(path) ?? [];
    const files = this.repos[repo];
    if (!files) return new Response("{}", { status: 404 });
    if (rest === "refs") {
      return Response.json({ branches: [{ name: "main", targetCommit: commit }] });
    }
    if (rest === `tree/${commit}`) {
      return Response.json(Object.entries(files).map(([name, content]) => file(name, content)));
    }
    const content = files[rest.slice(`resolve/${commit}/`.length)];
    if (!content) return new Response("", { status: 404 });
    return this.#send(content.bytes, range);
  }

  #send(bytes: Uint8Array, range: string | null): Response {
    const start = Number(/^bytes=(\d+)-$/.exec(range ?? "")?.[1] ?? 0);
    if (start >= bytes.length && start > 0) return new Response("", { status: 416 });
    return new Response(bytes.slice(start), {
      status: range === null ? 200 : 206,
      headers: { etag: `"${sha256Of(bytes).slice(0, 8)}"` },
    });
  }
}

/** An answer that claims `nBytes` more than it has, then breaks off. */
export function brokenOff(bytes: Uint8Array, nBytesClaimed: number): Response {
  const body = new ReadableStream({
    async start(controller) {
      controller.enqueue(bytes);
      await Bun.sleep(20); // the bytes must have left before the connection does
      controller.close();
    },
  });
  return new Response(body, { headers: { "content-length": String(nBytesClaimed) } });
}
