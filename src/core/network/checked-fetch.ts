import { lookup as lookUp } from "node:dns/promises";
import { isIP } from "node:net";
import { AppError } from "../errors.ts";
import { untilAborted } from "../until-aborted.ts";
import { zoneOf } from "./zones.ts";

/** How far a request that a client causes may go: "private" is everywhere but forbidden zones. */
export type Reach = "public" | "private";

/** All addresses of a name. */
export type Lookup = (hostname: string) => Promise<string[]>;

export interface CheckedInit extends BunFetchRequestInit {
  signal: AbortSignal;
}

/** A host is where no request may go. Does not tell its address, which may be a secret. */
export class ReachError extends AppError {
  constructor(hostname: string, reach: Reach) {
    const never = "at a link-local, metadata, multicast or reserved address";
    const where = reach === "public" ? "not at a public address" : never;
    super("forbidden", `${hostname} is ${where}, so it is not asked`);
  }
}

/**
 * Fetches from addresses that were checked, and from no other that the name may have a moment
 * later; the certificate must still be the name's. Redirects are not followed; no proxy is used,
 * which would look the name up by itself.
 * @throws ReachError when any of the name's addresses is out of reach
 */
export async function checkedFetch(
  url: URL,
  init: CheckedInit,
  reach: Reach,
  lookup: Lookup = addressesOf,
): Promise<Response> {
  const hostname = url.hostname.replace(/^\[(.*)\]$/, "$1");
  const isName = isIP(hostname) === 0;
  const addresses = isName ? await untilAborted(lookup(hostname), init.signal) : [hostname];
  if (!addresses.every((address) => isWithin(reach, address))) {
    throw new ReachError(hostname, reach);
  }
  const headers = new Headers(init.headers);
  headers.set("host", url.host);
  const tls = { ...init.tls, ...(isName && { serverName: hostname.replace(/\.$/, "") }) };
  // A connection that is kept would be found by its address, whatever name it was made for.
  const fixed = { redirect: "manual", keepalive: false, proxy: false } as const;
  return await firstToAnswer(addresses, (address) =>
    fetch(at(url, address), { ...init, ...fixed, headers, tls }),
  );
}

/** @throws ReachError for a URL that names an address out of reach; names are not looked up */
export function checkLiteral({ hostname }: URL, reach: Reach): void {
  const bare = hostname.replace(/^\[(.*)\]$/, "$1");
  const isLiteral = isIP(bare) !== 0;
  if (isLiteral && !isWithin(reach, bare)) throw new ReachError(bare, reach);
}

function isWithin(reach: Reach, address: string): boolean {
  const zone = zoneOf(address);
  return zone === "public" || (zone === "private" && reach === "private");
}

/** IPv4 first: a machine without IPv6 may have names with it. */
async function addressesOf(hostname: string): Promise<string[]> {
  const found = await lookUp(hostname, { all: true });
  return found.sort((a, b) => a.family - b.family).map(({ address }) => address);
}

/** `url`, with an address in its host's place. */
function at(url: URL, address: string): URL {
  const target = new URL(url);
  target.hostname = isIP(address) === 6 ? `[${address}]` : address;
  return target;
}

const unreachable = new Set(["ECONNREFUSED", "EHOSTUNREACH", "ENETUNREACH", "EADDRNOTAVAIL"]);

async function firstToAnswer(
  addresses: readonly string[],
  ask: (address: string) => Promise<Response>,
): Promise<Response> {
  const [address = "", ...others] = addresses;
  try {
    return await ask(address);
  } catch (error) {
    const isDown = error instanceof Error && "code" in error && unreachable.has(String(error.code));
    if (isDown && others.length > 0) return await firstToAnswer(others, ask);
    throw error;
  }
}
