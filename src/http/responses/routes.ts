import { Elysia } from "elysia";
import { AppError } from "../../core/errors.ts";
import type { ChatPrompt } from "../../core/generate.ts";
import type { Model } from "../../models/catalog.ts";
import { checkBody } from "../body.ts";
import { currentOwner } from "../caller.ts";
import { mediaLoader } from "../chat-media.ts";
import { answers } from "../docs/answers.ts";
import { OpenAiError } from "../error-schema.ts";
import { errorResponse } from "../errors.ts";
import type { Gateway } from "../gateway.ts";
import { collect, Generation } from "../generation.ts";
import { toPingSeconds } from "../native-request.ts";
import { refuse } from "../refusals.ts";
import { namedSchema } from "../schema-errors.ts";
import { sse } from "../sse.ts";
import { InputTokens, ResponseObject, ResponseStreamEvent } from "./answer-schema.ts";
import { PreviousResponseLost, toConversation } from "./conversation.ts";
import { newId } from "./ids.ts";
import { Keeper } from "./keeper.ts";
import { schemaField, toGenerateRequest, toPrompt } from "./request.ts";
import { type Head, toWhole } from "./response.ts";
import { InputTokensRequest, ResponsesRequest } from "./schema.ts";
import { ResponseStore } from "./store.ts";
import { storedResponses } from "./stored.ts";
import { ResponseStream } from "./stream.ts";
import { toOffer } from "./tools.ts";
import { fitted, roomForPrompt } from "./truncation.ts";
import { countRefusals, refusePrompt, refuseRequest } from "./unsupported.ts";

/** OpenAI's Responses API. */
export function responses(gateway: Gateway) {
  const { settings, followsOpenAi } = gateway;
  const all = settings.responses && new ResponseStore(settings.responses);
  const habits = { keeps: all !== null, followsOpenAi };

  const understand = async (body: InputTokensRequest, { url, signal }: Request) => {
    const model = gateway.model(body.model, url);
    refusePrompt(body, habits);
    const store = all?.seenBy(currentOwner()) ?? null;
    const conversation = toConversation(body, store);
    const offer = toOffer(body, followsOpenAi);
    const source = { items: conversation.items, offer, followsOpenAi };
    const prompt = await toPrompt(body, source, mediaLoader(gateway, model, signal));
    return { model, store, conversation, offer, prompt };
  };
  const count = async (model: Model, prompt: ChatPrompt, signal: AbortSignal) =>
    (await gateway.ask(model, "countTokens", { prompt }, signal)).nTokens;

  const prepare = async (body: ResponsesRequest, request: Request): Promise<Head> => {
    const { signal } = request;
    refuseRequest(body, habits);
    const { model, store, conversation, offer, ...asked } = await understand(body, request);
    const { prompt: whole } = asked;
    const info = await gateway.info(model, signal);
    const room = roomForPrompt(info.nCtxSeq, body.max_output_tokens);
    const counted = (prompt: ChatPrompt) => count(model, prompt, signal).catch(tooMany);
    const prompt = body.truncation === "auto" ? await fitted(whole, room, counted) : whole;
    const generation = new Generation(gateway, model, toGenerateRequest(body, prompt));
    const keeper = new Keeper(body.store === false ? null : store, conversation);
    return { id: newId("resp"), body, generation, info, offer, keeper, followsOpenAi };
  };
  const named = (body: InputTokensRequest) => (error: unknown) => {
    throw followsOpenAi ? aboutInput(namedSchema(error, schemaField(body))) : error;
  };
  const whole = async (head: Head, signal: AbortSignal) =>
    toWhole(head, await collect(head.generation.events(signal, true)));
  const streamed = (head: Head, signal: AbortSignal) => {
    const stream = new ResponseStream(head);
    const open = (until: AbortSignal) => stream.events(until);
    const toErrorBody = (error: AppError) =>
      stream.toErrorEvent(error, gateway.toOpenAiError(error));
    const pingSeconds = toPingSeconds(head.body, settings);
    return sse({ open, signal, toErrorBody }, { pingSeconds, nameOf: typeOf });
  };
  const respond = ({ body, request }: { body: ResponsesRequest; request: Request }) => {
    const head = prepare(body, request);
    const answered = body.stream
      ? head.then((it) => streamed(it, request.signal))
      : head.then((it) => whole(it, request.signal));
    return answered.catch(named(body));
  };

  const countInput = async ({ body, request }: { body: InputTokensRequest; request: Request }) => {
    if (followsOpenAi) refuse(body, countRefusals);
    const { model, prompt } = await understand(body, request);
    const input_tokens = await count(model, prompt, request.signal).catch(named(body));
    return { object: "response.input_tokens" as const, input_tokens };
  };

  return new Elysia({ name: "responses" })
    .onError(({ error }) => errorResponse(error, (it) => toErrorBody(it, gateway)))
    .post("/v1/responses", respond, respondHook("Response"))
    .post("/responses", respond, respondHook("Response (llama-server's alias)"))
    .post("/v1/responses/input_tokens", countInput, countHook("Count input tokens"))
    .post(
      "/responses/input_tokens",
      countInput,
      countHook("Count input tokens (llama-server's alias)"),
    )
    .use(storedResponses(gateway, all));
}

/** What the engine calls messages came as `input`. */
function aboutInput(thrown: unknown): unknown {
  if (!(thrown instanceof AppError) || thrown.param !== "messages") return thrown;
  const { code, message, details } = thrown;
  return new AppError(code, message, { param: "input", details, cause: thrown });
}

function toErrorBody(error: AppError, gateway: Gateway): OpenAiError {
  const body = gateway.toOpenAiError(error);
  const isLost = error instanceof PreviousResponseLost && gateway.followsOpenAi;
  return isLost ? { error: { ...body.error, code: "previous_response_not_found" } } : body;
}

/** What is far too long is refused instead of counted. */
function tooMany(error: unknown): number {
  if (error instanceof AppError && error.code === "context_length_exceeded") return Infinity;
  throw error;
}

/** An event's line `event:` repeats its type. */
const typeOf = (event: { type?: unknown }) => String(event.type);

function respondHook(summary: string) {
  return {
    parse: "json" as const,
    transform: checkBody(ResponsesRequest),
    body: ResponsesRequest,
    response: ResponseObject,
    detail: {
      tags: ["OpenAI"],
      summary,
      description:
        "Answers an input, in one piece or as a stream of typed, numbered events. The answer is " +
        "kept, unless `store` is false or the operator keeps none: the oldest ones make room " +
        "for new ones. An error after the first event comes as `response.failed` and `error`.",
      responses: answers(
        { "application/json": ResponseObject, "text/event-stream": ResponseStreamEvent },
        OpenAiError,
        [400, 404, 500, 503],
      ),
    },
  };
}

function countHook(summary: string) {
  return {
    parse: "json" as const,
    transform: checkBody(InputTokensRequest),
    body: InputTokensRequest,
    response: InputTokens,
    detail: {
      tags: ["OpenAI"],
      summary,
      description:
        "How many tokens an input is to the model, its chat template and the conversation before " +
        "it included; nothing is left out for `truncation`.",
      responses: answers({ "application/json": InputTokens }, OpenAiError, [400, 404, 500, 503]),
    },
  };
}
