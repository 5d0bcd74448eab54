import { type Static, Type } from "@sinclair/typebox";
import { constraintFields } from "../constraint.ts";
import { nativeFields } from "../native-request.ts";
import { ImageData, Prompts } from "../prompts.ts";
import { object } from "../wire.ts";

const { Optional, Integer, String: text } = Type;

const model = Optional(text({ description: "A name from /v1/models; absent: the default model." }));

/** What /completion and /infill take beside their prompts. */
const completionFields = {
  model,
  ...nativeFields,
  ...constraintFields,
  logprobs: Optional(Integer({ description: "Another name of `n_probs`." })),
  response_fields: Optional(
    Type.Array(text(), {
      description: "Only these fields of the answer; `timings/prompt_n` is one within another.",
    }),
  ),
};

export const CompletionRequest = object(
  { prompt: Prompts, image_data: Optional(ImageData), ...completionFields },
  {
    title: "CompletionRequest",
    examples: [
      { prompt: "The capital of France is", n_predict: 16 },
      { prompt: "The capital of France is", n_predict: 16, stream: true },
    ],
  },
);
export type CompletionRequest = Static<typeof CompletionRequest>;

export const InfillRequest = object(
  {
    input_prefix: text({ description: "Code before the gap." }),
    input_suffix: text({ description: "Code after the gap." }),
    input_extra: Optional(
      Type.Array(object({ text: text(), filename: Optional(text()) }), {
        description: "Other files of the project.",
      }),
    ),
    prompt: Optional(text({ description: "What the gap begins with." })),
    ...completionFields,
  },
  {
    title: "InfillRequest",
    examples: [
      { input_prefix: "def add(a, b):\n", input_suffix: "\n" },
      { input_prefix: "def add(a, b):\n", input_suffix: "\n", stream: true },
    ],
  },
);
export type InfillRequest = Static<typeof InfillRequest>;

const MixedTokens = Type.Union([
  text(),
  Type.Array(Type.Union([text(), Integer({ minimum: 0, maximum: 2 ** 31 - 1 })])),
]);

export const TokenizeRequest = object(
  {
    model,
    content: Optional(MixedTokens),
    add_special: Optional(Type.Boolean({ default: false, description: "Add BOS and the like." })),
    parse_special: Optional(
      Type.Boolean({ default: true, description: "Texts of special tokens mean those tokens." }),
    ),
    with_pieces: Optional(Type.Boolean({ default: false, description: "Show each token's text." })),
  },
  { title: "TokenizeRequest", examples: [{ content: "Hello" }] },
);
export type TokenizeRequest = Static<typeof TokenizeRequest>;

export const TokenizeResponse = object(
  {
    tokens: Type.Array(
      Type.Union([
        Integer(),
        object({
          id: Integer(),
          piece: Type.Union([text(), Type.Array(Integer())], {
            description: "Its text, or its bytes where they are no text.",
          }),
        }),
      ]),
    ),
  },
  { title: "TokenizeResponse" },
);

export const DetokenizeRequest = object(
  { model, tokens: Optional(Type.Array(Integer({ minimum: 0, maximum: 2 ** 31 - 1 }))) },
  { title: "DetokenizeRequest", examples: [{ tokens: [1, 2] }] },
);
export type DetokenizeRequest = Static<typeof DetokenizeRequest>;

export const DetokenizeResponse = object({ content: text() }, { title: "DetokenizeResponse" });

export const Health = object({ status: Type.Literal("ok") }, { title: "Health" });

export const LlamaServerError = object(
  {
    error: object({
      code: Integer({ description: "The HTTP status." }),
      message: text(),
      type: text(),
      param: Type.Union([text(), Type.Null()], { description: "The field at fault." }),
      n_prompt_tokens: Optional(Integer()),
      n_ctx: Optional(Integer()),
    }),
  },
  { title: "LlamaServerError" },
);
