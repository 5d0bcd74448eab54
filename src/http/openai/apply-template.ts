import { Elysia } from "elysia";
import { checkBody } from "../body.ts";
import { answers } from "../docs/answers.ts";
import { OpenAiError } from "../error-schema.ts";
import { errorResponse } from "../errors.ts";
import type { Gateway } from "../gateway.ts";
import { promptOf } from "./chat.ts";
import { ChatPromptRequest, PromptText } from "./chat-schema.ts";

/** llama-server's look at the prompt that OpenAI's messages become. */
export function applyTemplate(gateway: Gateway) {
  const render = async ({ body, request }: { body: ChatPromptRequest; request: Request }) => {
    const { model, prompt } = await promptOf(gateway, body, request);
    const { text } = await gateway.ask(model, "applyTemplate", { prompt }, request.signal);
    return { prompt: text };
  };
  return new Elysia({ name: "openai-apply-template" })
    .onError(({ error }) => errorResponse(error))
    .post("/apply-template", render, renderHook);
}

const renderHook = {
  parse: "json" as const,
  transform: checkBody(ChatPromptRequest),
  body: ChatPromptRequest,
  response: PromptText,
  detail: {
    tags: ["llama.cpp"],
    summary: "Apply the chat template",
    description: "The prompt that a chat completion of the same body would have, as text.",
    responses: answers({ "application/json": PromptText }, OpenAiError, [400, 404, 500, 503]),
  },
};
