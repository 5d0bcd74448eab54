import { Type } from "@sinclair/typebox";
import { Elysia } from "elysia";
import { AppError } from "../../core/errors.ts";
import type { Supervisor } from "../../supervisor/supervisor.ts";
import { checkBody } from "../body.ts";
import { answers } from "../docs/answers.ts";
import { toAppError } from "../errors.ts";
import { collect, Generation } from "../generation.ts";
import { sse } from "../sse.ts";
import { toGenerateRequest } from "./request.ts";
import { toCompletion, toErrorBody, toIllness, toPieces } from "./response.ts";
import {
  Completion,
  CompletionPiece,
  CompletionRequest,
  Health,
  LlamaServerError,
} from "./schema.ts";

/** llama-server's own API. */
export function llamacpp(supervisor: Supervisor) {
  const complete = ({ body, request }: { body: CompletionRequest; request: Request }) => {
    const generation = new Generation(supervisor, body.model, toGenerateRequest(body));
    const { name } = generation.model;
    if (!body.stream) {
      const answer = collect(generation.events(request.signal));
      return answer.then((whole) => toCompletion(whole, name));
    }
    const open = (signal: AbortSignal) => toPieces(generation.events(signal), name);
    return sse({ open, signal: request.signal, toErrorBody });
  };

  let wasReady = false;
  const health = () => {
    const status = supervisor.status(supervisor.catalog.default);
    wasReady ||= status.state === "ready";
    const illness = toIllness(status, wasReady);
    if (illness !== null) throw new AppError("loading", illness);
    return { status: "ok" as const };
  };

  return new Elysia({ name: "llamacpp" })
    .onError(({ error }) => {
      const e = toAppError(error);
      return Response.json(toErrorBody(e), { status: e.status });
    })
    .post("/completion", complete, completionHook("Text completion"))
    .post("/completions", complete, completionHook("Text completion (alias)"))
    .get("/health", health, healthHook("Health"))
    .get("/v1/health", health, healthHook("Health (alias)"));
}

function completionHook(summary: string) {
  return {
    parse: "json" as const,
    transform: checkBody(CompletionRequest),
    body: CompletionRequest,
    response: Completion,
    detail: {
      tags: ["llama.cpp"],
      summary,
      description:
        "Continues a text. A stream of server-sent events ends with the one that has " +
        "`stop: true`, and has no `[DONE]`. null means the same as an absent field.",
      responses: answers(
        {
          "application/json": Completion,
          "text/event-stream": Type.Union([CompletionPiece, Completion]),
        },
        LlamaServerError,
        [400, 404, 500, 503],
      ),
    },
  };
}

function healthHook(summary: string) {
  return {
    response: Health,
    detail: {
      tags: ["llama.cpp"],
      summary,
      description: "200 when the default model is loaded; 503 while it loads or when it could not.",
      responses: answers({ "application/json": Health }, LlamaServerError, [503]),
    },
  };
}
