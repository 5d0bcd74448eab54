import { lookup } from "node:dns/promises";
import { rmSync, statSync } from "node:fs";
import { type RequestLimits, requestLimits } from "../core/limits.ts";
import type { HttpSettings } from "../core/server.ts";
import { type BodyLimits, OpenRequests, readWithin, takenWithin } from "./patience.ts";
import { type KeyPair, type RenewalLog, RenewedServer } from "./renewed-server.ts";

/** How long a request may take to arrive, and a part of an answer to leave, seconds. */
const timeoutSecondsDefault = 3600;

/** What is served: Elysia's app, or anything else that answers requests. */
export interface Fetcher {
  fetch(request: Request): Response | Promise<Response>;
}

export interface Listening {
  /**
   * Such as `http://127.0.0.1:11434`, with the real port where 0 was asked for, or
   * `unix:///run/hutch.sock`.
   */
  url: string;
  /** It is the second port, that of --nitro-port. */
  isNitros: boolean;
  /** Takes a renewed certificate, as it does by itself now and then. */
  refresh(): void;
  /** Closes the port, and every connection once it has sent what it has; soon in any case. */
  stop(): Promise<void>;
}

/** An address, with how to listen on it. */
export interface Address extends Partial<Pick<HttpSettings, "reusePort" | "tls">> {
  /** One that ends in `.sock` is a UNIX socket. */
  hostname: string;
  port: number;
  timeoutSeconds?: number;
  limits?: RequestLimits;
  /** Counts requests together with other addresses. */
  open?: OpenRequests;
  /** `::` leaves IPv4 to another address. */
  ipv6Only?: boolean;
  /** The port is that of --nitro-port. */
  isNitros?: boolean;
  /** Told of renewed certificates. */
  log?: RenewalLog;
}

/** The address cannot be had; the message says what to change. */
export class ListenError extends Error {
  override readonly name = "ListenError";
}

const isSocket = (hostname: string) => hostname.endsWith(".sock");

/** @throws ListenError */
export function listen(app: Fetcher, address: Address): Listening {
  const { hostname, isNitros = false, tls = null, log = null } = address;
  try {
    const start = (pair: KeyPair | null, port = address.port) =>
      serve(app, { ...address, port }, pair);
    const server = new RenewedServer(start, tls, log);
    const url = isSocket(hostname) ? `unix://${hostname}` : server.origin;
    return { url, isNitros, refresh: () => server.refresh(), stop: () => server.stop() };
  } catch (error) {
    throw new ListenError(reason(error, address), { cause: error });
  }
}

function serve(app: Fetcher, address: Address, tls: KeyPair | null): Bun.Server<undefined> {
  const { hostname, port, reusePort = false, ipv6Only = false } = address;
  const { timeoutSeconds = timeoutSecondsDefault, limits = requestLimits } = address;
  const { open = new OpenRequests(limits.nConnections) } = address;
  const bodyLimits: BodyLimits = { bytesMax: limits.bodyBytes, seconds: timeoutSeconds };
  const idleTimeout = limits.idleSeconds;
  const options = {
    ...(tls && { tls }),
    maxRequestBodySize: Number.MAX_SAFE_INTEGER, // Bun's own answer has no words
    development: false, // Bun's page about an error shows source code
    async fetch(request: Request, server: Bun.Server<undefined>) {
      const leave = open.enter(request);
      const hosted = withHost(request, isSocket(hostname));
      const read = leave ? await readWithin(hosted, bodyLimits) : open.refused(hosted);
      // Loading a model or reading a long prompt may take minutes in which nothing is sent. The
      // timeout is the connection's, so it must come back before the connection is reused. Until
      // here it ends bodies that stop coming, whose places others want.
      server.timeout(request, 0);
      const onEnd = () => {
        leave?.();
        server.timeout(request, idleTimeout);
      };
      const response = takenWithin(await app.fetch(read.request), timeoutSeconds, onEnd);
      if (!read.isWhole) response.headers.set("connection", "close"); // more of it may still come
      return response;
    },
  };
  if (isSocket(hostname)) return Bun.serve({ ...options, unix: hostname });
  return Bun.serve({ ...options, hostname, port, reusePort, ipv6Only, idleTimeout });
}

