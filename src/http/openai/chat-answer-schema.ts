import { type Static, Type } from "@sinclair/typebox";
import { CompletionPiece, Completion as NativeCompletion } from "../native-answer.ts";
import { Timings } from "../timings.ts";
import { object } from "../wire.ts";
import { FinishReason, headFields, Logprobs, Usage } from "./head.ts";

const { Optional, Integer, Null, String: text } = Type;

const ToolCall = object(
  {
    id: text(),
    type: Type.Literal("function"),
    function: object({ name: text(), arguments: text({ description: "JSON, as text." }) }),
  },
  { title: "ToolCall" },
);

const AssistantMessage = object({
  role: Type.Literal("assistant"),
  content: Type.Union([text(), Null()]),
  reasoning_content: Optional(text()),
  tool_calls: Optional(Type.Array(ToolCall)),
});

/** With `verbose: true`: the answer as llama-server's own route would give it. */
export const verboseField = { __verbose: Optional(NativeCompletion) };

export const ChatCompletion = object(
  {
    ...headFields,
    object: Type.Literal("chat.completion"),
    choices: Type.Array(
      object({
        index: Integer(),
        message: AssistantMessage,
        logprobs: Logprobs,
        finish_reason: FinishReason,
      }),
    ),
    usage: Usage,
    timings: Timings,
    ...verboseField,
  },
  { title: "ChatCompletion" },
);
export type ChatCompletion = Static<typeof ChatCompletion>;

/** Of the chunks of all streams. */
export const usageOfChunks = "With include_usage, null in all chunks but the last.";

const Delta = object({
  role: Optional(Type.Literal("assistant")),
  content: Optional(Type.Union([text(), Null()])),
  reasoning_content: Optional(text()),
  tool_calls: Optional(
    Type.Array(
      object({
        index: Integer(),
        id: Optional(text()),
        type: Optional(Type.Literal("function")),
        function: object({ name: Optional(text()), arguments: text() }),
      }),
    ),
  ),
});
export type Delta = Static<typeof Delta>;

export const ChatCompletionChunk = object(
  {
    ...headFields,
    object: Type.Literal("chat.completion.chunk"),
    choices: Type.Array(
      object({
        index: Integer(),
        delta: Delta,
        logprobs: Logprobs,
        finish_reason: Type.Union([FinishReason, Null()]),
      }),
      { description: "Empty in the last chunk, which has `usage`, when that was asked for." },
    ),
    usage: Optional(Type.Union([Usage, Null()], { description: usageOfChunks })),
    timings: Optional(Timings),
    prompt_progress: CompletionPiece.properties.prompt_progress,
    obfuscation: Optional(text({ description: "Random, with include_obfuscation." })),
    ...verboseField,
  },
  { title: "ChatCompletionChunk" },
);
export type ChatCompletionChunk = Static<typeof ChatCompletionChunk>;
