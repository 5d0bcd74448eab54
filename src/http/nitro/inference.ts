import { AppError } from "../../core/errors.ts";
import { checkBody } from "../body.ts";
import { answers } from "../docs/answers.ts";
import type { Gateway } from "../gateway.ts";
import { completeChat } from "../openai/chat.ts";
import { ChatCompletion, ChatCompletionChunk } from "../openai/chat-answer-schema.ts";
import { ChatCompletionRequest } from "../openai/chat-schema.ts";
import { embedAll } from "../openai/embeddings.ts";
import { EmbeddingList, EmbeddingsRequest } from "../openai/embeddings-schema.ts";
import { either } from "../openai/respond.ts";
import type { LoadedModel } from "./loaded-model.ts";
import { NitroError } from "./schema.ts";

/** Nitro's chat and embeddings, which are OpenAI's with the loaded model. */
export function inference(gateway: Gateway, loaded: LoadedModel) {
  const chat = ({ body, request }: { body: ChatCompletionRequest; request: Request }) => {
    const { model } = loaded.expect();
    return either(completeChat(gateway, { ...body, model: model.name }, request));
  };
  const embed = ({ body, request }: { body: EmbeddingsRequest; request: Request }) => {
    const { model, embeds } = loaded.expect();
    if (embeds) return embedAll(gateway, { ...body, model: model.name }, request);
    throw new AppError("unsupported", 'the model was loaded with "embedding": false');
  };
  return { chat, embed };
}

export const chatHook = {
  parse: "json" as const,
  transform: checkBody(ChatCompletionRequest),
  body: ChatCompletionRequest,
  detail: {
    tags: ["Nitro"],
    summary: "Chat completion",
    description:
      "As /v1/chat/completions, with the loaded model, whatever `model` says. An error after the " +
      "first event of a stream has the form that it has there.",
    responses: answers(
      { "application/json": ChatCompletion, "text/event-stream": ChatCompletionChunk },
      NitroError,
      [400, 409, 500, 503],
    ),
  },
};

export const embeddingHook = {
  parse: "json" as const,
  transform: checkBody(EmbeddingsRequest),
  body: EmbeddingsRequest,
  detail: {
    tags: ["Nitro"],
    summary: "Embeddings",
    description: "As /v1/embeddings, with the loaded model, whatever `model` says.",
    responses: answers({ "application/json": EmbeddingList }, NitroError, [400, 409, 500, 503]),
  },
};