/** Elysia looks for the path from the 12th letter of an address on: behind `http://` and these. */
const hostLengthMin = 4;

/**
 * The request under an address that can be read, even if it names no host or a very short one. No
 * name leads to a socket: whatever a client calls it, it is this machine.
 */
function withHost(request: Request, isSocket: boolean): Request {
  const [, host = "", path = "/"] = /^(?:https?:\/\/([^/]*))?(.*)$/.exec(request.url) ?? [];
  const isReadable = host.length >= hostLengthMin && URL.canParse(request.url);
  if (isReadable && !isSocket) return request;
  return new Request(`http://localhost${path}`, request);
}

type Addresses = Pick<
  HttpSettings,
  "hostnames" | "port" | "nitroPort" | "reusePort" | "tls" | "timeoutSeconds" | "limits"
>;

/**
 * Listens on all addresses of the settings, or on none.
 * @param log is told of renewed certificates
 * @throws ListenError
 */
export async function listenAll(
  app: Fetcher,
  settings: Addresses,
  log?: RenewalLog,
): Promise<Listening[]> {
  const { hostnames, port, nitroPort, reusePort, tls, timeoutSeconds, limits } = settings;
  const open = new OpenRequests(limits.nConnections);
  const habits = { reusePort, tls, timeoutSeconds, limits, open, ...(log && { log }) };
  const hosts = hostnames.filter((hostname) => !isSocket(hostname));
  const places: Address[] = hostnames.map((hostname) => ({ hostname, port }));
  if (nitroPort !== null) {
    const problem = "--nitro-port needs an address in --host that is no socket";
    if (hosts.length === 0) throw new ListenError(problem);
    places.push(...hosts.map((hostname) => ({ hostname, port: nitroPort, isNitros: true })));
  }
  const ipv6Only = hosts.length > 1;
  const listening: Listening[] = [];
  try {
    for (const place of places) {
      if (isSocket(place.hostname)) await removeLeftover(place.hostname);
      else await resolve(place.hostname);
      listening.push(listen(app, { ...place, ...habits, ipv6Only }));
    }
    return listening;
  } catch (error) {
    await Promise.all(listening.map((one) => one.stop()));
    throw error;
  }
}

/** Bun would tell of a name that does not exist in words about files. @throws ListenError */
async function resolve(hostname: string): Promise<void> {
  try {
    await lookup(hostname);
  } catch (error) {
    throw new ListenError(`--host: ${hostname} is no address, nor a name of one`, { cause: error });
  }
}

/** Removes a socket that a server left behind when it was killed: one that nobody answers. */
async function removeLeftover(path: string): Promise<void> {
  if (!statSync(path, { throwIfNoEntry: false })?.isSocket()) return;
  try {
    const connection = await Bun.connect({ unix: path, socket: { data() {} } });
    connection.end();
  } catch {
    rmSync(path, { force: true });
  }
}

function reason(error: unknown, { hostname, port, tls, isNitros }: Address): string {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  const change = `choose another with ${isNitros ? "--nitro-port" : "--port or HUTCH_HOST"}`;
  const what = isSocket(hostname) ? `socket ${hostname}` : `port ${port} of ${hostname}`;
  if (code === "EADDRINUSE") return `${what} is already in use: ${change}`;
  if (code === "EACCES") return `${what} needs more rights: ${change}`;
  if (code === "EADDRNOTAVAIL") return `this machine has no address ${hostname}: ${change}`;
  if (tls && /OSSL|SSL|TLS|PEM|BORING/.test(code)) {
    return `${tls.keyPath} and ${tls.certPath} are no key and certificate: ${String(error)}`;
  }
  return `cannot listen on ${what}: ${String(error)}`;
}
