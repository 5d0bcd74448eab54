import { randomBytes } from "node:crypto";
import { AppError } from "../../core/errors.ts";
import type { Reach } from "../../core/network/checked-fetch.ts";
import { sha256 } from "../blobs.ts";
import { fetchRedirected } from "../redirects.ts";
import { boundedText } from "./answer.ts";
import type { RegistryKey } from "./key.ts";

/** How a registry asks for a token, in a `WWW-Authenticate` header. */
export interface Challenge {
  /** Where tokens are given out. */
  realm: URL;
  service: string;
  /** One or more, apart by spaces. */
  scope: string;
}

/**
 * @param registry where the header came from. Whoever it is must give out its tokens itself: else
 * it could have one made for another registry, and be sent it.
 * @throws AppError unauthorized
 */
export function parseChallenge(header: string | null, registry: URL): Challenge {
  const { realm = "", service = "", scope = "" } = parametersOf(header ?? "");
  const url = URL.parse(realm);
  if (url === null && /^basic\b/i.test(header ?? "")) {
    const why = `${registry.host} wants a user name and a password, which cannot be given here`;
    throw new AppError("unauthorized", why);
  }
  if (url === null) throw new AppError("unauthorized", "unauthorized: access denied");
  if (url.host !== registry.host) {
    const why = `realm host "${url.host}" does not match original host "${registry.host}"`;
    throw new AppError("unauthorized", why);
  }
  if (url.protocol !== "https:" && url.protocol !== registry.protocol) {
    throw new AppError("unauthorized", `${registry.host} gives out its tokens by ${url.protocol}`);
  }
  return { realm: url, service, scope };
}

function parametersOf(header: string): Record<string, string> {
  const pairs = header.matchAll(/(\w+)=(?:"([^"]*)"|([^\s",]+))/g);
  return Object.fromEntries([...pairs].map(([, name, quoted, bare]) => [name, quoted ?? bare]));
}

/** A token is a few hundred bytes long. */
const answerBytesMax = 100_000;

/** Fetches a token in Ollama's way: the request is signed. @throws AppError unauthorized */
export async function fetchToken(
  { realm, service, scope }: Challenge,
  key: RegistryKey,
  { reach, headers, ...more }: TokenRequest,
): Promise<string> {
  const url = new URL(realm);
  url.searchParams.append("service", service);
  for (const part of scope.split(" ")) url.searchParams.append("scope", part);
  url.searchParams.append("ts", String(Math.floor(Date.now() / 1000)));
  url.searchParams.append("nonce", randomBytes(16).toString("base64url"));
  const authorization = key.authorization(`GET,${url.href},${emptyBodyHash}`);
  const sending = { ...more, reach: () => reach, headers, authorization, staysPut: true };
  const { response } = await fetchRedirected(url, sending);
  const token = response.ok ? tokenIn(await boundedText(response, answerBytesMax)) : null;
  if (token !== null) return token;
  const why = `${url.host} gives out no token (status ${response.status})`;
  const advice = `the key that it must know is ssh-ed25519 ${key.publicKey}`;
  throw new AppError("unauthorized", `unauthorized: access denied: ${why}; ${advice}`);
}

export interface TokenRequest {
  trustsAnybody: boolean;
  reach: Reach;
  headers: Record<string, string>;
  signal: AbortSignal;
}

const emptyBodyHash = Buffer.from(sha256("").slice("sha256:".length)).toString("base64");

function tokenIn(text: string): string | null {
  try {
    const { token, access_token } = JSON.parse(text);
    const given = token ?? access_token;
    // What could end the header would be written after it.
    return typeof given === "string" && /^[\x21-\x7e]+$/.test(given) ? given : null;
  } catch {
    return null;
  }
}
