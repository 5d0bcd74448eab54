import { Elysia } from "elysia";
import { answers } from "../docs/answers.ts";
import type { Gateway } from "../gateway.ts";
import { answering, type Route } from "./answering.ts";
import { bodyHook } from "./body.ts";
import { checkRaw, toPrompt } from "./generate-request.ts";
import { GenerateRequest, GenerateResponse } from "./generate-schema.ts";
import { checkCapable } from "./lookup.ts";
import { checkWords } from "./request.ts";
import { OllamaError } from "./schema.ts";

/** POST /api/generate. */
export function generate(gateway: Gateway) {
  return new Elysia().post("/api/generate", answering(gateway, route), {
    ...bodyHook(GenerateRequest, gateway, checkWords),
    response: GenerateResponse,
    detail: {
      tags: ["Ollama"],
      summary: "Generate",
      description:
        "Answers a prompt, by default as a stream of JSON lines. An error after the first line " +
        'comes as a line `{"error": …}`, and then none has `done: true`.',
      responses: answers(
        { "application/json": GenerateResponse, "application/x-ndjson": GenerateResponse },
        OllamaError,
        [400, 404, 500, 503],
      ),
    },
  });
}

const route: Route<GenerateRequest, Pick<GenerateResponse, "response" | "thinking" | "context">> = {
  check: checkRaw,
  isEmpty: ({ prompt = "" }) => prompt === "",
  // A template of the request's own may do what the model's does not.
  checkCapable: (by, { think, template }) =>
    checkCapable(by, { verb: "generate", ...(!template && { think }) }),
  toPrompt,
  report: ({ raw }) => (raw ? {} : { tokens: true, prompt: true }),
  own: ({ text, thinking }) => ({ response: text, ...(thinking && { thinking }) }),
  atEnd: ({ raw }) =>
    raw
      ? {}
      : { atEnd: ({ promptTokens = [] }, tokens) => ({ context: [...promptTokens, ...tokens] }) },
};
