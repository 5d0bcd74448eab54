import { readFileSync } from "node:fs";
import { fileVersion } from "../core/file-version.ts";
import type { HttpSettings } from "../core/server.ts";

type Files = NonNullable<HttpSettings["tls"]>;
type Server = Bun.Server<undefined>;

/** A key and its certificate (or chain), PEM. */
export interface KeyPair {
  key: string;
  cert: string;
}

/** Where the server's operator reads what becomes of renewed certificates. */
export interface RenewalLog {
  info(text: string): void;
  warning(text: string): void;
}

/** How often the files are looked at, milliseconds. */
const lookMs = 10_000;
/** Time for the last bytes of answers to leave, milliseconds. */
const flushMs = 500;

/**
 * One server after the other at the same place, each with the certificate of its time: Bun cannot
 * give a running one another. When the files have changed, the port is closed and opened again in
 * the same turn of the event loop. Answers that are on their way go on to their end in the old
 * server; its idle connections are closed. Files that are no pair change nothing.
 */
export class RenewedServer {
  readonly #start: (pair: KeyPair | null, port?: number) => Server;
  readonly #files: Files | null;
  readonly #log: RenewalLog | null;
  readonly #port: number | undefined;
  readonly #timer: NodeJS.Timeout | null;
  readonly #ending = new Set<Server>();
  #version: string;
  #pair: KeyPair | null;
  #now: Server;
  /** Where it listens. */
  readonly origin: string;

  /**
   * @param start listens, at a port that was found before if there is one
   * @throws what `start` does, and Error for files that cannot be read
   */
  constructor(
    start: (pair: KeyPair | null, port?: number) => Server,
    files: Files | null,
    log: RenewalLog | null,
  ) {
    this.#start = start;
    this.#files = files;
    this.#log = log;
    this.#version = this.#look();
    this.#pair = files && readPair(files);
    this.#now = start(this.#pair);
    this.#port = this.#now.port;
    const { origin, href } = this.#now.url;
    this.origin = origin === "null" ? href : origin; // a socket has none
    this.#timer = files && setInterval(() => this.refresh(), lookMs).unref();
  }

  /** Looks at the files, and takes another pair if they have one now. */
  refresh(): void {
    const version = this.#look();
    if (this.#files === null || version === this.#version) return;
    this.#version = version;
    const { keyPath, certPath } = this.#files;
    try {
      const pair = readPair(this.#files);
      if (Bun.deepEquals(pair, this.#pair)) return;
      tryOut(pair);
      this.#replaceWith(pair);
    } catch (error) {
      const kept = "the certificate from before is kept";
      this.#log?.warning(
        `${keyPath} and ${certPath} are no key and certificate: ${error}; ${kept}`,
      );
    }
  }

  /** Closes the port, and every connection once it has sent what it has; soon in any case. */
  async stop(): Promise<void> {
    if (this.#timer) clearInterval(this.#timer);
    const all = [this.#now, ...this.#ending];
    const ended = Promise.all(all.map((server) => server.stop()));
    await Promise.race([ended, Bun.sleep(flushMs)]);
    await Promise.all(all.map((server) => server.stop(true)));
  }

  #replaceWith(pair: KeyPair): void {
    const before = this.#now;
    this.#ending.add(before);
    void before.stop().finally(() => this.#ending.delete(before));
    try {
      this.#now = this.#start(pair, this.#port);
      this.#pair = pair;
      this.#log?.info(`new connections to ${this.origin} get the renewed certificate`);
    } catch (error) {
      this.#version = ""; // so that the next look is another try
      const again = `tried again in ${lookMs / 1000} s`;
      this.#log?.warning(`${this.origin} could not be opened again: ${error}; ${again}`);
    }
  }

  #look(): string {
    const { keyPath = "", certPath = "" } = this.#files ?? {};
    return `${fileVersion(keyPath)} ${fileVersion(certPath)}`;
  }
}

function readPair({ keyPath, certPath }: Files): KeyPair {
  return { key: readFileSync(keyPath, "utf8"), cert: readFileSync(certPath, "utf8") };
}

/** @throws Error when the two do not belong together, or are none */
function tryOut(tls: KeyPair): void {
  const fetch = () => new Response();
  void Bun.serve({ hostname: "127.0.0.1", port: 0, tls, fetch }).stop(true);
}
