import { Elysia } from "elysia";
import { requireName } from "../../models/name.ts";
import { push as pushModel } from "../../models/registry/push.ts";
import { checkBody } from "../body.ts";
import { answers } from "../docs/answers.ts";
import type { Gateway } from "../gateway.ts";
import { ProgressResponse, reported } from "./progress.ts";
import { OllamaError } from "./schema.ts";
import { PushRequest } from "./transfer-schema.ts";

/** POST /api/push. */
export function push(gateway: Gateway) {
  const answer = ({ body, request }: { body: PushRequest; request: Request }) => {
    const name = requireName(body.model || body.name || "");
    const { insecure = false, stream = true } = body;
    const work = (signal: AbortSignal) =>
      pushModel(gateway.registry, gateway.store, name, { insecure, signal });
    return reported(work, { streams: stream, signal: request.signal });
  };
  return new Elysia().post("/api/push", answer, hook);
}

const hook = {
  parse: "json" as const,
  transform: checkBody(PushRequest),
  body: PushRequest,
  detail: {
    tags: ["Ollama"],
    summary: "Push a model",
    description:
      "Sends a model to the registry that its name has, by default with a line for each step. " +
      'An error after the first line comes as a line `{"error": …}`.',
    responses: answers(
      { "application/x-ndjson": ProgressResponse, "application/json": ProgressResponse },
      OllamaError,
      [400, 401, 403, 404, 500],
    ),
  },
};
