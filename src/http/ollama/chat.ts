import { Elysia } from "elysia";
import { answers } from "../docs/answers.ts";
import type { Gateway } from "../gateway.ts";
import { answering, type Route } from "./answering.ts";
import { bodyHook } from "./body.ts";
import { checkCapable } from "./lookup.ts";
import { checkWords, toChatPrompt } from "./request.ts";
import { ChatRequest, ChatResponse, OllamaError } from "./schema.ts";

/** POST /api/chat. */
export function chat(gateway: Gateway) {
  return new Elysia().post("/api/chat", answering(gateway, route), {
    ...bodyHook(ChatRequest, gateway, tidy),
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
  });
}

/** Ollama reads roles in any case. */
function tidy(body: Record<string, unknown>): void {
  checkWords(body);
  const { messages } = body;
  if (!Array.isArray(messages)) return;
  for (const message of messages) {
    if (typeof message?.role === "string") message.role = message.role.toLowerCase();
  }
}

const route: Route<ChatRequest, Pick<ChatResponse, "message">> = {
  check: () => {},
  isEmpty: ({ messages = [] }) => messages.length === 0,
  // A template of the request's own may do what the model's does not.
  checkCapable: (by, { think, tools, template }) =>
    checkCapable(by, { verb: "chat", ...(!template && { think, tools }) }),
  toPrompt: toChatPrompt,
  report: () => ({}),
  own: ({ text, thinking, toolCalls = [] }) => ({
    message: {
      role: "assistant",
      content: text,
      ...(thinking && { thinking }),
      ...(toolCalls.length > 0 && { tool_calls: toolCalls }),
    },
  }),
  atEnd: () => ({}),
};
