import { AppError } from "../../core/errors.ts";
import type { CorsSettings, HttpSettings, Profile } from "../../core/server.ts";
import { envelopeOf } from "../envelopes.ts";
import { errorResponse } from "../errors.ts";
import { matches } from "../wildcard.ts";
import type { Gate } from "./gate.ts";

type PageSettings = Pick<HttpSettings, "cors" | "profile" | "apiPrefix">;

/**
 * Lets pages of other origins read answers, errors and streams too. Stands outside of the keys: a
 * browser's preflight is answered here, since it brings none. As with Ollama, requests of pages
 * that may not read the answer are refused: some change things without being read.
 */
export function corsGate({ cors, profile, apiPrefix }: PageSettings): Gate {
  const mayAsk = (origin: string, url: string) =>
    profile !== "hutch" || isAllowed(origin, cors.origins) || isSame(origin, url);
  return async (request, next) => {
    const origin = request.headers.get("origin");
    if (origin && !mayAsk(origin, request.url)) {
      return errorResponse(refusal(origin), envelopeOf(request, profile, apiPrefix));
    }
    const response =
      request.method === "OPTIONS" ? preflight(request, cors, profile) : await next(request);
    addCorsHeaders(response.headers, origin, cors);
    return response;
  };
}

function refusal(origin: string): AppError {
  const hint = "--cors-origins (HUTCH_ORIGINS, OLLAMA_ORIGINS) lets them";
  return new AppError("forbidden", `pages of ${origin} may not use this server; ${hint}`);
}

/** "*" is no leave for `Authorization`, so that pages with a key would be refused by browsers. */
function preflight(request: Request, cors: CorsSettings, profile: Profile): Response {
  const asked = request.headers.get("access-control-request-headers");
  const takesAll = cors.headers === "*" && profile === "hutch";
  const headers = {
    "access-control-allow-methods": cors.methods,
    "access-control-allow-headers": (takesAll && asked) || cors.headers,
  };
  return new Response("", { headers });
}

/**
 * Browsers take no list of origins, so one that is allowed is sent back; only without credentials
 * may everybody be "*".
 */
function addCorsHeaders(headers: Headers, origin: string | null, cors: CorsSettings): void {
  headers.append("vary", "Origin");
  headers.set("access-control-allow-credentials", String(cors.credentials));
  const { origins } = cors;
  if (origins === "*" && !cors.credentials) headers.set("access-control-allow-origin", "*");
  else if (origin !== null && origin !== "" && isAllowed(origin, origins)) {
    headers.set("access-control-allow-origin", origin);
  }
}

/** It is a page of this server's own, behind a proxy that speaks HTTPS perhaps. */
const isSame = (origin: string, url: string) =>
  URL.parse(origin)?.host === new URL(url).host && /^https?:/.test(origin);

function isAllowed(origin: string, origins: CorsSettings["origins"]): boolean {
  if (origins === "*") return true;
  const list = origins === "localhost" ? [origins] : origins;
  return list.some((allowed) =>
    allowed === "localhost" ? isLocal(origin) : matches(origin, allowed),
  );
}

const localHosts = new Set(["localhost", "127.0.0.1", "[::1]"]);

function isLocal(origin: string): boolean {
  const url = URL.parse(origin);
  return url !== null && /^https?:$/.test(url.protocol) && localHosts.has(url.hostname);
}
