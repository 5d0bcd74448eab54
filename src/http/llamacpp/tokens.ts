import { Elysia } from "elysia";
import { checkBody } from "../body.ts";
import { answers } from "../docs/answers.ts";
import type { Gateway } from "../gateway.ts";
import {
  DetokenizeRequest,
  DetokenizeResponse,
  LlamaServerError,
  TokenizeRequest,
  TokenizeResponse,
} from "./schema.ts";

/** Text to tokens, and back. */
export function tokens(gateway: Gateway) {
  const tokenize = async ({ body, request }: { body: TokenizeRequest; request: Request }) => {
    const model = gateway.model(body.model, request.url);
    const { content = [], add_special: addSpecial = false } = body;
    const parts = typeof content === "string" ? [content] : content;
    const question = { parts, addSpecial, parseSpecial: body.parse_special ?? true };
    const answer = await gateway.ask(model, "tokenize", question, request.signal);
    if (!body.with_pieces) return { tokens: answer.tokens };
    const pieces = answer.tokens.map((id, i) => ({ id, piece: answer.pieces[i] ?? "" }));
    return { tokens: pieces };
  };
  const detokenize = async ({ body, request }: { body: DetokenizeRequest; request: Request }) => {
    const model = gateway.model(body.model, request.url);
    const question = { tokens: body.tokens ?? [] };
    const { text } = await gateway.ask(model, "detokenize", question, request.signal);
    return { content: text };
  };
  return new Elysia({ name: "llamacpp-tokens" })
    .post("/tokenize", tokenize, {
      parse: "json",
      transform: checkBody(TokenizeRequest),
      body: TokenizeRequest,
      response: TokenizeResponse,
      detail: {
        tags: ["llama.cpp"],
        summary: "Tokenize",
        description: "The tokens of a text; tokens among the texts stay as they are.",
        responses: answers({ "application/json": TokenizeResponse }, LlamaServerError, errors),
      },
    })
    .post("/detokenize", detokenize, {
      parse: "json",
      transform: checkBody(DetokenizeRequest),
      body: DetokenizeRequest,
      response: DetokenizeResponse,
      detail: {
        tags: ["llama.cpp"],
        summary: "Detokenize",
        description: "The text of tokens.",
        responses: answers({ "application/json": DetokenizeResponse }, LlamaServerError, errors),
      },
    });
}

const errors = [400, 404, 500, 503];
