import { Type } from "@sinclair/typebox";
import type { Lease } from "../../supervisor/supervisor.ts";
import type { Gateway } from "../gateway.ts";
import { type OptionFields, toWish } from "../ollama-options.ts";
import { toNs } from "./lines.ts";
import { modelFor } from "./lookup.ts";

/** What every answer that is no text begins with. */
export const askedFields = {
  model: Type.String({ description: "The name as the request has it." }),
  total_duration: Type.Integer({ description: "Nanoseconds in all." }),
  load_duration: Type.Integer({ description: "Waiting for the model, nanoseconds." }),
};

/**
 * What `ask` gets from the engine that a body means, with what it took.
 * @param missing how the route says that there is no such model
 * @throws AppError
 */
export async function asking<Answer extends object>(
  gateway: Gateway,
  body: OptionFields & { model?: string },
  { url, signal }: Request,
  ask: (lease: Lease) => Promise<Answer>,
  missing?: (name: string) => string,
) {
  const startedAt = performance.now();
  const model = modelFor(gateway, body.model, url, missing);
  let loadMs = 0;
  const answer = await gateway.withLease(model, signal, toWish(body), (lease) => {
    loadMs = performance.now() - startedAt;
    return ask(lease);
  });
  return {
    model: body.model || model.name,
    ...answer,
    total_duration: toNs(performance.now() - startedAt),
    load_duration: toNs(loadMs),
  };
}
