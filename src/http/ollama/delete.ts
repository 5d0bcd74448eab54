import { Elysia } from "elysia";
import { requireName } from "../../models/name.ts";
import { answers } from "../docs/answers.ts";
import type { Gateway } from "../gateway.ts";
import { bodyHook } from "./body.ts";
import { DeleteRequest } from "./model-schema.ts";
import { notStored } from "./not-stored.ts";
import { OllamaError } from "./schema.ts";

/** DELETE /api/delete. */
export function remove(gateway: Gateway) {
  const answer = async ({ body }: { body: DeleteRequest }) => {
    const { store, supervisor } = gateway;
    const asked = body.model || body.name || "";
    const name = requireName(asked);
    const model = supervisor.catalog.lookUp(asked);
    if (model?.stored) await supervisor.unload(model.name).catch(() => {}); // it may not run
    if (!(await store.remove(name))) throw notStored(gateway, asked, `model '${asked}' not found`);
    await supervisor.curator.reload();
    return new Response();
  };
  return new Elysia().delete("/api/delete", answer, {
    ...bodyHook(DeleteRequest, gateway),
    detail: {
      tags: ["Ollama"],
      summary: "Delete a model",
      description:
        "Removes a model from the store, with those of its files that no other model needs. If " +
        "it is loaded, it is unloaded first. The answer has no body.",
      responses: answers({}, OllamaError, [400, 404, 500]),
    },
  });
}
