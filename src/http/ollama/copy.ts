import { Elysia } from "elysia";
import { AppError } from "../../core/errors.ts";
import { type ModelName, parseName } from "../../models/name.ts";
import { answers } from "../docs/answers.ts";
import type { Gateway } from "../gateway.ts";
import { bodyHook } from "./body.ts";
import { CopyRequest } from "./model-schema.ts";
import { notStored } from "./not-stored.ts";
import { OllamaError } from "./schema.ts";

/** POST /api/copy. */
export function copy(gateway: Gateway) {
  const answer = async ({ body: { source, destination } }: { body: CopyRequest }) => {
    const { store, supervisor } = gateway;
    const from = nameIn("source", source);
    const to = nameIn("destination", destination);
    if (!(await store.copy(from, to))) {
      throw notStored(gateway, source, `model ${JSON.stringify(source)} not found`);
    }
    await supervisor.curator.reload();
    return new Response();
  };
  return new Elysia().post("/api/copy", answer, {
    ...bodyHook(CopyRequest, gateway),
    detail: {
      tags: ["Ollama"],
      summary: "Copy a model",
      description: "Gives a model of the store a second name. It takes no room. No body.",
      responses: answers({}, OllamaError, [400, 404, 500]),
    },
  });
}

function nameIn(param: keyof CopyRequest, text: string): ModelName {
  const name = parseName(text);
  if (name) return name;
  const problem = `${param} ${JSON.stringify(text.slice(0, 200))} is invalid`;
  throw new AppError("invalid_request", problem, { param });
}
