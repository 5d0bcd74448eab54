import { type Static, Type } from "@sinclair/typebox";
import { nToolsMax } from "../constraint.ts";
import { type Refusals, refusedFields } from "../refusals.ts";
import { llamaServerSamplerFields } from "../sampling.ts";
import { anyObject, object, oneOf } from "../wire.ts";
import { Content, cacheControl, InputMessage } from "./content-schema.ts";
import { Tool, ToolChoice } from "./tool-schema.ts";

const { Optional, String: text, Integer, Boolean: boolean } = Type;

const keepsThinking = (keep: unknown) => ({ edits: [{ type: "clear_thinking_20251015", keep }] });

/** Documented fields that cannot be honoured here, with the reason that a client is given. */
export const messagesRefusals = {
  container: { harmless: [], why: "there are no containers here" },
  mcp_servers: { harmless: [[]], why: "the server calls no tools" },
  context_management: {
    harmless: [{}, { edits: [] }, keepsThinking("all"), keepsThinking({ type: "all" })],
    why: "conversations are given to the model as they are",
  },
  compaction: { harmless: [], why: "conversations are not summarised" },
  thread: { harmless: [], why: "conversations are not kept" },
  diagnostics: {
    harmless: [{}, { previous_message_id: null }],
    why: "requests are not compared; `usage` says what the cache had",
  },
  inference_geo: { harmless: ["global"], why: "inference runs where this server is" },
  speed: { harmless: ["standard"], why: "there is one speed" },
  fallbacks: { harmless: [[], "default"], why: "the model that is asked for answers" },
  fallback_credit_token: { harmless: [], why: "nothing is billed" },
  billing_policy: {
    harmless: [{ type: "billing_policy" }, { type: "billing_policy", bill_to: "self" }],
    why: "nothing is billed",
  },
} as const satisfies Refusals;

export const outputRefusals = {
  task_budget: { harmless: [], why: "models here know no budget of a task" },
} as const satisfies Refusals;

const OutputFormat = object({
  type: Type.Literal("json_schema"),
  schema: anyObject({ description: "JSON schema that the answer must fit." }),
});

const Thinking = object({
  type: oneOf(["enabled", "disabled", "adaptive"]),
  budget_tokens: Optional(
    Integer({
      minimum: 0,
      description: "Thinks no longer than this. Also less than 1024, or more than `max_tokens`.",
    }),
  ),
  display: Optional(
    oneOf(["summarized", "omitted"], {
      description: "summarized: the whole thinking, as it is; omitted: an empty block for it.",
    }),
  ),
  block_binding: Optional(anyObject({ description: "Not needed: thinking is not signed here." })),
});
export type Thinking = Static<typeof Thinking>;

const promptFields = {
  model: Optional(text({ description: "A name from /v1/models; absent: the default model." })),
  messages: Type.Array(InputMessage),
  system: Optional(Content),
  tools: Optional(Type.Array(Tool, { maxItems: nToolsMax })),
  tool_choice: Optional(ToolChoice),
  thinking: Optional(Thinking),
  output_config: Optional(
    object({
      effort: Optional(text({ description: "Given to the chat template as reasoning_effort." })),
      format: Optional(OutputFormat),
      ...refusedFields(outputRefusals),
    }),
  ),
  output_format: Optional(OutputFormat),
  cache_control: cacheControl,
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
    max_tokens: Optional(
      Integer({ minimum: 0, default: 4096, description: "0: only fill the prompt cache." }),
    ),
    stop_sequences: Optional(Type.Array(text({ maxLength: 1000 }), { maxItems: 64 })),
    stream: Optional(boolean({ default: false })),
    sse_ping_interval: Optional(
      Integer({ description: "Silence after which a stream gets a ping, seconds; -1: never." }),
    ),
    metadata: Optional(
      object(
        { user_id: Optional(text()) },
        { description: "Not needed: it is for Anthropic's records." },
      ),
    ),
    service_tier: Optional(
      oneOf(["auto", "standard_only"], { description: "Not needed: there is one tier." }),
    ),
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
      {
        max_tokens: 64,
        messages: [{ role: "user", content: "What is the capital of France?" }],
        stream: true,
        temperature: 0,
      },
    ],
  },
);
export type MessagesRequest = Static<typeof MessagesRequest>;
