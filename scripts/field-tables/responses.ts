import type { InputTokenCountParams } from "openai/resources/responses/input-tokens";
import type {
  ResponseCreateParams,
  ResponseTextConfig,
} from "openai/resources/responses/responses";
import type { Reasoning } from "openai/resources/shared";
import { InputTokensRequest, ResponsesRequest } from "../../src/http/responses/schema.ts";
import { constraintRows, generationRows, samplerRows } from "./native.ts";
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
  reports,
} from "./row.ts";

type Nested =
  | NestedFieldOf<"reasoning", Reasoning>
  | NestedFieldOf<"text", ResponseTextConfig>
  | NestedFieldOf<"stream_options", ResponseCreateParams["stream_options"]>
  | NestedFieldOf<"prompt_cache_options", ResponseCreateParams["prompt_cache_options"]>;
type Documented = FieldOf<ResponseCreateParams> | Nested;

const schema = { type: "object", properties: { city: { type: "string" } } };
const tools = [{ type: "function", name: "look", parameters: schema, strict: true }];
const format = { type: "json_schema", name: "city", schema };
const goesOn = elsewhere(
  "http/responses-conversations.test.ts",
  "has all that was said, thought and called in it, but not the instructions",
);
const forgets = elsewhere(
  "http/responses-conversations.test.ts",
  "may forget what was thought in earlier turns",
);
const cuts = elsewhere("http/responses-truncation.test.ts", "happens on request");

/** What decides the prompt, which can be counted as well. */
const promptRows = {
  model: answer("tiny", /./),
  input: prompts("Why?", { messages: [{ role: "user", parts: [{ text: "Why?" }] }] }),
  instructions: prompts("Be brief.", {
    messages: [{ role: "system", parts: [{ text: "Be brief." }] }, { role: "user" }],
  }),
  previous_response_id: goesOn,
  conversation: refused("conv_1"),
  truncation: cuts,
  tools: prompts(tools, { tools: [{ name: "look", parameters: schema }] }),
  tool_choice: prompts("required", { toolChoice: "required" }, { tools }),
  parallel_tool_calls: prompts(false, { parallelToolCalls: false }),
  reasoning: prompts({ effort: "low" }, { templateVariables: { reasoning_effort: "low" } }),
  "reasoning.context": forgets,
  "reasoning.effort": prompts("low", { templateVariables: { reasoning_effort: "low" } }),
  "reasoning.generate_summary": inapplicable("auto"),
  "reasoning.summary": inapplicable("auto"),
  "reasoning.mode": refused("pro"),
  text: prompts({ format }, { jsonSchema: schema }),
  "text.format": prompts(format, { jsonSchema: schema }),
  "text.verbosity": prompts("low", { templateVariables: { verbosity: "low" } }),
} satisfies Rows;

const promptExtras = {
  ...constraintRows,
  chat_template_kwargs: prompts({ tone: "dry" }, { templateVariables: { tone: "dry" } }),
} satisfies Rows;

const documented: Rows<Documented> = {
  ...promptRows,
  model: answer("tiny", /"model":"tiny"/),
  temperature: samplerRows.temperature,
  top_p: samplerRows.top_p,
  max_output_tokens: engine(5, { nPredict: 5 }),
  include: reports(["message.output_text.logprobs"], { nProbs: 1 }),
  top_logprobs: reports(3, { nProbs: 3 }),
  store: answer(false, /"store":false/),
  stream: answer(true, /event: response\.created.*event: response\.completed/s),
  stream_options: answer({ include_obfuscation: true }, /"obfuscation":/, { stream: true }),
  "stream_options.include_obfuscation": answer(true, /"obfuscation":/, { stream: true }),
  metadata: answer({ ticket: "7" }, /"metadata":\{"ticket":"7"\}/),
  safety_identifier: answer("abc", /"safety_identifier":"abc"/),
  user: answer("abc", /"user":"abc"/),
  service_tier: answer("auto", /"service_tier":"default"/),
  prompt_cache_key: answer("abc", /"prompt_cache_key":"abc"/),
  prompt_cache_options: inapplicable({ mode: "explicit" }),
  "prompt_cache_options.mode": inapplicable("explicit"),
  "prompt_cache_options.ttl": inapplicable("30m"),
  "prompt_cache_options.prewarm": refused(true),
  "prompt_cache_options.comparison_response_id": refused("resp_1"),
  prompt_cache_retention: inapplicable("24h"),
  max_tool_calls: answer(2, /"max_tool_calls":2/),
  background: refused(true),
  prompt: refused({ id: "pmpt_1" }),
  context_management: refused([{ type: "compaction", compact_threshold: 1000 }]),
  moderation: refused({ model: "omni-moderation-latest" }),
  access_programs: refused({ any: true }),
  image: refused({ context_compression: "enabled" }),
};

const extras: Rows<Exclude<FieldOf<ResponsesRequest>, Documented>> = {
  ...samplerRows,
  ...generationRows,
  ...promptExtras,
  stop: engine(["."], { stop: ["."] }),
};

export const responses: FieldTable = {
  route: "POST /v1/responses",
  source: "ResponseCreateParams",
  schema: ResponsesRequest,
  base: { input: "Hello!" },
  documented,
  extras,
};

const counted: Rows<FieldOf<InputTokenCountParams>> = {
  ...promptRows,
  personality: refused("friendly"),
};

export const inputTokens: FieldTable = {
  route: "POST /v1/responses/input_tokens",
  source: "InputTokenCountParams",
  schema: InputTokensRequest,
  base: { input: "Hello!" },
  documented: counted,
  extras: { ...promptExtras, prompt: refused({ id: "pmpt_1" }) } satisfies Rows<
    Exclude<FieldOf<InputTokensRequest>, FieldOf<InputTokenCountParams>>
  >,
};
