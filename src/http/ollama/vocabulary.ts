import { type Static, type TSchema, Type } from "@sinclair/typebox";
import { Elysia } from "elysia";
import { answers } from "../docs/answers.ts";
import type { Gateway } from "../gateway.ts";
import { optionFields } from "../ollama-options.ts";
import { object } from "../wire.ts";
import { askedFields, asking } from "./asking.ts";
import { bodyHook } from "./body.ts";
import { OllamaError } from "./schema.ts";

const { Optional, Integer, Boolean: bool, String: text } = Type;

const Tokens = Type.Array(Integer());
const sayings = "The text; `text` and `prompt` are other names of it.";

const TokenizeRequest = object(
  {
    model: Optional(text({ description: "Absent: the default model." })),
    content: Optional(text({ description: sayings })),
    text: Optional(text()),
    prompt: Optional(text()),
    add_special: Optional(
      bool({ default: false, description: "Put the tokens around it that begin and end texts." }),
    ),
    ...optionFields,
  },
  { title: "OllamaTokenizeRequest", examples: [{ content: "Hello" }] },
);
type TokenizeRequest = Static<typeof TokenizeRequest>;

const TokenizeResponse = object(
  { ...askedFields, tokens: Tokens },
  { title: "OllamaTokenizeResponse" },
);

const DetokenizeRequest = object(
  {
    model: Optional(text({ description: "Absent: the default model." })),
    tokens: Optional(Type.Array(Integer({ minimum: 0 }))),
    ...optionFields,
  },
  { title: "OllamaDetokenizeRequest", examples: [{ tokens: [72, 101] }] },
);
type DetokenizeRequest = Static<typeof DetokenizeRequest>;

const DetokenizeResponse = object(
  { ...askedFields, content: text() },
  { title: "OllamaDetokenizeResponse" },
);

/**
 * Text to tokens, and back: what Ollama's users have long asked for, in the form that its pull
 * requests have (ollama/ollama#12030).
 */
export function vocabulary(gateway: Gateway) {
  const tokenize = ({ body, request }: { body: TokenizeRequest; request: Request }) => {
    const content = body.content ?? body.text ?? body.prompt ?? "";
    const parts = [content];
    const question = { parts, addSpecial: body.add_special ?? false, parseSpecial: true };
    return asking(gateway, body, request, async ({ engine }) => {
      const { tokens } = await engine.call("tokenize", question, request.signal);
      return { tokens };
    });
  };
  const detokenize = ({ body, request }: { body: DetokenizeRequest; request: Request }) => {
    const { tokens = [] } = body;
    return asking(gateway, body, request, async ({ engine }) => {
      const { text: content } = await engine.call("detokenize", { tokens }, request.signal);
      return { content };
    });
  };
  return new Elysia()
    .post("/api/tokenize", tokenize, {
      ...bodyHook(TokenizeRequest, gateway),
      response: TokenizeResponse,
      detail: detailOf("Tokenize", "The tokens of a text. Beyond Ollama.", TokenizeResponse),
    })
    .post("/api/detokenize", detokenize, {
      ...bodyHook(DetokenizeRequest, gateway),
      response: DetokenizeResponse,
      detail: detailOf("Detokenize", "The text of tokens. Beyond Ollama.", DetokenizeResponse),
    });
}

function detailOf(summary: string, description: string, response: TSchema) {
  const responses = answers({ "application/json": response }, OllamaError, [400, 404, 500, 503]);
  return { tags: ["Ollama"], summary, description, responses };
}
