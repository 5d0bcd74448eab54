import { type Static, Type } from "@sinclair/typebox";
import { constraintFields } from "../constraint.ts";
import { CompletionPiece } from "../native-answer.ts";
import { nativeFields } from "../native-request.ts";
import { optionFields } from "../ollama-options.ts";
import { Prompts } from "../prompts.ts";
import { inapplicableFields } from "../refusals.ts";
import { Timings } from "../timings.ts";
import { object } from "../wire.ts";
import { usageOfChunks, verboseField } from "./chat-answer-schema.ts";
import { StreamOptions, serviceFields } from "./chat-schema.ts";
import { FinishReason, headFields, Logprobs, Usage } from "./head.ts";
import { TextLogprobs } from "./text-logprobs.ts";

const { Optional, Integer, Boolean: bool, String: text } = Type;

export const TextCompletionRequest = object(
  {
    ...nativeFields,
    model: Optional(text({ description: "A name from /v1/models; absent: the default model." })),
    prompt: Prompts,
    suffix: Optional(
      text({ description: "What follows the answer, for models that can fill gaps." }),
    ),
    echo: Optional(
      bool({ description: "Begin the answer with the prompt; with `logprobs`, with its tokens'." }),
    ),
    best_of: Optional(
      Integer({
        minimum: 1,
        description:
          "So many answers to each prompt are made, and the `n` of them returned that have the " +
          "highest mean log probability of a token; `usage` counts all. Not for streams.",
      }),
    ),
    logprobs: Optional(
      Integer({
        description:
          "Report so many of the likeliest tokens, at most 100, for every token. As a drop-in " +
          "for llama-server, any number.",
      }),
    ),
    stream_options: Optional(StreamOptions),
    ...optionFields,
    ...inapplicableFields(serviceFields),
    ...constraintFields,
  },
  {
    title: "TextCompletionRequest",
    examples: [
      { prompt: "The capital of France is", max_tokens: 16 },
      { prompt: "The capital of France is", max_tokens: 16, stream: true },
    ],
  },
);
export type TextCompletionRequest = Static<typeof TextCompletionRequest>;

const choiceFields = {
  index: Integer(),
  text: text(),
  logprobs: Type.Union([TextLogprobs, Logprobs], {
    description: "llama-server's form for `n_probs`, and as a drop-in for it.",
  }),
};

export const TextCompletion = object(
  {
    ...headFields,
    object: Type.Literal("text_completion"),
    choices: Type.Array(object({ ...choiceFields, finish_reason: FinishReason })),
    usage: Usage,
    timings: Timings,
    ...verboseField,
  },
  { title: "TextCompletion" },
);
export type TextCompletion = Static<typeof TextCompletion>;

export const TextCompletionChunk = object(
  {
    ...headFields,
    object: Type.Literal("text_completion"),
    choices: Type.Array(
      object({ ...choiceFields, finish_reason: Type.Union([FinishReason, Type.Null()]) }),
      { description: "Empty in the last chunk, which has `usage`, when that was asked for." },
    ),
    usage: Optional(Type.Union([Usage, Type.Null()], { description: usageOfChunks })),
    timings: Optional(Timings),
    prompt_progress: CompletionPiece.properties.prompt_progress,
    obfuscation: Optional(text()),
    ...verboseField,
  },
  { title: "TextCompletionChunk" },
);
export type TextCompletionChunk = Static<typeof TextCompletionChunk>;
