import { Type } from "@sinclair/typebox";
import { Elysia } from "elysia";
import { AnthropicModel, isForAnthropic, toAnthropicModel } from "../anthropic-models.ts";
import { permitted } from "../caller.ts";
import { answers } from "../docs/answers.ts";
import { OpenAiError } from "../error-schema.ts";
import type { Gateway } from "../gateway.ts";
import { ModelCard, toModelCard } from "../model-card.ts";
import { object } from "../wire.ts";

/** One model of those that GET /v1/models lists. */
export function models(gateway: Gateway) {
  const { followsOpenAi, supervisor } = gateway;
  const card = (name: string, { headers }: Request) => {
    const model = permitted(name, () => supervisor.catalog.find(name));
    if (followsOpenAi && isForAnthropic(headers)) return toAnthropicModel(gateway, model);
    return toModelCard(gateway, model);
  };
  return (
    new Elysia({ name: "openai-models" })
      .get("/v1/models/:model", ({ params, request }) => card(params.model, request), {
        params: object({ model: Type.String({ example: "tiny" }) }),
        response: Type.Union([ModelCard, AnthropicModel]),
        detail: {
          tags: ["OpenAI"],
          summary: "Retrieve a model",
          description:
            "The model's name may contain slashes. Requests with the header anthropic-version " +
            "get Anthropic's form.",
          responses: answers({ "application/json": ModelCard }, OpenAiError, [404, 500]),
        },
      })
      // The same for names with slashes, which only a wildcard matches.
      .get("/v1/models/*", ({ params, request }) => card(decoded(params["*"]), request), {
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
