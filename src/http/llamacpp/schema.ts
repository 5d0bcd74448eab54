import { type Static, Type } from "@sinclair/typebox";
import { constraintFields } from "../constraint.ts";
import { llamaServerRefusals, type Refusals, refusedFields } from "../refusals.ts";
import { llamaServerSamplerFields } from "../sampling.ts";
import { Stop } from "../stop.ts";
import { Timings } from "../timings.ts";
import { object, oneOf } from "../wire.ts";

const { Optional, Integer, Boolean: bool, String: text } = Type;

/** Documented fields that are not honoured yet, with the reason that a client is given. */
export const completionRefusals = {
  ...llamaServerRefusals,
  n: { harmless: [1], why: "one answer a request" },
  image_data: { harmless: [[]], why: "pictures go through the chat routes for now" },
  multimodal_data: { harmless: [[]], why: "pictures go through the chat routes for now" },
} as const satisfies Refusals;

const NPredict = Integer({
  minimum: -2,
  description: "Tokens to predict at most; below 0: until the model or its context ends.",
});

export const CompletionRequest = object(
  {
    model: Optional(text({ description: "A name from /v1/models; absent: the default model." })),
    prompt: Type.Union([text(), Type.Array(Type.Unknown()), Type.Record(text(), Type.Unknown())], {
      description: "Text for the model as it is, without a chat template. Only text so far.",
    }),
    n_predict: Optional(NPredict),
    max_tokens: Optional(NPredict),
    stream: Optional(bool({ default: false })),
    stop: Optional(Stop),
    cache_prompt: Optional(bool({ default: true })),
    n_keep: Optional(Integer({ description: contextShift() })),
    n_discard: Optional(Integer({ description: contextShift() })),
    ...llamaServerSamplerFields,
    ...constraintFields,
    ...refusedFields(completionRefusals),
  },
  {
    title: "CompletionRequest",
    examples: [{ prompt: "The capital of France is", n_predict: 16 }],
  },
);
export type CompletionRequest = Static<typeof CompletionRequest>;

function contextShift() {
  return "Counts when a full context is shifted, which, as llama-server by default, we do not do.";
}

/** What every piece of an answer has. */
const pieceFields = {
  index: Integer(),
  content: text(),
  tokens: Type.Array(Integer()),
  id_slot: Integer({ description: "-1: slots are not shown yet." }),
};

export const CompletionPiece = object(
  {
    ...pieceFields,
    stop: Type.Literal(false),
    tokens_evaluated: Integer({
      description: "Tokens of the prompt, those from the cache included.",
    }),
  },
  { title: "CompletionPiece" },
);
export type CompletionPiece = Static<typeof CompletionPiece>;

export const Completion = object(
  {
    ...pieceFields,
    stop: Type.Literal(true),
    model: text(),
    tokens_predicted: Integer(),
    tokens_evaluated: Integer({
      description: "Tokens of the prompt, those from the cache included.",
    }),
    tokens_cached: Integer({ description: "Tokens kept for the next request." }),
    has_new_line: bool(),
    truncated: bool({ description: "The end of the context, not `n_predict`, cut the answer." }),
    stop_type: oneOf(["eos", "word", "limit"]),
    stopping_word: text(),
    timings: Timings,
  },
  { title: "Completion" },
);
export type Completion = Static<typeof Completion>;

export const Health = object({ status: Type.Literal("ok") }, { title: "Health" });

export const LlamaServerError = object(
  {
    error: object({
      code: Integer({ description: "The HTTP status." }),
      message: text(),
      type: text(),
      n_prompt_tokens: Optional(Integer()),
      n_ctx: Optional(Integer()),
    }),
  },
  { title: "LlamaServerError" },
);
export type LlamaServerError = Static<typeof LlamaServerError>;
