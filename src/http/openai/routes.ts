import { Elysia } from "elysia";
import type { Supervisor } from "../../supervisor/supervisor.ts";
import { checkBody } from "../body.ts";
import { answers } from "../docs/answers.ts";
import { toAppError } from "../errors.ts";
import { collect, Generation } from "../generation.ts";
import { sse } from "../sse.ts";
import { toGenerateRequest } from "./request.ts";
import { toChatCompletion, toChunks, toErrorBody, toHead, toModelCard } from "./response.ts";
import {
  ChatCompletion,
  ChatCompletionChunk,
  ChatCompletionRequest,
  ModelCard,
  ModelList,
  OpenAiError,
} from "./schema.ts";

/** OpenAI's API. */
export function openai(supervisor: Supervisor, version: string) {
  const chat = ({ body, request }: { body: ChatCompletionRequest; request: Request }) => {
    const generation = new Generation(supervisor, body.model, toGenerateRequest(body));
    const head = toHead(generation.model, generation.createdAt, version);
    if (!body.stream) {
      const answer = collect(generation.events(request.signal));
      return answer.then((whole) => toChatCompletion(whole, head));
    }
    const includeUsage = body.stream_options?.include_usage ?? false;
    const open = (signal: AbortSignal) => toChunks(generation.events(signal), head, includeUsage);
    return sse({ open, signal: request.signal, toErrorBody }, "[DONE]");
  };
  const modelCard = (name: string) => toModelCard(supervisor.catalog.find(name));

  return (
    new Elysia({ name: "openai" })
      .onError(({ error }) => {
        const e = toAppError(error);
        return Response.json(toErrorBody(e), { status: e.status });
      })
      .post("/v1/chat/completions", chat, chatHook("Chat completion"))
      .post("/chat/completions", chat, chatHook("Chat completion (llama-server's alias)"))
      .get(
        "/v1/models",
        () => ({ object: "list" as const, data: supervisor.catalog.models.map(toModelCard) }),
        {
          response: ModelList,
          detail: {
            tags: ["OpenAI"],
            summary: "List models",
            description: "The models this server can load; the first one is the default.",
            responses: answers({ "application/json": ModelList }, OpenAiError, [500]),
          },
        },
      )
      .get("/v1/models/:model", ({ params }) => modelCard(params.model), {
        response: ModelCard,
        detail: {
          tags: ["OpenAI"],
          summary: "Retrieve a model",
          description: "The model's name may contain slashes.",
          responses: answers({ "application/json": ModelCard }, OpenAiError, [404, 500]),
        },
      })
      // The same for names with slashes, which only a wildcard matches.
      .get("/v1/models/*", ({ params }) => modelCard(decoded(params["*"])), {
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

function chatHook(summary: string) {
  return {
    parse: "json" as const,
    transform: checkBody(ChatCompletionRequest),
    body: ChatCompletionRequest,
    response: ChatCompletion,
    detail: {
      tags: ["OpenAI"],
      summary,
      description:
        "Answers a conversation, in one piece or as a stream of server-sent events that ends " +
        'with `data: [DONE]`. An error after the first event comes as `data: {"error": …}`, ' +
        "and then there is no `[DONE]`. null means the same as an absent field.",
      responses: answers(
        { "application/json": ChatCompletion, "text/event-stream": ChatCompletionChunk },
        OpenAiError,
        [400, 404, 500, 503],
      ),
    },
  };
}
