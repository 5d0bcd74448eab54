import { Elysia, NotFoundError } from "elysia";
import { checkBody } from "../body.ts";
import { answers } from "../docs/answers.ts";
import { toAppError } from "../errors.ts";
import type { Gateway } from "../gateway.ts";
import { collect, Generation } from "../generation.ts";
import { ndjson } from "../ndjson.ts";
import { toGenerateRequest } from "./request.ts";
import { toChatResponse, toErrorBody, toLines, toLoaded } from "./response.ts";
import { ChatRequest, ChatResponse, OllamaError, Version } from "./schema.ts";

/** Ollama's API. */
export function ollama(gateway: Gateway) {
  const { supervisor, version } = gateway;
  const chat = ({ body, request }: { body: ChatRequest; request: Request }) => {
    const model = gateway.model(body.model, request.url);
    const generation = new Generation(gateway, model, toGenerateRequest(body));
    const name = body.model || generation.model.name;
    if (!body.messages?.length) return load(body.model, request.signal).then(() => toLoaded(name));
    if (body.stream === false) {
      const answer = collect(generation.events(request.signal));
      return answer.then((whole) => toChatResponse(whole, name, generation));
    }
    const open = (signal: AbortSignal) => toLines(generation.events(signal), name, generation);
    return ndjson({ open, signal: request.signal, toErrorBody });
  };

  const load = async (model: string | undefined, signal: AbortSignal) => {
    (await supervisor.acquire(model, signal))[Symbol.dispose]();
  };

  return new Elysia({ name: "ollama", prefix: "/api" })
    .onError(({ error }) => {
      const e = toAppError(error);
      return Response.json(toErrorBody(e), { status: e.status });
    })
    .post("/chat", chat, chatHook)
    .get("/version", () => ({ version }), {
      response: Version,
      detail: {
        tags: ["Ollama"],
        summary: "Version",
        description: "The version of Hutch.",
        responses: answers({ "application/json": Version }, OllamaError, [500]),
      },
    })
    .all("/*", unknownPath, { detail: { hide: true } });
}

/** Clients of this dialect expect its own envelope for a path that is not there, too. */
function unknownPath(): never {
  throw new NotFoundError();
}

const chatHook = {
  parse: "json" as const,
  transform: checkBody(ChatRequest),
  body: ChatRequest,
  response: ChatResponse,
  detail: {
    tags: ["Ollama"],
    summary: "Chat",
    description:
      "Answers a conversation, by default as a stream of JSON lines. An error after the first " +
      'line comes as a line `{"error": …}`, and then none has `done: true`.',
    responses: answers(
      { "application/json": ChatResponse, "application/x-ndjson": ChatResponse },
      OllamaError,
      [400, 404, 500, 503],
    ),
  },
};
