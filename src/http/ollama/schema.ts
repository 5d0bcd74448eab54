import { type Static, Type } from "@sinclair/typebox";
import { optionFields } from "../ollama-options.ts";
import { type Refusals, refusedFields } from "../refusals.ts";
import { anyObject, object, oneOf } from "../wire.ts";

const { Optional, Integer, Boolean: bool, String: text } = Type;

/** Documented fields that are not honoured yet, with the reason that a client is given. */
export const chatRefusals = {
  logprobs: { harmless: [false], why: "token probabilities are not supported yet" },
  top_logprobs: { harmless: [0], why: "token probabilities are not supported yet" },
  truncate: { harmless: [false], why: "old messages are not dropped yet" },
  shift: { harmless: [false], why: "the context is not shifted yet" },
  _debug_render_only: { harmless: [false], why: "the prompt is not shown yet" },
} as const satisfies Refusals;

const ToolCall = object({
  id: Optional(text()),
  function: object({
    index: Optional(Integer()),
    name: text(),
    arguments: anyObject({ description: "An object, unlike OpenAI's text." }),
  }),
});

export const Message = object(
  {
    role: oneOf(["system", "user", "assistant", "tool"]),
    content: Optional(text()),
    images: Optional(Type.Array(text(), { description: "Pictures as base64." })),
    thinking: Optional(text({ description: "An assistant's earlier thinking." })),
    tool_calls: Optional(Type.Array(ToolCall)),
    tool_name: Optional(text({ description: "In a tool message: the function that was called." })),
    tool_call_id: Optional(text()),
  },
  { title: "OllamaMessage" },
);
export type Message = Static<typeof Message>;

const Tool = object({
  type: Optional(text()),
  function: object({
    name: text({ minLength: 1 }),
    description: Optional(text()),
    parameters: Optional(anyObject({ description: "JSON schema of the arguments." })),
  }),
});

export const ChatRequest = object(
  {
    model: Optional(text({ description: "Absent: the default model." })),
    messages: Optional(
      Type.Array(Message, {
        description: "Empty or absent: the model is only loaded, or unloaded by `keep_alive` 0.",
      }),
    ),
    stream: Optional(bool({ default: true })),
    format: Optional(
      Type.Union([oneOf(["json", ""]), anyObject()], {
        description: '"json", or a JSON schema that the answer must fit.',
      }),
    ),
    tools: Optional(Type.Array(Tool)),
    think: Optional(
      Type.Union([bool(), oneOf(["low", "medium", "high", "max"])], {
        description: "Ask the model to think, or not to.",
      }),
    ),
    ...optionFields,
    ...refusedFields(chatRefusals),
  },
  {
    title: "OllamaChatRequest",
    examples: [
      {
        messages: [{ role: "user", content: "What is the capital of France?" }],
        stream: false,
      },
      { messages: [{ role: "user", content: "What is the capital of France?" }] },
    ],
  },
);
export type ChatRequest = Static<typeof ChatRequest>;

const nanoseconds = (description: string) => Optional(Integer({ description }));

/** A line of a stream, or the whole answer. */
export const ChatResponse = object(
  {
    model: text({ description: "The name as the request has it." }),
    created_at: text({ format: "date-time" }),
    message: object({
      role: Type.Literal("assistant"),
      content: text(),
      thinking: Optional(text()),
      tool_calls: Optional(
        Type.Array(
          object({
            id: text(),
            function: object({ index: Integer(), name: text(), arguments: anyObject() }),
          }),
        ),
      ),
    }),
    done: bool({ description: "The last line; the fields below come with it." }),
    done_reason: Optional(oneOf(["stop", "length", "load", "unload"])),
    total_duration: nanoseconds("Nanoseconds in all."),
    load_duration: nanoseconds("Waiting for the model, loading included, nanoseconds."),
    prompt_eval_count: Optional(Integer({ description: "Tokens of the prompt." })),
    prompt_eval_duration: nanoseconds("Processing the prompt, nanoseconds."),
    eval_count: Optional(Integer({ description: "Tokens of the answer." })),
    eval_duration: nanoseconds("Generating the answer, nanoseconds."),
  },
  { title: "OllamaChatResponse" },
);
export type ChatResponse = Static<typeof ChatResponse>;

export const Version = object({ version: text() }, { title: "OllamaVersion" });

export const OllamaError = object({ error: text() }, { title: "OllamaError" });
export type OllamaError = Static<typeof OllamaError>;
