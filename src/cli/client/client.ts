import type { Environment } from "../../core/flags/given.ts";
import { splitList } from "../../core/flags/readers.ts";
import type { Progress } from "../../models/progress.ts";
import type { Address } from "./address.ts";

/** The server refused; the message is its own. */
export class ServerError extends Error {
  override name = "ServerError";
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

/** Nobody listens at the address. */
export class UnreachableError extends Error {
  override name = "UnreachableError";
}

/** An answer without an end line: longer than any of a server that is in its right mind. */
const lineLengthMax = 64 * 1024 * 1024;

interface Asked {
  method?: string;
  body?: string | ReadableStream<Uint8Array>;
  signal?: AbortSignal | undefined;
  headers?: Record<string, string>;
}

/**
 * Speaks Ollama's API to one server. The npm package `ollama` would not do: it prints to stdout
 * what it makes of errors, and knows neither blobs nor all the fields that we send.
 */
export class Client {
  constructor(
    readonly address: Address,
    readonly key: string | null,
  ) {
    bypassProxy(address.url);
  }

  /** Whether a server answers at all. @param timeoutMs how long one is waited for */
  async answers(timeoutMs = 5000): Promise<boolean> {
    try {
      await this.#fetch("/", { method: "HEAD", signal: AbortSignal.timeout(timeoutMs) });
      return true;
    } catch {
      return false;
    }
  }

  async get<T>(path: string, signal?: AbortSignal): Promise<T> {
    const response = await this.#ask(path, { signal });
    return (await response.json()) as T;
  }

  async post<T>(path: string, body: object, signal?: AbortSignal): Promise<T> {
    const response = await this.#ask(path, { ...json("POST", body), signal });
    return (await response.json()) as T;
  }

  /** For answers that have no body. */
  async send(method: string, path: string, body: object): Promise<void> {
    await (await this.#ask(path, json(method, body))).arrayBuffer();
  }

  /** @returns the status; nothing is thrown for one of failure */
  async head(path: string): Promise<number> {
    return (await this.#fetch(path, { method: "HEAD" })).status;
  }

  async upload(path: string, body: ReadableStream<Uint8Array>, nBytes: number): Promise<void> {
    const headers = { "content-length": String(nBytes) };
    await (await this.#ask(path, { method: "POST", body, headers })).arrayBuffer();
  }

  /** A stream of JSON lines. @throws ServerError, also for a line that tells of an error */
  async *lines<T>(path: string, body: object, signal?: AbortSignal): AsyncGenerator<T> {
    const response = await this.#ask(path, { ...json("POST", body), signal });
    for await (const line of this.#linesOf(response, signal)) {
      const value = JSON.parse(line) as T & { error?: unknown };
      if (value.error !== undefined) throw new ServerError(response.status, textOf(value.error));
      yield value as Awaited<T>;
    }
  }

  /** Long work, step by step. @throws ServerError also when it ends without success */
  async *steps(path: string, body: object, signal?: AbortSignal): AsyncGenerator<Progress> {
    let last = "";
    for await (const step of this.lines<Progress>(path, body, signal)) {
      last = step.status;
      yield step;
    }
    if (last !== "success") throw new ServerError(500, "the server stopped before it was done");
  }

  /** Long work, whose steps nobody watches. */
  async done(path: string, body: object): Promise<void> {
    await this.post(path, { ...body, stream: false });
  }

  async #ask(path: string, asked: Asked): Promise<Response> {
    const response = await this.#fetch(path, asked);
    if (!response.ok) throw new ServerError(response.status, await problemOf(response, this));
    return response;
  }

  async #fetch(path: string, { headers, signal, ...asked }: Asked): Promise<Response> {
    const { url, socket } = this.address;
    try {
      return await fetch(url + path, {
        ...asked,
        ...(signal ? { signal } : {}),
        ...(socket === undefined ? {} : { unix: socket }),
        headers: { ...headers, ...(this.key === null ? {} : authorization(this.key)) },
        timeout: false, // a model may take its time
      });
    } catch (error) {
      if (signal?.aborted) throw error;
      throw new UnreachableError(`${this.place} does not answer`, { cause: error });
    }
  }

  async *#linesOf(response: Response, signal?: AbortSignal): AsyncGenerator<string> {
    try {
      yield* linesOf(response);
    } catch (error) {
      if (signal?.aborted || error instanceof ServerError) throw error;
      const problem = `${this.place} broke off in the middle of its answer`;
      throw new UnreachableError(problem, { cause: error });
    }
  }

  /** As users know it. */
  get place(): string {
    const { url, socket } = this.address;
    return socket ?? url.replace(/^http:\/\//, "");
  }
}

/** The key that the environment has for a server. A server's own variable may list several. */
export function keyOf(env: Environment): string | null {
  return splitList(env.HUTCH_API_KEY || env.OLLAMA_API_KEY || "")[0] ?? null;
}

const authorization = (key: string) => ({ authorization: `Bearer ${key}` });

const json = (method: string, body: object): Asked => ({
  method,
  body: JSON.stringify(body),
  headers: { "content-type": "application/json" },
});

async function problemOf(response: Response, { key }: Client): Promise<string> {
  const text = await response.text();
  if (response.status === 401) {
    const hint = key === null ? "set HUTCH_API_KEY to one of its keys" : "it knows no such key";
    return `the server asks for an API key: ${hint}`;
  }
  try {
    const { error } = JSON.parse(text) as { error?: unknown };
    if (error !== undefined) return textOf(error);
  } catch {
    // a page of some proxy's
  }
  return text.trim().split("\n")[0]?.slice(0, 200) || `the server answers ${response.status}`;
}

/** Ollama's errors are texts, other servers' objects. */
function textOf(error: unknown): string {
  const { message } = (error ?? {}) as { message?: unknown };
  return String(message ?? (typeof error === "string" ? error : JSON.stringify(error)));
}

async function* linesOf(response: Response): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const bytes of response.body ?? []) {
    const parts = (rest + decoder.decode(bytes, { stream: true })).split("\n");
    rest = parts.pop() ?? "";
    if (rest.length > lineLengthMax) throw new ServerError(500, "the server's answer has no end");
    yield* parts.filter((part) => part.trim() !== "");
  }
  if (rest.trim() !== "") yield rest;
}

/** Proxies are for the world outside; Bun would ask them for this machine's addresses, too. */
function bypassProxy(url: string): void {
  const { hostname } = new URL(url);
  if (!/^(localhost|127\..*|\[::1\])$/.test(hostname)) return;
  for (const name of ["NO_PROXY", "no_proxy"]) {
    const named = splitList(process.env[name] || process.env.NO_PROXY || "");
    process.env[name] = [...new Set([...named, hostname])].join(",");
  }
}
