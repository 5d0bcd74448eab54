import { isIP } from "node:net";
import { hostname, networkInterfaces } from "node:os";
import { isLoopback } from "../../core/exposure.ts";
import type { HttpSettings } from "../../core/server.ts";
import type { Gate } from "./gate.ts";

/**
 * Refuses requests under names that are not this machine's, where only this machine can be reached:
 * a web page whose name was made to lead to 127.0.0.1 must not speak with the server. As Ollama
 * does it.
 */
export function hostGate({
  profile,
  hostnames,
}: Pick<HttpSettings, "profile" | "hostnames">): Gate {
  const isGuarded = profile === "hutch" && hostnames.every(isLoopback);
  if (!isGuarded) return (request, next) => next(request);
  return (request, next) => {
    const { hostname: host } = new URL(request.url);
    return isOwn(host) ? next(request) : new Response(null, { status: 403 });
  };
}

/** 10.…, 172.16.… to 172.31.…, 192.168.…, fc00::/7: addresses that no name server gives out. */
const privateAddress = /^(10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.|f[cd][\da-f]{2}:)/i;
const ownSuffix = /\.(localhost|local|internal)$/i;

function isOwn(host: string): boolean {
  const bare = host.replace(/^\[(.*)\]$/, "$1");
  if (isIP(bare) === 0) {
    return bare === "localhost" || bare === hostname().toLowerCase() || ownSuffix.test(bare);
  }
  const isKnown = isLoopback(bare) || bare === "0.0.0.0" || bare === "::";
  return isKnown || privateAddress.test(bare) || ownAddresses().has(bare);
}

function ownAddresses(): Set<string> {
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  return new Set(all.map(({ address }) => address));
}
