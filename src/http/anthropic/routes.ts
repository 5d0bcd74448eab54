import { Elysia } from "elysia";
import { AppError } from "../../core/errors.ts";
import { checkBody } from "../body.ts";
import { mediaLoader } from "../chat-media.ts";
import { answers } from "../docs/answers.ts";
import { errorResponse } from "../errors.ts";
import type { Gateway } from "../gateway.ts";
import { collect, Generation } from "../generation.ts";
import { namedSchema } from "../schema-errors.ts";
import { streamResponse } from "../streaming.ts";
import {
  AnthropicAnswer,
  AnthropicError,
  MessageStreamEvent,
  TokenCount,
} from "./answer-schema.ts";
import { schemaField, toGenerateRequest, toPrompt } from "./request.ts";
import { type Reply, randomHex, toAnswer, toErrorBody } from "./response.ts";
import { CountTokensRequest, MessagesRequest } from "./schema.ts";
import { framing, pingComment, pingEvent, toStreamEvents } from "./stream.ts";

/** What every handler is given; `set` is the head of its answer. */
interface Call<Body> {
  body: Body;
  request: Request;
  set: { headers: Record<string, string | number> };
}

/** Anthropic's Messages API. */
export function anthropic(gateway: Gateway) {
  const { settings } = gateway;
  const followsAnthropic = settings.profile === "hutch";
  const begin = ({ body, request, set }: Call<CountTokensRequest>) => {
    const requestId = newRequestId();
    set.headers[requestIdHeader] = requestId;
    if (followsAnthropic) checkMessages(body);
    const model = gateway.model(body.model, request.url);
    const load = mediaLoader(gateway, model, request.signal);
    return { requestId, model, translation: { load, followsAnthropic } };
  };
  const prepare = async (call: Call<MessagesRequest>): Promise<Reply> => {
    const { requestId, model, translation } = begin(call);
    const { body } = call;
    const generation = new Generation(gateway, model, await toGenerateRequest(body, translation));
    return { requestId, body, generation, followsAnthropic };
  };
  const answer = async (reply: Reply, signal: AbortSignal) =>
    toAnswer(await collect(reply.generation.events(signal, true)), reply);
  const stream = (reply: Reply, signal: AbortSignal) => {
    const open = (until: AbortSignal) => toStreamEvents(reply, until);
    const toError = (error: AppError) => toErrorBody(error, reply.requestId);
    const pingSeconds = reply.body.sse_ping_interval ?? settings.ssePingSeconds;
    const frames = framing(pingSeconds, followsAnthropic ? pingEvent : pingComment);
    return streamResponse({ open, signal, toErrorBody: toError }, frames);
  };
  const named = (body: CountTokensRequest) => (error: unknown) => {
    throw followsAnthropic ? namedSchema(error, schemaField(body)) : error;
  };
  const messages = (call: Call<MessagesRequest>) => {
    const { signal } = call.request;
    const reply = prepare(call);
    const fail = named(call.body);
    if (!call.body.stream) return reply.then((it) => answer(it, signal)).catch(fail);
    return reply.then((it) => stream(it, signal)).catch(fail);
  };

  const count = async (call: Call<CountTokensRequest>) => {
    const { model, translation } = begin(call);
    const prompt = await toPrompt(call.body, translation);
    const { signal } = call.request;
    const counted = gateway.ask(model, "countTokens", { prompt }, signal);
    const { nTokens } = await counted.catch(named(call.body));
    return { input_tokens: nTokens };
  };

  return new Elysia({ name: "anthropic" })
    .onError(({ error }) => {
      const id = newRequestId();
      const response = errorResponse(error, (e) => toErrorBody(e, id));
      response.headers.set(requestIdHeader, id);
      return response;
    })
    .post("/v1/messages", messages, messagesHook)
    .post("/v1/messages/count_tokens", count, countHook)
    .all("/v1/messages/*", nothingThere, { detail: { hide: true } });
}

/** Where Anthropic's clients look for a request's id. */
const requestIdHeader = "request-id";

const newRequestId = () => `req_${randomHex()}`;

/** llama-server takes a conversation without messages. */
function checkMessages({ messages }: CountTokensRequest): void {
  if (messages.length > 0) return;
  throw new AppError("invalid_request", "`messages` must not be empty", { param: "messages" });
}

/** Batches, for one: a client that asks for them expects an error in its own form. */
function nothingThere({ request }: { request: Request }): never {
  const { pathname } = new URL(request.url);
  throw new AppError("not_found", `there is no ${request.method} ${pathname} here`);
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
      "Thinking has an empty signature. The headers anthropic-version and anthropic-beta are not " +
      "needed, nor is `?beta=true`.",
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
