import { type Static, Type } from "@sinclair/typebox";
import { anyObject, object, oneOf } from "../wire.ts";

const { String: text, Integer, Literal, Null, Union } = Type;

/** What Anthropic's service has and this one has not. */
const none = (description: string) => Null({ description });

const TextBlock = object(
  { type: Literal("text"), text: text(), citations: none("Answers do not cite.") },
  { title: "AnthropicTextBlock" },
);
const ThinkingBlock = object(
  {
    type: Literal("thinking"),
    thinking: text(),
    signature: text({ description: "Empty: thinking is not signed here." }),
  },
  { title: "AnthropicThinkingBlock" },
);
const ToolUseBlock = object(
  {
    type: Literal("tool_use"),
    id: text(),
    name: text(),
    input: anyObject({
      description: "{INVALID_JSON: …} when the arguments are not whole, as when they were cut off.",
    }),
    caller: object({ type: Literal("direct") }),
  },
  { title: "AnthropicToolUseBlock" },
);
const OutputBlock = Union([ThinkingBlock, TextBlock, ToolUseBlock]);
export type OutputBlock = Static<typeof OutputBlock>;

const StopReason = oneOf([
  "end_turn",
  "max_tokens",
  "stop_sequence",
  "tool_use",
  "model_context_window_exceeded",
]);
export type StopReason = Static<typeof StopReason>;

const tokenFields = {
  input_tokens: Integer({ description: "Prompt tokens that were processed." }),
  cache_read_input_tokens: Integer({ description: "Prompt tokens reused from the cache." }),
  cache_creation_input_tokens: Literal(0, { description: "Caching costs nothing." }),
  output_tokens: Integer({ description: "Thinking included." }),
  output_tokens_details: object({ thinking_tokens: Integer() }),
  server_tool_use: none("The server runs no tools."),
};
const DeltaUsage = object(tokenFields);
export type DeltaUsage = Static<typeof DeltaUsage>;

const Usage = object({
  ...tokenFields,
  cache_creation: none("Caching costs nothing."),
  inference_geo: none("Inference runs where this server is."),
  service_tier: none("There is one tier."),
  speed: none("There is one speed."),
});

const endingFields = {
  stop_reason: Union([StopReason, Null()]),
  stop_sequence: Union([text(), Null()]),
  stop_details: none("Nothing is refused for policy."),
  container: none("There are no containers here."),
};

const ContextManagement = Union([object({ applied_edits: Type.Array(Type.Never()) }), Null()], {
  description: "Empty when the request had `context_management`; otherwise null.",
});

export const AnthropicAnswer = object(
  {
    id: text(),
    type: Literal("message"),
    role: Literal("assistant"),
    model: text(),
    content: Type.Array(OutputBlock),
    ...endingFields,
    usage: Usage,
    diagnostics: none("Requests are not compared."),
    context_management: ContextManagement,
  },
  { title: "AnthropicAnswer" },
);
export type AnthropicAnswer = Static<typeof AnthropicAnswer>;

const BlockDelta = Union([
  object({ type: Literal("text_delta"), text: text() }),
  object({ type: Literal("thinking_delta"), thinking: text() }),
  object({ type: Literal("signature_delta"), signature: text() }),
  object({ type: Literal("input_json_delta"), partial_json: text() }),
]);
export type BlockDelta = Static<typeof BlockDelta>;

export const AnthropicError = object(
  {
    type: Literal("error"),
    error: object({
      type: text(),
      message: text(),
      details: Type.Optional(
        object({ error_code: text({ description: '"thread_unsupported_request"' }) }),
      ),
    }),
    request_id: text({ description: "As in the header `request-id`." }),
  },
  { title: "AnthropicError" },
);
export type AnthropicError = Static<typeof AnthropicError>;

const block = { index: Integer({ description: "The block's place in `content`." }) };

const StreamEvent = Union([
  object({ type: Literal("message_start"), message: AnthropicAnswer }),
  object({ type: Literal("content_block_start"), ...block, content_block: OutputBlock }),
  object({ type: Literal("content_block_delta"), ...block, delta: BlockDelta }),
  object({ type: Literal("content_block_stop"), ...block }),
  object({
    type: Literal("message_delta"),
    delta: object(endingFields),
    usage: DeltaUsage,
    context_management: ContextManagement,
  }),
  object({ type: Literal("message_stop") }),
]);
export type StreamEvent = Static<typeof StreamEvent>;

/** One event of a stream; its `event:` line repeats `type`. */
export const MessageStreamEvent = Union(
  [
    ...StreamEvent.anyOf,
    object({ type: Literal("ping") }, { description: "After a silence; it says nothing." }),
    AnthropicError,
  ],
  { title: "MessageStreamEvent" },
);

export const TokenCount = object({ input_tokens: Integer() }, { title: "AnthropicTokenCount" });
export type TokenCount = Static<typeof TokenCount>;
