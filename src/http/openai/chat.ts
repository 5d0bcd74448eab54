import { Elysia } from "elysia";
import { AppError } from "../../core/errors.ts";
import { checkBody } from "../body.ts";
import { mediaLoader } from "../chat-media.ts";
import { answers } from "../docs/answers.ts";
import { OpenAiError } from "../error-schema.ts";
import type { Gateway } from "../gateway.ts";
import { repeated, toNCompletions } from "../native-request.ts";
import { toWish, withOptions } from "../ollama-options.ts";
import { namedSchema } from "../schema-errors.ts";
import { toChatCompletion, toChunks } from "./chat-answer.ts";
import { ChatCompletion, ChatCompletionChunk } from "./chat-answer-schema.ts";
import { checkAsLlamaServer, checkAsOpenAi } from "./chat-checks.ts";
import { schemaField, toChatPrompt, toGenerateOptions } from "./chat-request.ts";
import {
  ChatCompletionRequest,
  ChatPromptRequest,
  ControlAnswer,
  ControlRequest,
  InputTokens,
} from "./chat-schema.ts";
import { toHead } from "./head.ts";
import { checkAlternatives, either, isVerbose, nMaxOf, respond, toAnswering } from "./respond.ts";

/** OpenAI's chat completions, and what llama-server has beside them. */
export function chat(gateway: Gateway) {
  const complete = ({ body, request }: { body: ChatCompletionRequest; request: Request }) =>
    either(completeChat(gateway, body, request));
  const count = async ({ body, request }: { body: ChatPromptRequest; request: Request }) => {
    const { model, prompt } = await promptOf(gateway, body, request);
    const { nTokens } = await gateway.ask(model, "countTokens", { prompt }, request.signal);
    return { object: "response.input_tokens" as const, input_tokens: nTokens };
  };
  const control = ({ body, request }: { body: ControlRequest; request: Request }) =>
    endReasoning(gateway, body, request);
  return new Elysia({ name: "openai-chat" })
    .post("/v1/chat/completions", complete, chatHook("Chat completion"))
    .post("/chat/completions", complete, chatHook("Chat completion (llama-server's alias)"))
    .post("/v1/chat/completions/input_tokens", count, countHook("Count the tokens of a chat"))
    .post("/chat/completions/input_tokens", count, countHook("Count the tokens (alias)"))
    .post("/v1/chat/completions/control", control, controlHook);
}

/** Answers a conversation. @throws AppError */
export async function completeChat(
  gateway: Gateway,
  sent: ChatCompletionRequest,
  request: Request,
) {
  const { signal } = request;
  const wish = toWish(sent);
  const body = withOptions(sent);
  if (gateway.followsOpenAi) checkAsOpenAi(body);
  else checkAsLlamaServer(body);
  checkAlternatives(body, gateway);
  toNCompletions(body, nMaxOf(gateway, null)); // before a model is loaded for it
  const model = gateway.model(body.model, request.url);
  const head = toHead(model, body.service_tier);
  const verbose = isVerbose(body, gateway);
  const options = toGenerateOptions({ ...body, verbose }, head.id);
  const prompt = await toChatPrompt(body, mediaLoader(gateway, model, signal, wish));
  const info = await gateway.info(model, signal, wish);
  const n = toNCompletions(body, nMaxOf(gateway, info));
  const requests = repeated({ ...options, prompt }, n, info);
  const nTop = body.top_logprobs ?? Number.POSITIVE_INFINITY;
  const asked = { head, model, info, wish, requests, nPerPrompt: n, nTop };
  const openingContent = gateway.followsOpenAi ? "" : null;
  const answering = { ...toAnswering(asked, body, gateway), openingContent } as const;
  const answered = respond<ChatCompletion>(gateway, asked, body, signal, {
    whole: (all) => toChatCompletion(all, answering),
    chunks: (events) => toChunks(events, answering),
  });
  return answered.catch((error) => {
    throw gateway.followsOpenAi ? namedSchema(error, schemaField(body)) : error;
  });
}

/** The model that a request means, and the prompt that it has for it. @throws AppError */
export async function promptOf(
  gateway: Gateway,
  body: ChatPromptRequest,
  { url, signal }: Request,
) {
  if (gateway.followsOpenAi) checkAsOpenAi(body);
  const model = gateway.model(body.model, url);
  const prompt = await toChatPrompt(body, mediaLoader(gateway, model, signal));
  return { model, prompt };
}

async function endReasoning(gateway: Gateway, body: ControlRequest, { url, signal }: Request) {
  const { id, action } = body;
  if (!id) throw new AppError("invalid_request", "missing completion id", { param: "id" });
  if (action !== "reasoning_end") {
    throw new AppError("invalid_request", "unknown control action", { param: "action" });
  }
  const model = gateway.model(body.model, url);
  // A model that is not loaded answers nobody; it need not be loaded to say so.
  const isLoaded = gateway.supervisor.status(model).state === "ready";
  const { isEnded } = isLoaded
    ? await gateway.ask(model, "endReasoning", { tag: id }, signal)
    : { isEnded: false };
  if (isEnded) return { success: true };
  return { success: false, message: "no active completion with reasoning control for this id" };
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

function countHook(summary: string) {
  return {
    parse: "json" as const,
    transform: checkBody(ChatPromptRequest),
    body: ChatPromptRequest,
    response: InputTokens,
    detail: {
      tags: ["OpenAI"],
      summary,
      description: "Tokens of the prompt that a chat completion of the same body would have.",
      responses: answers({ "application/json": InputTokens }, OpenAiError, [400, 404, 500, 503]),
    },
  };
}

const controlHook = {
  parse: "json" as const,
  transform: checkBody(ControlRequest),
  body: ControlRequest,
  response: ControlAnswer,
  detail: {
    tags: ["OpenAI"],
    summary: "End the thinking of a running chat completion",
    description: "For completions whose request had `reasoning_control: true`.",
    responses: answers({ "application/json": ControlAnswer }, OpenAiError, [400, 404, 500, 503]),
  },
};
