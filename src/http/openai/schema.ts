import { type Static, Type } from "@sinclair/typebox";
import { constraintFields } from "../constraint.ts";
import { llamaServerRefusals, type Refusals, refusedFields } from "../refusals.ts";
import { llamaServerSamplerFields } from "../sampling.ts";
import { Stop } from "../stop.ts";
import { Timings } from "../timings.ts";
import { anyObject, object, oneOf } from "../wire.ts";

const { Optional, String: text } = Type;

/** Documented fields that are not honoured yet, with the reason that a client is given. */
export const chatRefusals = {
  n: { harmless: [1], why: "one answer a request; send the request again for another" },
  logprobs: { harmless: [false], why: "token probabilities are not supported yet" },
  top_logprobs: { harmless: [0], why: "token probabilities are not supported yet" },
  functions: { harmless: [[]], why: "OpenAI replaced it; use `tools`" },
  function_call: { harmless: ["none", "auto"], why: "OpenAI replaced it; use `tool_choice`" },
  modalities: { harmless: [["text"]], why: "answers are text" },
  audio: { harmless: [], why: "answers are text" },
  store: { harmless: [false], why: "answers are not stored" },
  web_search_options: { harmless: [], why: "there is no web search" },
  ...llamaServerRefusals,
} as const satisfies Refusals;

const ContentPart = object(
  {
    type: oneOf(["text", "image_url", "refusal"]),
    text: Optional(text()),
    image_url: Optional(
      Type.Union(
        [
          object({
            url: text({ description: "The picture: a data URL, or bare base64." }),
            detail: Optional(text({ description: "Pictures are always seen in full detail." })),
          }),
          text(),
        ],
        { description: "JPEG, PNG, … as base64. http(s) URLs are refused." },
      ),
    ),
    refusal: Optional(text()),
  },
  { title: "ContentPart" },
);
export type ContentPart = Static<typeof ContentPart>;

const ToolCall = object(
  {
    id: text(),
    type: Optional(Type.Literal("function")),
    function: object({ name: text(), arguments: text({ description: "JSON, as text." }) }),
  },
  { title: "ToolCall" },
);

export const ChatMessage = object(
  {
    role: oneOf(["system", "developer", "user", "assistant", "tool"]),
    content: Optional(Type.Union([text(), Type.Array(ContentPart)])),
    images: Optional(
      Type.Array(text(), { description: "Pictures as base64 or data URLs, put before the text." }),
    ),
    name: Optional(text({ description: "In a tool message: the function that was called." })),
    tool_calls: Optional(Type.Array(ToolCall)),
    tool_call_id: Optional(text({ description: "In a tool message: the call it answers." })),
    reasoning_content: Optional(text({ description: "An assistant's earlier thinking." })),
    refusal: Optional(text({ description: "An assistant's earlier refusal." })),
  },
  { title: "ChatMessage" },
);
export type ChatMessage = Static<typeof ChatMessage>;

const Tool = object(
  {
    type: Type.Literal("function"),
    function: object({
      name: text({ minLength: 1 }),
      description: Optional(text()),
      parameters: Optional(anyObject({ description: "JSON schema of the arguments." })),
    }),
  },
  { title: "Tool" },
);

const ResponseFormat = object(
  {
    type: oneOf(["text", "json_object", "json_schema"]),
    schema: Optional(anyObject({ description: "With json_object: llama-server's extension." })),
    json_schema: Optional(
      object({
        name: Optional(text()),
        schema: Optional(anyObject()),
        strict: Optional(Type.Boolean()),
      }),
    ),
  },
  { title: "ResponseFormat" },
);

/** 0 is refused by `request.ts`: a JSON schema cannot say it briefly. */
const MaxTokens = Type.Integer({
  minimum: -1,
  description: "Tokens to predict at most; absent or -1: until the model ends or its context does.",
});

