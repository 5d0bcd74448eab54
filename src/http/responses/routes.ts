import { Elysia } from "elysia";
import type { AppError } from "../../core/errors.ts";
import { checkBody } from "../body.ts";
import { mediaLoader } from "../chat-media.ts";
import { answers } from "../docs/answers.ts";
import { OpenAiError } from "../error-schema.ts";
import { errorResponse } from "../errors.ts";
import type { Gateway } from "../gateway.ts";
import { collect, Generation } from "../generation.ts";
import { toPingSeconds } from "../native-request.ts";
import { sse } from "../sse.ts";
import { toGenerateRequest, toPrompt } from "./request.ts";
import { type Head, newId, toWhole } from "./response.ts";
import {
  InputTokens,
  InputTokensRequest,
  ResponseObject,
  ResponseStreamEvent,
  ResponsesRequest,
} from "./schema.ts";
import { ResponseStream } from "./stream.ts";

/** OpenAI's Responses API. Nothing is stored. */
export function responses(gateway: Gateway) {
  const { settings } = gateway;
  const prepare = async (body: ResponsesRequest, { url, signal }: Request): Promise<Head> => {
    const model = gateway.model(body.model, url);
    const request = await toGenerateRequest(body, mediaLoader(gateway, model, signal));
    const generation = new Generation(gateway, model, request);
    return { id: newId("resp"), body, generation, saysIncomplete: gateway.followsOpenAi };
  };
  const whole = async (head: Head, signal: AbortSignal) =>
    toWhole(head, await collect(head.generation.events(signal)));
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
    if (!body.stream) return head.then((it) => whole(it, request.signal));
    return head.then((it) => streamed(it, request.signal));
  };

  const count = async ({ body, request }: { body: InputTokensRequest; request: Request }) => {
    const { url, signal } = request;
    const model = gateway.model(body.model, url);
    const prompt = await toPrompt(body, mediaLoader(gateway, model, signal));
    const { nTokens } = await gateway.ask(model, "countTokens", { prompt }, signal);
    return { object: "response.input_tokens" as const, input_tokens: nTokens };
  };

  return new Elysia({ name: "responses" })
    .onError(({ error }) => errorResponse(error, gateway.toOpenAiError))
    .post("/v1/responses", respond, respondHook("Response"))
    .post("/responses", respond, respondHook("Response (llama-server's alias)"))
    .post("/v1/responses/input_tokens", count, countHook("Count input tokens"))
    .post("/responses/input_tokens", count, countHook("Count input tokens (llama-server's alias)"));
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
        "Answers an input, in one piece or as a stream of typed, numbered events. Nothing is " +
        "stored. An error after the first event comes as `event: error`.",
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
      description: "How many tokens an input is to the model, its chat template included.",
      responses: answers({ "application/json": InputTokens }, OpenAiError, [400, 404, 500, 503]),
    },
  };
}
