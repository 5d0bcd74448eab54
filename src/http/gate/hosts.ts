import { isIP } from "node:net";
import { hostname, networkInterfaces } from "node:os";
import { AppError } from "../../core/errors.ts";
import { isLocalOnly, isLoopback } from "../../core/network/listening.ts";
import type { HttpSettings } from "../../core/server.ts";
import { envelopeOf } from "../envelopes.ts";
import { errorResponse } from "../errors.ts";
import { matches } from "../wildcard.ts";
import type { Gate } from "./gate.ts";

type HostSettings = Pick<HttpSettings, "profile" | "hostnames" | "allowedHosts" | "apiPrefix">;

/**
 * Refuses requests under names that are not this machine's, nor allowed: a web page whose name was
 * made to lead to 127.0.0.1 must not speak with the server. As Ollama does it, only where nobody
 * else can reach the server, unless names were allowed: then everywhere.
 */
export function hostGate({ profile, hostnames, allowedHosts, apiPrefix }: HostSettings): Gate {
  const isGuarded = allowedHosts !== null || (profile === "hutch" && isLocalOnly(hostnames));
  const isAllowed = (host: string) => (allowedHosts ?? []).some((name) => matches(host, name));
  if (!isGuarded) return (request, next) => next(request);
  return (request, next) => {
    const { hostname: host } = new URL(request.url);
    if (isOwn(host) || isAllowed(host)) return next(request);
    const hint = "--allowed-hosts (HUTCH_ALLOWED_HOSTS) adds names";
    const error = new AppError("forbidden", `"${host}" is no name of this server; ${hint}`);
    return errorResponse(error, envelopeOf(request, profile, apiPrefix));
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
