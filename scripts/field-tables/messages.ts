import type {
  MessageCountTokensParams as BetaCountTokensParams,
  MessageCreateParams as BetaMessageCreateParams,
} from "@anthropic-ai/sdk/resources/beta/messages";
import type {
  MessageCountTokensParams,
  MessageCreateParams,
  OutputConfig,
} from "@anthropic-ai/sdk/resources/messages";
import { CountTokensRequest, MessagesRequest } from "../../src/http/anthropic/schema.ts";
import { samplerRows } from "./native.ts";
import {
  answer,
  elsewhere,
  engine,
  type FieldOf,
  type FieldTable,
  inapplicable,
  type NestedFieldOf,
  prompts,
  type Rows,
  refused,
} from "./row.ts";

/** What the client takes beside the body, and sends as headers. */
type Header = "betas" | "user_profile_id" | "workspace_id";
type Nested =
  | NestedFieldOf<"output_config", OutputConfig>
  | NestedFieldOf<"output_config", BetaMessageCreateParams["output_config"]>;
type Created = FieldOf<MessageCreateParams> | FieldOf<BetaMessageCreateParams>;
type Counted = FieldOf<MessageCountTokensParams> | FieldOf<BetaCountTokensParams>;

const schema = { type: "object", properties: { city: { type: "string" } } };
const tools = [{ name: "look", input_schema: schema }];
const format = { type: "json_schema", schema };

const promptRows = {
  model: answer("tiny", /./),
  messages: prompts([{ role: "user", content: "Why?" }], {
    messages: [{ role: "user", parts: [{ text: "Why?" }] }],
  }),
  system: prompts("Be brief.", { messages: [{ role: "system" }, { role: "user" }] }),
  tools: prompts(tools, { tools: [{ name: "look", parameters: schema }] }),
  tool_choice: prompts({ type: "any" }, { toolChoice: "required" }, { tools }),
  thinking: prompts({ type: "enabled", budget_tokens: 50 }, { reasoningBudget: 50 }),
  output_config: prompts({ effort: "low" }, { templateVariables: { reasoning_effort: "low" } }),
  "output_config.effort": prompts("low", { templateVariables: { reasoning_effort: "low" } }),
  "output_config.format": prompts(format, { jsonSchema: schema }),
  "output_config.task_budget": refused({ type: "tokens", total: 20_000 }),
  output_format: prompts(format, { jsonSchema: schema }),
  cache_control: inapplicable({ type: "ephemeral" }),
  container: refused("container_1"),
  mcp_servers: refused([{ type: "url", name: "a", url: "https://example.com" }]),
  context_management: refused({ edits: [{ type: "clear_tool_uses_20250919" }] }),
  compaction: refused({ type: "auto" }),
  thread: refused({ id: "thread_1" }),
  diagnostics: refused({ previous_message_id: "msg_1" }),
  inference_geo: refused("eu"),
  speed: refused("fast"),
  fallbacks: refused([{ model: "other" }]),
  fallback_credit_token: refused("abc"),
  billing_policy: refused({ type: "billing_policy", bill_to: "other" }),
} satisfies Rows;

const promptExtras = {
  chat_template_kwargs: prompts({ tone: "dry" }, { templateVariables: { tone: "dry" } }),
} satisfies Rows;

const documented: Rows<Exclude<Created, Header> | Nested> = {
  ...promptRows,
  model: answer("tiny", /"model":"tiny"/),
  max_tokens: engine(5, { nPredict: 5 }),
  stop_sequences: engine(["."], { stop: ["."] }),
  stream: answer(true, /event: message_start.*event: message_stop/s),
  metadata: inapplicable({ user_id: "a" }),
  service_tier: inapplicable("auto"),
};

const extras: Rows<Exclude<FieldOf<MessagesRequest>, Created>> = {
  ...samplerRows,
  ...promptExtras,
  sse_ping_interval: elsewhere(
    "http/anthropic.test.ts",
    "a silence in profile %s is filled with %j",
  ),
};

export const messages: FieldTable = {
  route: "POST /v1/messages",
  source: "MessageCreateParams, also the beta's",
  schema: MessagesRequest,
  base: { messages: [{ role: "user", content: "Hello!" }] },
  documented,
  extras,
};

export const countTokens: FieldTable = {
  route: "POST /v1/messages/count_tokens",
  source: "MessageCountTokensParams, also the beta's",
  schema: CountTokensRequest,
  base: messages.base,
  documented: promptRows satisfies Rows<Exclude<Counted, Header> | Nested>,
  extras: promptExtras satisfies Rows<
    Exclude<FieldOf<CountTokensRequest>, keyof typeof promptRows>
  >,
};
