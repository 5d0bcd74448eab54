import type { HttpSettings } from "../../core/server.ts";
import { noSuchPath } from "../envelopes.ts";
import type { Gate } from "./gate.ts";

/** Moves everything below `prefix` ("" or "/x"): what stands behind sees paths without it. */
export function prefixGate({
  apiPrefix: prefix,
  profile,
}: Pick<HttpSettings, "apiPrefix" | "profile">): Gate {
  if (prefix === "") return (request, next) => next(request);
  return (request, next) => {
    const url = new URL(request.url);
    // The page's links are relative to its folder.
    if (url.pathname === prefix) return moved(`${prefix}/`);
    if (!url.pathname.startsWith(`${prefix}/`)) return noSuchPath(request, profile);
    url.pathname = url.pathname.slice(prefix.length);
    return next(new Request(url.href, request));
  };
}

const moved = (location: string) => new Response(null, { status: 308, headers: { location } });
