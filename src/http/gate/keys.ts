import { timingSafeEqual } from "node:crypto";
import { AppError } from "../../core/errors.ts";
import { errorResponse } from "../errors.ts";
import type { Gate } from "./gate.ts";

/** Lets in who has one of `keys`, or everybody when there are none. */
export function keyGate(keys: readonly string[]): Gate {
  const digests = keys.map(digest);
  return (request, next) => {
    const isOpen = isPublic(new URL(request.url).pathname) || hasKey(request.headers, digests);
    return isOpen ? next(request) : errorResponse(new AppError("unauthorized", "Invalid API Key"));
  };
}

const publicPaths = new Set(["/", "/health", "/v1/health", "/swagger"]);

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
