import { AppError } from "../../core/errors.ts";
import { checkBody } from "../body.ts";
import { answers } from "../docs/answers.ts";
import type { Gateway } from "../gateway.ts";
import { ChatCompletion, ChatCompletionChunk } from "../openai/chat-answer-schema.ts";
import { ChatCompletionRequest } from "../openai/chat-schema.ts";
import { EmbeddingList, EmbeddingsRequest } from "../openai/embeddings-schema.ts";
import { openai } from "../openai/routes.ts";
import type { LoadedModel } from "./loaded-model.ts";
import { NitroError } from "./schema.ts";

/** Nitro's chat and embeddings, which are OpenAI's with the loaded model. */
export function inference(gateway: Gateway, loaded: LoadedModel) {
  const api = openai(gateway);
  const ask = async (path: string, body: object, { signal }: Request): Promise<Response> => {
    const { model } = loaded.expect();
    const headers = { "content-type": "application/json" };
    const answer = await api.handle(
      new Request(`http://localhost${path}`, {
        method: "POST",
        headers,
        body: JSON.stringify({ ...body, model: model.name }),
        signal,
      }),
    );
    return answer.ok ? answer : inOwnWords(answer);
  };
  const chat = ({ body, request }: { body: ChatCompletionRequest; request: Request }) =>
    ask("/v1/chat/completions", body, request);
  const embed = ({ body, request }: { body: EmbeddingsRequest; request: Request }) => {
    if (!loaded.expect().embeds) {
      throw new AppError("unsupported", 'the model was loaded with "embedding": false');
    }
    return ask("/v1/embeddings", body, request);
  };
  return { chat, embed };
}

/** OpenAI's error envelope, unpacked. */
async function inOwnWords(answer: Response): Promise<Response> {
  const { error } = (await answer.json()) as { error: Record<string, unknown> };
  const { message, code, param } = error;
  const body = { message, code: String(code), ...(param !== null && { param }) };
  return Response.json(body, { status: answer.status });
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
