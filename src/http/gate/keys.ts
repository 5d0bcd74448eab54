import { AppError } from "../../core/errors.ts";
import type { HttpSettings } from "../../core/server.ts";
import { runAs } from "../caller.ts";
import { envelopeOf } from "../envelopes.ts";
import { errorResponse } from "../errors.ts";
import { isPagePart } from "../page-parts.ts";
import { currentRecord } from "../request-record.ts";
import type { Gate } from "./gate.ts";
import type { Keyring } from "./keyring.ts";
import { isManagement } from "./management.ts";

/** Lets in who has one of the keys, or everybody when there are none. */
export function keyGate(keyring: Keyring, { profile }: Pick<HttpSettings, "profile">): Gate {
  return (request, next) => {
    const { pathname: path } = new URL(request.url);
    if (keyring.isOpen || isPublic(path)) return next(request);
    const key = keyOf(request.headers);
    const caller = keyring.find(key);
    if (!caller) {
      keyring.counters.unauthorized.inc();
      const hint = key === "" && profile === "hutch" ? missing : "Invalid API Key";
      const response = refusal(new AppError("unauthorized", hint), request, profile);
      response.headers.set("www-authenticate", "Bearer");
      return response;
    }
    const record = currentRecord();
    if (record) record.keyName = caller.key.name;
    try {
      caller.enter();
      if (isManagement(request.method, path)) caller.checkManages();
    } catch (error) {
      return refusal(error, request, profile);
    }
    return runAs(caller, () => next(request));
  };
}

const missing =
  "this server wants an API key, as `Authorization: Bearer KEY` or as `x-api-key: KEY`";

const publicPaths = new Set(["/", "/health", "/healthz", "/ready", "/v1/health"]);

/** Whether a path needs no key. */
export const isPublic = (path: string) => publicPaths.has(path) || isPagePart(path);

/** Authorization ("Bearer " or not), else X-Api-Key; "": there is none. */
const keyOf = (headers: Headers) =>
  (headers.get("authorization") || headers.get("x-api-key") || "").replace(/^Bearer\s*/i, "");

const refusal = (error: unknown, request: Request, profile: HttpSettings["profile"]) =>
  errorResponse(error, envelopeOf(request, profile));
