import { errorResponse } from "./errors.ts";
import type { Gateway } from "./gateway.ts";
import { currentRecord } from "./request-record.ts";

type Handler = (request: Request) => Response | Promise<Response>;

/**
 * llama-server refuses everything while its model loads, even what does not need it; only pages are
 * let through. Other profiles wait where they need the model.
 */
export function whenLoaded(gateway: Gateway, next: Handler): Handler {
  if (gateway.settings.profile !== "llama-server") return next;
  return (request) => {
    const { illness } = gateway;
    const isPage = new URL(request.url).pathname.startsWith("/swagger");
    if (!illness || isPage) return next(request);
    currentRecord()?.failed(illness);
    return errorResponse(illness);
  };
}
