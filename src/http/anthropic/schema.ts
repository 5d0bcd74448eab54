import { type Static, Type } from "@sinclair/typebox";
import { type Refusals, refusedFields } from "../refusals.ts";
import { llamaServerSamplerFields } from "../sampling.ts";
import { anyObject, object, oneOf } from "../wire.ts";

const { Optional, String: text, Integer, Boolean: boolean } = Type;

/** Documented fields that cannot be honoured here, with the reason that a client is given. */
export const messagesRefusals = {
  container: { harmless: [], why: "there are no containers here" },
  mcp_servers: { harmless: [[]], why: "the server calls no tools" },
} as const satisfies Refusals;

const Source = object(
  {
    type: text({ description: '"base64", "url", or "text" for a document.' }),
    media_type: Optional(text({ description: "Not needed: the bytes say what they are." })),
    data: Optional(text({ description: "base64, or a document's plain text." })),
    url: Optional(text({ description: "Fetched only where the operator allows it." })),
  },
  { title: "AnthropicSource" },
);
export type Source = Static<typeof Source>;

/** What a message, and a result of a tool, may show. */
const shownFields = {
  type: text({ description: "text, image, document, thinking, tool_use, tool_result …" }),
  text: Optional(text()),
  source: Optional(Source),
  title: Optional(text({ description: "Of a document: put before its text." })),
  context: Optional(text({ description: "Of a document: put before its text." })),
  cache_control: Optional(
    anyObject({ description: "Not needed: every common beginning of prompts is reused." }),
  ),
};

const ShownBlock = object(shownFields, { title: "AnthropicResultBlock" });
export type ShownBlock = Static<typeof ShownBlock>;

export const ContentBlock = object(
  {
    ...shownFields,
    thinking: Optional(text()),
    signature: Optional(text({ description: "Not checked: thinking is not signed here." })),
    id: Optional(text({ description: "Of a tool_use." })),
    name: Optional(text({ description: "Of a tool_use: the tool." })),
    input: Optional(anyObject({ description: "Of a tool_use: the tool's arguments." })),
    tool_use_id: Optional(text({ description: "Of a tool_result: the call that it answers." })),
    content: Optional(
      Type.Union([text(), Type.Array(ShownBlock)], { description: "Of a tool_result." }),
    ),
    is_error: Optional(
      boolean({ description: "Models know no such mark: what went wrong is in `content`." }),
    ),
  },
  { title: "AnthropicContentBlock" },
);
export type ContentBlock = Static<typeof ContentBlock>;

const Content = Type.Union([text(), Type.Array(ContentBlock)]);
export type Content = Static<typeof Content>;

const InputMessage = object(
  { role: oneOf(["user", "assistant", "system"]), content: Optional(Content) },
  { title: "AnthropicMessage" },
);
export type InputMessage = Static<typeof InputMessage>;

const Tool = object(
  {
    name: text({ minLength: 1 }),
    type: Optional(text({ description: '"custom", or a tool of Anthropic\'s that clients run.' })),
    description: Optional(text()),
    input_schema: Optional(anyObject({ description: "JSON schema of the arguments." })),
  },
  { title: "AnthropicTool" },
);
export type Tool = Static<typeof Tool>;

const OutputFormat = object({
  type: Type.Literal("json_schema"),
  schema: anyObject({ description: "JSON schema that the answer must fit." }),
});

const promptFields = {
  model: Optional(text({ description: "A name from /v1/models; absent: the default model." })),
  messages: Type.Array(InputMessage),
  system: Optional(Content),
  tools: Optional(Type.Array(Tool)),
  tool_choice: Optional(
    object({
      type: oneOf(["auto", "any", "tool", "none"]),
      name: Optional(text({ description: "With tool: the one to call." })),
      disable_parallel_tool_use: Optional(boolean()),
    }),
  ),
  thinking: Optional(
    object({
      type: oneOf(["enabled", "disabled", "adaptive"]),
      budget_tokens: Optional(Integer({ minimum: 0, description: "Thinks no longer than this." })),
    }),
  ),
  output_config: Optional(
    object({
      effort: Optional(text({ description: "Given to the chat template as reasoning_effort." })),
      format: Optional(OutputFormat),
    }),
  ),
  output_format: Optional(OutputFormat),
  chat_template_kwargs: Optional(anyObject({ description: "Variables for the chat template." })),
  ...refusedFields(messagesRefusals),
};

export const CountTokensRequest = object(promptFields, {
  title: "CountTokensRequest",
  examples: [{ messages: [{ role: "user", content: "What is the capital of France?" }] }],
});
export type CountTokensRequest = Static<typeof CountTokensRequest>;

export const MessagesRequest = object(
  {
    ...promptFields,
    max_tokens: Optional(Integer({ minimum: 1, default: 4096 })),
    stop_sequences: Optional(Type.Array(text({ maxLength: 1000 }), { maxItems: 64 })),
    stream: Optional(boolean({ default: false })),
    sse_ping_interval: Optional(
      Integer({ description: "Silence after which a stream gets a comment, seconds; -1: never." }),
    ),
    metadata: Optional(
      object({ user_id: Optional(text()) }, { description: "For Anthropic's own records." }),
    ),
    service_tier: Optional(text({ description: "There is one tier." })),
    ...llamaServerSamplerFields,
  },
  {
    title: "MessagesRequest",
    examples: [
      {
        max_tokens: 64,
        messages: [{ role: "user", content: "What is the capital of France?" }],
        temperature: 0,
      },
    ],
  },
);
export type MessagesRequest = Static<typeof MessagesRequest>;

const OutputBlock = Type.Union([
  object({ type: Type.Literal("thinking"), thinking: text(), signature: text() }),
  object({ type: Type.Literal("text"), text: text() }),
  object({ type: Type.Literal("tool_use"), id: text(), name: text(), input: Type.Unknown() }),
]);
export type OutputBlock = Static<typeof OutputBlock>;

const StopReason = oneOf(["end_turn", "max_tokens", "stop_sequence", "tool_use"]);
export type StopReason = Static<typeof StopReason>;

const Usage = object({
  input_tokens: Integer({ description: "Prompt tokens that were processed." }),
  cache_read_input_tokens: Integer({ description: "Prompt tokens reused from the cache." }),
  output_tokens: Integer(),
});

export const AnthropicAnswer = object(
  {
    id: text(),
    type: Type.Literal("message"),
    role: Type.Literal("assistant"),
    model: text(),
    content: Type.Array(OutputBlock),
    stop_reason: Type.Union([StopReason, Type.Null()]),
    stop_sequence: Type.Union([text(), Type.Null()]),
    usage: Usage,
  },
  { title: "AnthropicAnswer" },
);
export type AnthropicAnswer = Static<typeof AnthropicAnswer>;

/** One event of a stream; its `event:` line repeats `type`. */
export const MessageStreamEvent = object(
  { type: text({ description: "message_start, content_block_delta, … message_stop, error." }) },
  { title: "MessageStreamEvent" },
);
export type MessageStreamEvent = Static<typeof MessageStreamEvent> & Record<string, unknown>;

export const TokenCount = object({ input_tokens: Integer() }, { title: "AnthropicTokenCount" });
export type TokenCount = Static<typeof TokenCount>;

export const AnthropicError = object(
  { type: Type.Literal("error"), error: object({ type: text(), message: text() }) },
  { title: "AnthropicError" },
);
export type AnthropicError = Static<typeof AnthropicError>;
