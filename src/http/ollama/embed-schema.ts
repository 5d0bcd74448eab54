import { type Static, Type } from "@sinclair/typebox";
import { optionFields } from "../ollama-options.ts";
import { object } from "../wire.ts";
import { askedFields } from "./asking.ts";

const { Optional, Integer, Boolean: bool, String: text } = Type;

const model = Optional(text({ description: "Absent: the default model." }));
const Vector = Type.Array(Type.Number());

export const EmbedRequest = object(
  {
    model,
    input: Optional(
      Type.Union([text(), Type.Array(text())], {
        description: "A text, or several. None: the model is only loaded.",
      }),
    ),
    truncate: Optional(
      bool({
        default: true,
        description: "Inputs that are too long are cut at their end; false: they are refused.",
      }),
    ),
    dimensions: Optional(
      Integer({
        minimum: 0,
        description: "Only so many numbers of each vector, made of length 1 again; 0: all.",
      }),
    ),
    ...optionFields,
  },
  {
    title: "OllamaEmbedRequest",
    examples: [{ input: "Hello" }, { input: ["Hello", "Who are you?"], dimensions: 16 }],
  },
);
export type EmbedRequest = Static<typeof EmbedRequest>;

export const EmbedResponse = object(
  {
    ...askedFields,
    embeddings: Type.Array(Vector, { description: "In the inputs' order, each of length 1." }),
    prompt_eval_count: Integer({ description: "Tokens of all inputs." }),
    prompt_tokens_dropped: Optional(
      Integer({ description: "Tokens that `truncate` left out. Beyond Ollama." }),
    ),
  },
  { title: "OllamaEmbedResponse" },
);

export const EmbeddingsRequest = object(
  { model, prompt: Optional(text()), ...optionFields },
  { title: "OllamaEmbeddingsRequest", examples: [{ prompt: "Hello" }] },
);
export type EmbeddingsRequest = Static<typeof EmbeddingsRequest>;

export const EmbeddingsResponse = object(
  { embedding: Vector },
  { title: "OllamaEmbeddingsResponse" },
);
