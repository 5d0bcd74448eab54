import { AppError } from "../core/errors.ts";
import type { Profile } from "../core/server.ts";
import { randomHex, toErrorBody as toAnthropicErrorBody } from "./anthropic/response.ts";
import { isForAnthropic } from "./anthropic-models.ts";
import { errorResponse, toErrorBody, toOpenAiErrorBody } from "./errors.ts";
import { toNitroError } from "./nitro/response.ts";
import { toErrorBody as toOllamaErrorBody } from "./ollama/response.ts";
import { toErrorBody as toSystemOneErrorBody } from "./systemone/response.ts";

/** How an error is told. */
export type Envelope = (error: AppError) => object;

/** The first row that fits a path tells whose it is. */
const owners: readonly (readonly [RegExp, Envelope])[] = [
  [/^\/v1\/messages(\/|$)/, (error) => toAnthropicErrorBody(error, `req_${randomHex()}`)],
  [/^\/v1\/systemone(\/|$)/, toSystemOneErrorBody],
  [/^\/v1\/health$/, toErrorBody],
  [/^\/(v1|chat\/completions|responses)(\/|$)/, toOpenAiErrorBody],
  [/^\/api\//, toOllamaErrorBody],
  [/^\/(inferences\/|healthz$)/, toNitroError],
];

const isModelPath = (path: string) => /^\/v1\/models(\/|$)/.test(path);

/**
 * The envelope of whoever's API a request is for, for what is answered before or beside the routes
 * of a dialect. As a drop-in, llama-server's for all.
 * @param prefix that the request's path still has before it
 */
export function envelopeOf({ url, headers }: Request, profile: Profile, prefix = ""): Envelope {
  if (profile !== "hutch") return toErrorBody;
  const whole = new URL(url).pathname;
  const pathname = whole.startsWith(`${prefix}/`) ? whole.slice(prefix.length) : whole;
  const path = isModelPath(pathname) && isForAnthropic(headers) ? "/v1/messages" : pathname;
  return owners.find(([pattern]) => pattern.test(path))?.[1] ?? toErrorBody;
}

/** Answers a request for what is not there. */
export function noSuchPath(request: Request, profile: Profile): Response {
  const { pathname } = new URL(request.url);
  const message =
    profile === "hutch" ? `there is no ${request.method} ${pathname} here` : "File Not Found";
  return errorResponse(new AppError("not_found", message), envelopeOf(request, profile));
}
