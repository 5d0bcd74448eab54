import { timingSafeEqual } from "node:crypto";
import { AppError } from "../../core/errors.ts";
import type { HttpSettings } from "../../core/server.ts";
import { envelopeOf } from "../envelopes.ts";
import { errorResponse } from "../errors.ts";
import type { Gate } from "./gate.ts";

/** Lets in who has one of the keys, or everybody when there are none. */
export function keyGate({ apiKeys, profile }: Pick<HttpSettings, "apiKeys" | "profile">): Gate {
  const digests = apiKeys.map(digest);
  return (request, next) => {
    const isOpen = isPublic(new URL(request.url).pathname) || hasKey(request.headers, digests);
    if (isOpen) return next(request);
    const refusal = new AppError("unauthorized", "Invalid API Key");
    return errorResponse(refusal, envelopeOf(request, profile));
  };
}

const publicPaths = new Set(["/", "/health", "/healthz", "/v1/health", "/swagger"]);

/** The API explorer loads its parts from below its own path; they tell nothing about models. */
const isPublic = (path: string) => publicPaths.has(path) || path.startsWith("/swagger/");

/**
 * Whether the Authorization ("Bearer " or not), else the X-Api-Key, has one of these digests. Takes
 * as long for a wrong key as for a right one.
 */
function hasKey(headers: Headers, keys: readonly Uint8Array[]): boolean {
  if (keys.length === 0) return true;
  const sent = headers.get("authorization") || headers.get("x-api-key") || "";
  const given = digest(sent.replace(/^Bearer /i, ""));
  let found = false;
  for (const key of keys) found = timingSafeEqual(given, key) || found;
  return found;
}

/** Hashes have one length, which timingSafeEqual needs and which tells nothing about the key. */
const digest = (text: string) => new Bun.CryptoHasher("sha256").update(text).digest();
