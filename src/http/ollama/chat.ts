import { Elysia } from "elysia";
import type { Model } from "../../models/catalog.ts";
import type { Wish } from "../../supervisor/supervisor.ts";
import { checkBody } from "../body.ts";
import { answers } from "../docs/answers.ts";
import type { Gateway } from "../gateway.ts";
import { collect, Generation } from "../generation.ts";
import { ndjson } from "../ndjson.ts";
import { toWish } from "../ollama-options.ts";
import { toGenerateRequest } from "./request.ts";
import { toChatResponse, toErrorBody, toLines, toLoaded } from "./response.ts";
import { ChatRequest, ChatResponse, OllamaError } from "./schema.ts";

/** POST /api/chat. */
export function chat(gateway: Gateway) {
  const { supervisor } = gateway;
  const answer = ({ body, request }: { body: ChatRequest; request: Request }) => {
    const model = gateway.model(body.model, request.url);
    const wish = toWish(body);
    const generation = new Generation(gateway, model, toGenerateRequest(body), wish);
    const name = body.model || model.name;
    if (!body.messages?.length) {
      return load(model, request.signal, wish).then((what) => toLoaded(name, what));
    }
    if (body.stream === false) {
      const whole = collect(generation.events(request.signal));
      return whole.then((answer) => toChatResponse(answer, name, generation));
    }
    const open = (signal: AbortSignal) => toLines(generation.events(signal), name, generation);
    return ndjson({ open, signal: request.signal, toErrorBody });
  };

  /** A model that is to go is not loaded for that. */
  const load = async (model: Model, signal: AbortSignal, wish: Wish) => {
    const leaves = wish.keepAliveMs === 0;
    const isLoaded = supervisor.status(model).state === "ready";
    if (isLoaded || !leaves) (await supervisor.acquire(model.name, signal, wish))[Symbol.dispose]();
    return leaves ? "unload" : "load";
  };

  return new Elysia().post("/api/chat", answer, hook);
}

const hook = {
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
