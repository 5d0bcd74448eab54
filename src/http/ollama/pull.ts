import { Elysia } from "elysia";
import { type ModelName, requireName } from "../../models/name.ts";
import type { Progress } from "../../models/progress.ts";
import { pull as pullModel } from "../../models/registry/pull.ts";
import { checkBody } from "../body.ts";
import { answers } from "../docs/answers.ts";
import type { Gateway } from "../gateway.ts";
import { ProgressResponse, reported } from "./progress.ts";
import { OllamaError } from "./schema.ts";
import { PullRequest } from "./transfer-schema.ts";

/** POST /api/pull. */
export function pull(gateway: Gateway) {
  const { supervisor } = gateway;

  /** The catalog knows the model before the client hears that it is there. */
  async function* steps(
    name: ModelName,
    insecure: boolean,
    signal: AbortSignal,
  ): AsyncGenerator<Progress> {
    const { registry, store } = gateway;
    for await (const step of pullModel(registry, store, name, { insecure, signal })) {
      if (step.status === "success") await supervisor.curator.reload();
      yield step;
    }
  }

  const answer = ({ body, request }: { body: PullRequest; request: Request }) => {
    const name = requireName(body.model || body.name || "");
    const work = (signal: AbortSignal) => steps(name, body.insecure ?? false, signal);
    return reported(work, { streams: body.stream !== false, signal: request.signal });
  };

  return new Elysia().post("/api/pull", answer, hook);
}

const hook = {
  parse: "json" as const,
  transform: checkBody(PullRequest),
  body: PullRequest,
  detail: {
    tags: ["Ollama"],
    summary: "Pull a model",
    description:
      "Fetches a model from its registry, by default with a line for each step. Pulls of one " +
      "model share the download, and what was interrupted is resumed. An error after the first " +
      'line comes as a line `{"error": …}`.',
    responses: answers(
      { "application/x-ndjson": ProgressResponse, "application/json": ProgressResponse },
      OllamaError,
      [400, 403, 404, 500],
    ),
  },
};
