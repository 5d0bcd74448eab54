import { AppError } from "../../core/errors.ts";
import { errorResponse } from "../errors.ts";
import type { Gate } from "./gate.ts";

/** Moves everything below `prefix` ("" or "/x"): what stands behind sees paths without it. */
export function prefixGate(prefix: string): Gate {
  if (prefix === "") return (request, next) => next(request);
  return (request, next) => {
    const url = new URL(request.url);
    // The page's links are relative to its folder.
    if (url.pathname === prefix) return moved(`${prefix}/`);
    if (!url.pathname.startsWith(`${prefix}/`)) return noSuchPath();
    url.pathname = url.pathname.slice(prefix.length);
    return next(new Request(url.href, request));
  };
}

const moved = (location: string) => new Response(null, { status: 308, headers: { location } });

/** llama-server's answer to a path that it does not know. */
export const noSuchPath = () => errorResponse(new AppError("not_found", "File Not Found"));