export const ChatCompletionRequest = object(
  {
    model: Optional(text({ description: "A name from /v1/models; absent: the default model." })),
    messages: Type.Array(ChatMessage, { minItems: 1 }),
    stream: Optional(Type.Boolean({ default: false })),
    stream_options: Optional(object({ include_usage: Optional(Type.Boolean()) })),
    max_completion_tokens: Optional(MaxTokens),
    max_tokens: Optional(MaxTokens),
    n_predict: Optional(MaxTokens),
    stop: Optional(Stop),
    tools: Optional(Type.Array(Tool)),
    tool_choice: Optional(
      Type.Union([
        oneOf(["auto", "none", "required"]),
        object({ type: Type.Literal("function"), function: object({ name: text() }) }),
      ]),
    ),
    parallel_tool_calls: Optional(Type.Boolean()),
    response_format: Optional(ResponseFormat),
    reasoning_effort: Optional(
      text({ description: 'Given to the chat template; "none" asks it not to think.' }),
    ),
    chat_template_kwargs: Optional(anyObject({ description: "Variables for the chat template." })),
    cache_prompt: Optional(Type.Boolean({ default: true })),
    ...llamaServerSamplerFields,
    ...constraintFields,
    ...refusedFields(chatRefusals),
  },
  {
    title: "ChatCompletionRequest",
    examples: [
      {
        messages: [{ role: "user", content: "What is the capital of France?" }],
        temperature: 0,
      },
    ],
  },
);
export type ChatCompletionRequest = Static<typeof ChatCompletionRequest>;

const FinishReason = oneOf(["stop", "length", "tool_calls"]);

export const Usage = object(
  {
    prompt_tokens: Type.Integer(),
    completion_tokens: Type.Integer(),
    total_tokens: Type.Integer(),
    prompt_tokens_details: object({ cached_tokens: Type.Integer() }),
    completion_tokens_details: object({
      reasoning_tokens: Type.Integer({ description: "Tokens of the thinking." }),
    }),
  },
  { title: "Usage" },
);
export type Usage = Static<typeof Usage>;

const AssistantMessage = object({
  role: Type.Literal("assistant"),
  content: Type.Union([text(), Type.Null()]),
  reasoning_content: Optional(text()),
  tool_calls: Optional(Type.Array(ToolCall)),
});

/** What every answer and every chunk begins with. */
const headFields = {
  id: text(),
  created: Type.Integer({ description: "Seconds since 1970." }),
  model: text(),
  system_fingerprint: text(),
};

export const ChatCompletion = object(
  {
    ...headFields,
    object: Type.Literal("chat.completion"),
    choices: Type.Array(
      object({
        index: Type.Integer(),
        message: AssistantMessage,
        logprobs: Type.Null(),
        finish_reason: FinishReason,
      }),
    ),
    usage: Usage,
    timings: Timings,
  },
  { title: "ChatCompletion" },
);
export type ChatCompletion = Static<typeof ChatCompletion>;

const Delta = object({
  role: Optional(Type.Literal("assistant")),
  content: Optional(text()),
  reasoning_content: Optional(text()),
  tool_calls: Optional(
    Type.Array(
      object({
        index: Type.Integer(),
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
        index: Type.Integer(),
        delta: Delta,
        logprobs: Type.Null(),
        finish_reason: Type.Union([FinishReason, Type.Null()]),
      }),
      { description: "Empty in the last chunk, which has `usage`, when that was asked for." },
    ),
    usage: Optional(Usage),
    timings: Optional(Timings),
  },
  { title: "ChatCompletionChunk" },
);
export type ChatCompletionChunk = Static<typeof ChatCompletionChunk>;

export const ModelCard = object(
  {
    id: text(),
    object: Type.Literal("model"),
    created: Type.Integer({ description: "When the file was last changed, seconds since 1970." }),
    owned_by: text(),
  },
  { title: "Model" },
);
export type ModelCard = Static<typeof ModelCard>;

export const ModelList = object(
  { object: Type.Literal("list"), data: Type.Array(ModelCard) },
  { title: "ModelList" },
);
export type ModelList = Static<typeof ModelList>;

export const OpenAiError = object(
  {
    error: object({
      message: text(),
      type: text(),
      param: Type.Union([text(), Type.Null()], { description: "The field at fault." }),
      code: Type.Union([text(), Type.Null()]),
      n_prompt_tokens: Optional(Type.Integer()),
      n_ctx: Optional(Type.Integer()),
    }),
  },
  { title: "OpenAiError" },
);
export type OpenAiError = Static<typeof OpenAiError>;
