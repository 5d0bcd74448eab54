import { type Static, type TProperties, Type } from "@sinclair/typebox";
import { optionFields } from "../ollama-options.ts";
import { anyObject, object, oneOf } from "../wire.ts";

const { Optional, Integer, Boolean: bool, String: text } = Type;

const ToolCall = object({
  id: Optional(text()),
  function: object({
    index: Optional(Integer()),
    name: text(),
    arguments: Optional(anyObject({ description: "An object, unlike OpenAI's text." })),
  }),
});

export const Images = Type.Array(text(), {
  description: "Pictures as base64. They stand before the text, or where it says `[img]`.",
});

export const Message = object(
  {
    role: text({
      maxLength: 100,
      description: '"system", "user", "assistant", "tool", or another that the template names.',
    }),
    content: Optional(text()),
    images: Optional(Images),
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

const ToolChoice = Type.Union(
  [
    oneOf(["auto", "none", "required"]),
    object({ type: Optional(text()), function: object({ name: text() }) }),
  ],
  { description: "Whether tools are called, or which; as in OpenAI's API. Beyond Ollama." },
);

/** What /api/generate and /api/chat take alike. */
export const generationFields = {
  model: Optional(text({ description: "Absent: the default model." })),
  stream: Optional(bool({ default: true })),
  template: Optional(
    text({ description: "Template in Go's language, instead of the model's own." }),
  ),
  format: Optional(
    Type.Union([oneOf(["json", ""]), anyObject()], {
      description: '"json", or a JSON schema that the answer must fit.',
    }),
  ),
  think: Optional(
    Type.Union([bool(), oneOf(["low", "medium", "high", "max"])], {
      description:
        "Ask the model to think, and how hard, or not to. Absent: it thinks if it can. Thinking " +
        "comes in a field of its own.",
    }),
  ),
  truncate: Optional(
    bool({
      default: true,
      description:
        "A prompt that is too long is made to fit: the oldest messages are left out (system " +
        "messages and the last one stay), then the middle of what is still too long, behind " +
        "`num_keep` tokens. The last object says how much. false: it is refused.",
    }),
  ),
  shift: Optional(
    bool({
      default: true,
      description:
        "When the context is full, its middle is dropped and the answer goes on; not with " +
        "pictures, nor if it only repeats itself and has no `num_predict`. false: it ends.",
    }),
  ),
  logprobs: Optional(bool({ description: "Report the probability of every token." })),
  top_logprobs: Optional(
    Integer({ description: "Report so many of the likeliest tokens for each, 0 to 20." }),
  ),
  _debug_render_only: Optional(
    bool({ description: "Only show the prompt that the model would be given." }),
  ),
  ...optionFields,
};

export const ChatRequest = object(
  {
    messages: Optional(
      Type.Array(Message, {
        description: "Empty or absent: the model is only loaded, or unloaded by `keep_alive` 0.",
      }),
    ),
    tools: Optional(Type.Array(Tool)),
    tool_choice: Optional(ToolChoice),
    parallel_tool_calls: Optional(
      bool({ description: "Several calls at once, where the template can. Beyond Ollama." }),
    ),
    ...generationFields,
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

const Candidate = {
  token: text(),
  logprob: Type.Number({ description: "Natural logarithm, before samplers." }),
  bytes: Type.Array(Integer(), { description: "The token's text in UTF-8." }),
};

export const Logprob = object(
  { ...Candidate, top_logprobs: Optional(Type.Array(object(Candidate))) },
  { title: "OllamaLogprob" },
);
export type Logprob = Static<typeof Logprob>;

/** Of the fields that only the last object has, those that load-only requests lack. */
const figures = {
  total_duration: nanoseconds("Nanoseconds in all."),
  load_duration: nanoseconds("Waiting for the model, loading included, nanoseconds."),
  prompt_eval_count: Optional(Integer({ description: "Tokens of the prompt." })),
  prompt_eval_duration: nanoseconds("Processing the prompt, nanoseconds."),
  eval_count: Optional(Integer({ description: "Tokens of the answer." })),
  eval_duration: nanoseconds("Generating the answer, nanoseconds."),
  context_length: Optional(
    Integer({ description: "Tokens that prompt and answer may have together. Beyond Ollama." }),
  ),
  prompt_cached_count: Optional(
    Integer({ description: "Prompt tokens that were not computed again. Beyond Ollama." }),
  ),
  truncated: Optional(
    bool({
      description:
        "The answer was cut by the context's end, or its beginning was dropped. Beyond Ollama.",
    }),
  ),
  messages_dropped: Optional(
    Integer({ description: "Messages that `truncate` left out. Beyond Ollama." }),
  ),
  prompt_tokens_dropped: Optional(
    Integer({ description: "Tokens that `truncate` left out of the prompt. Beyond Ollama." }),
  ),
  tokens_shifted: Optional(
    Integer({ description: "Tokens that `shift` dropped meanwhile. Beyond Ollama." }),
  ),
};

/** A line of a stream, or the whole answer; `own` is what the route says it in. */
export function answerObject<Own extends TProperties>(own: Own, title: string) {
  return object(
    {
      model: text({ description: "The name as the request has it." }),
      created_at: text({ format: "date-time" }),
      ...own,
      done: bool({ description: "The last line; the fields below come with it." }),
      done_reason: Optional(oneOf(["stop", "length", "load", "unload"])),
      ...figures,
      logprobs: Optional(Type.Array(Logprob)),
      _debug_info: Optional(object({ rendered_template: text(), image_count: Integer() })),
    },
    { title },
  );
}

const bare = answerObject({}, "");
/** What answers have whatever their route. */
export type BareAnswer = Static<typeof bare>;

export const AnsweredCall = object({
  id: text(),
  function: object({ index: Integer(), name: text(), arguments: anyObject() }),
});
export type AnsweredCall = Static<typeof AnsweredCall>;

export const ChatResponse = answerObject(
  {
    message: object({
      role: Type.Literal("assistant"),
      content: text(),
      thinking: Optional(text()),
      tool_calls: Optional(Type.Array(AnsweredCall)),
    }),
  },
  "OllamaChatResponse",
);
export type ChatResponse = Static<typeof ChatResponse>;

export const Version = object({ version: text() }, { title: "OllamaVersion" });

export const OllamaError = object(
  {
    error: text(),
    n_prompt_tokens: Optional(Integer({ description: "Of a prompt that is too long." })),
    n_ctx: Optional(Integer({ description: "Tokens of the context that it had." })),
  },
  { title: "OllamaError" },
);
export type OllamaError = Static<typeof OllamaError>;
