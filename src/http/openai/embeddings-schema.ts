import { type Static, Type } from "@sinclair/typebox";
import { embeddingFields } from "../embedding.ts";
import { Prompts } from "../prompts.ts";
import { inapplicableFields } from "../refusals.ts";
import { object } from "../wire.ts";
import { serviceFields } from "./chat-schema.ts";

const { Optional, Integer, Number: number, String: text } = Type;

export const EmbeddingsRequest = object(
  {
    model: Optional(text({ description: "A name from /v1/models; absent: the default model." })),
    input: Optional(Prompts),
    content: Optional(Prompts),
    dimensions: Optional(
      Integer({ minimum: 1, description: "Cut the vectors to so many numbers, normalised anew." }),
    ),
    ...embeddingFields,
    ...inapplicableFields({ user: serviceFields.user }),
  },
  {
    title: "EmbeddingsRequest",
    description: "`input` is required; with `content` instead, the answer is llama-server's own.",
    examples: [{ input: "The capital of France is Paris." }],
  },
);
export type EmbeddingsRequest = Static<typeof EmbeddingsRequest>;

const Vector = Type.Union([
  Type.Array(number()),
  text({ description: "Base64 of 32-bit floats." }),
]);

export const EmbeddingList = object(
  {
    object: Type.Literal("list"),
    model: text(),
    data: Type.Array(
      object({
        object: Type.Literal("embedding"),
        index: Integer(),
        embedding: Vector,
        encoding_format: Optional(Type.Literal("base64")),
      }),
    ),
    usage: object({ prompt_tokens: Integer(), total_tokens: Integer() }),
  },
  { title: "EmbeddingList" },
);
export type EmbeddingList = Static<typeof EmbeddingList>;

/** With `content` in place of `input`: as POST /embedding has it. */
export const EmbeddingsAnswer = Type.Union([
  EmbeddingList,
  Type.Array(object({ index: Integer(), embedding: Type.Array(Vector) })),
]);
