import { Elysia } from "elysia";
import { AppError } from "../../core/errors.ts";
import { checkBody } from "../body.ts";
import { mediaLoader } from "../chat-media.ts";
import { answers } from "../docs/answers.ts";
import { toAppError } from "../errors.ts";
import type { Gateway } from "../gateway.ts";
import { collect, Generation } from "../generation.ts";
import { sse } from "../sse.ts";
import { toGenerateRequest, toPrompt } from "./request.ts";
import { toAnswer, toErrorBody } from "./response.ts";
import {
  AnthropicAnswer,
  AnthropicError,
  CountTokensRequest,
  MessageStreamEvent,
  MessagesRequest,
  TokenCount,
} from "./schema.ts";
import { toStreamEvents } from "./stream.ts";

/** Anthropic's Messages API. */
export function anthropic(gateway: Gateway) {
  const prepare = async (body: MessagesRequest, { url, signal }: Request) => {
    checkMessages(gateway, body);
    const model = gateway.model(body.model, url);
    const request = await toGenerateRequest(body, mediaLoader(gateway, model, signal));
    return new Generation(gateway, model, request);
  };
  const answer = async (generation: Generation, signal: AbortSignal) =>
    toAnswer(await collect(generation.events(signal)), generation);
  const stream = (generation: Generation, signal: AbortSignal, pingSeconds: number) => {
    const open = (until: AbortSignal) => toStreamEvents(generation, until);
    return sse({ open, signal, toErrorBody }, { pingSeconds, nameOf: typeOf });
  };
  const messages = ({ body, request }: { body: MessagesRequest; request: Request }) => {
    const { signal } = request;
    const generation = prepare(body, request);
    if (!body.stream) return generation.then((it) => answer(it, signal));
    const pingSeconds = body.sse_ping_interval ?? gateway.settings.ssePingSeconds;
    return generation.then((it) => stream(it, signal, pingSeconds));
  };

  const count = async ({ body, request }: { body: CountTokensRequest; request: Request }) => {
    checkMessages(gateway, body);
    const { signal } = request;
    const model = gateway.model(body.model, request.url);
    const prompt = await toPrompt(body, mediaLoader(gateway, model, signal));
    const { nTokens } = await gateway.ask(model, "countTokens", { prompt }, signal);
    return { input_tokens: nTokens };
  };

  return new Elysia({ name: "anthropic" })
    .onError(({ error }) => {
      const e = toAppError(error);
      return Response.json(toErrorBody(e), { status: e.status });
    })
    .post("/v1/messages", messages, messagesHook)
    .post("/v1/messages/count_tokens", count, countHook);
}

/** An event's line `event:` repeats its type, and an error's too. */
const typeOf = (event: { type?: unknown }) => String(event.type);

/** llama-server takes a conversation without messages. */
function checkMessages({ settings }: Gateway, { messages }: CountTokensRequest): void {
  if (messages.length > 0 || settings.profile !== "hutch") return;
  throw new AppError("invalid_request", "`messages` must not be empty", { param: "messages" });
}

const messagesHook = {
  parse: "json" as const,
  transform: checkBody(MessagesRequest),
  body: MessagesRequest,
  response: AnthropicAnswer,
  detail: {
    tags: ["Anthropic"],
    summary: "Message",
    description:
      "Answers a conversation, in one piece or as a stream of server-sent events, from " +
      "message_start to message_stop. An error after the first event comes as `event: error`. " +
      "Thinking has an empty signature.",
    responses: answers(
      { "application/json": AnthropicAnswer, "text/event-stream": MessageStreamEvent },
      AnthropicError,
      [400, 404, 500, 503],
    ),
  },
};

const countHook = {
  parse: "json" as const,
  transform: checkBody(CountTokensRequest),
  body: CountTokensRequest,
  response: TokenCount,
  detail: {
    tags: ["Anthropic"],
    summary: "Count the tokens of a message",
    description: "How many tokens the conversation is to the model, its chat template included.",
    responses: answers({ "application/json": TokenCount }, AnthropicError, [400, 404, 500, 503]),
  },
};
