import { AppError } from "../core/errors.ts";
import type { Profile } from "../core/server.ts";
import { envelopeOf } from "./envelopes.ts";
import { errorResponse } from "./errors.ts";

type Handler = (request: Request) => Response | Promise<Response>;

interface Route {
  method: string;
  /** Parts that begin with a colon stand for anything, and `*` at the end for any rest. */
  path: string;
}

/**
 * Answers 405, and which methods there are, where `next` has nothing for this one but something for
 * others. llama-server has 404 for that, too.
 */
export function knowingMethods(routes: readonly Route[], profile: Profile, next: Handler): Handler {
  if (profile !== "hutch") return next;
  return async (request) => {
    const response = await next(request);
    if (response.status !== 404) return response;
    const methods = methodsOf(new URL(request.url).pathname, routes);
    // Without other methods there is no such path; with this one, what it asked for is not there.
    if (methods.size === 0 || methods.has(request.method)) return response;
    const allow = [...methods].sort().join(", ");
    const error = new AppError("wrong_method", `method not allowed; this path takes ${allow}`);
    const refusal = errorResponse(error, envelopeOf(request, profile));
    refusal.headers.set("allow", allow);
    return refusal;
  };
}

/** What takes every method is there to say what is not. */
function methodsOf(path: string, routes: readonly Route[]): Set<string> {
  const own = routes.filter((route) => route.method !== "ALL" && fits(path, route.path));
  const methods = new Set(own.map(({ method }) => method));
  if (methods.has("GET")) methods.add("HEAD");
  return methods;
}

function fits(path: string, pattern: string): boolean {
  const [parts, wanted] = [path.split("/"), pattern.split("/")];
  const hasRest = wanted.at(-1) === "*" && parts.length >= wanted.length;
  const isAlike = (part: string, i: number) =>
    part.startsWith(":") || part === parts[i] || (hasRest && i === wanted.length - 1);
  return (hasRest || parts.length === wanted.length) && wanted.every(isAlike);
}
