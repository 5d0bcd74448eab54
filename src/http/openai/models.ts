import { Elysia } from "elysia";
import { answers } from "../docs/answers.ts";
import { OpenAiError } from "../error-schema.ts";
import type { Gateway } from "../gateway.ts";
import { ModelCard, toModelCard } from "../model-card.ts";

/** One model of those that GET /v1/models lists. */
export function models(gateway: Gateway) {
  const card = (name: string) => toModelCard(gateway, gateway.supervisor.catalog.find(name));
  return (
    new Elysia({ name: "openai-models" })
      .get("/v1/models/:model", ({ params }) => card(params.model), {
        response: ModelCard,
        detail: {
          tags: ["OpenAI"],
          summary: "Retrieve a model",
          description: "The model's name may contain slashes.",
          responses: answers({ "application/json": ModelCard }, OpenAiError, [404, 500]),
        },
      })
      // The same for names with slashes, which only a wildcard matches.
      .get("/v1/models/*", ({ params }) => card(decoded(params["*"])), {
        detail: { hide: true },
      })
  );
}

/** Elysia decodes parameters, but not what a wildcard matched. */
function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path; // a stray "%": no model has such a name, and the 404 shows it as it came
  }
}
