import { errorResponse } from "./errors.ts";
import type { Gateway } from "./gateway.ts";
import { isPagePart } from "./page-parts.ts";
import { currentRecord } from "./request-record.ts";

type Handler = (request: Request) => Response | Promise<Response>;

/**
 * llama-server refuses everything while its model loads, even what does not need it; only pages
 * and the status are let through. Other profiles wait where they need the model.
 */
export function whenLoaded(gateway: Gateway, next: Handler): Handler {
  if (gateway.settings.profile !== "llama-server") return next;
  return (request) => {
    const { illness } = gateway;
    const { pathname: path } = new URL(request.url);
    if (!illness || isPagePart(path) || path === "/status") return next(request);
    currentRecord()?.failed(illness);
    return errorResponse(illness);
  };
}
