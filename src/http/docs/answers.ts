import type { TSchema } from "@sinclair/typebox";

const meaning: Record<number, string> = {
  400: "The request is wrong, or asks for what this server cannot do.",
  401: "The server wants an API key, and the request has none of its keys.",
  403: "The server's operator does not allow that: to this key, host or page, or to anybody.",
  404: "There is no such model.",
  408: "The body did not arrive in time.",
  409: "The model is loaded already, or none is, or it was unloaded meanwhile.",
  413: "The body is larger than the server takes (--max-body-size).",
  415: "The body has a Content-Encoding that the server cannot read.",
  429: "The API key has used up what it may use in a minute. `Retry-After` says when to ask again.",
  500: "The model could not be loaded, or its engine failed.",
  501: "A flag of the command line switches this on, or this model cannot do it.",
  503: "Too much is waiting, the server is shutting down, or the model is not loaded yet.",
};

/** The `responses` of a route: what a 200 looks like in each content type, and its errors. */
export function answers(ok: Record<string, TSchema>, error: TSchema, statuses: number[]) {
  const content = Object.entries(ok).map(([type, schema]) => [type, { schema }]);
  return {
    200: { description: "The answer.", content: Object.fromEntries(content) },
    ...Object.fromEntries(statuses.map((status) => [status, errorAnswer(status, error)])),
  };
}

/** How one error is documented. */
export function errorAnswer(status: number, schema: object, description?: string) {
  return {
    description: description ?? meaning[status] ?? "An error.",
    content: { "application/json": { schema } },
  };
}
