import type {
  ChatCompletionCreateParams,
  ChatCompletionStreamOptions,
} from "openai/resources/chat/completions";
import { ChatCompletionRequest } from "../../src/http/openai/chat-schema.ts";
import {
  choiceRows,
  constraintRows,
  generationRows,
  ownSamplerRows,
  samplerRows,
} from "./native.ts";
import { optionRows } from "./options.ts";
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

type Request = ChatCompletionRequest;
type Documented =
  | FieldOf<ChatCompletionCreateParams>
  | NestedFieldOf<"stream_options", ChatCompletionStreamOptions>;
type Ours =
  | FieldOf<Request>
  | NestedFieldOf<"options", Request["options"]>
  | NestedFieldOf<"reasoning", Request["reasoning"]>;

const schema = { type: "object", properties: { city: { type: "string" } } };
const tool = { type: "function", function: { name: "look", parameters: schema } };
const tools = [tool];
const look = { name: "look", parameters: schema };

const documented: Rows<Documented> = {
  messages: prompts([{ role: "user", content: "Why?" }], {
    messages: [{ role: "user", parts: [{ type: "text", text: "Why?" }] }],
  }),
  model: answer("tiny", /"model":"tiny"/),
  frequency_penalty: samplerRows.frequency_penalty,
  presence_penalty: samplerRows.presence_penalty,
  temperature: samplerRows.temperature,
  top_p: samplerRows.top_p,
  seed: samplerRows.seed,
  logit_bias: samplerRows.logit_bias,
  logprobs: reports(true, { nProbs: 20 }),
  top_logprobs: reports(3, { nProbs: 3 }, { logprobs: true }),
  max_tokens: engine(5, { nPredict: 5 }),
  max_completion_tokens: engine(5, { nPredict: 5 }),
  n: answer(2, /"index":1/),
  stop: engine(["."], { stop: ["."] }),
  stream: answer(true, /^data: .*\[DONE\]\n\n$/s),
  "stream_options.include_usage": answer(true, /"choices":\[\].*"usage"/s, { stream: true }),
  "stream_options.include_obfuscation": answer(true, /"obfuscation":/, { stream: true }),
  stream_options: answer({ include_usage: true }, /"choices":\[\].*"usage"/s, { stream: true }),
  tools: prompts(tools, { tools: [look] }),
  tool_choice: prompts("required", { toolChoice: "required" }, { tools }),
  parallel_tool_calls: prompts(false, { parallelToolCalls: false }, { tools }),
  response_format: prompts(
    { type: "json_schema", json_schema: { name: "city", schema } },
    { jsonSchema: schema },
  ),
  reasoning_effort: prompts("low", { templateVariables: { reasoning_effort: "low" } }),
  verbosity: prompts("low", { templateVariables: { verbosity: "low" } }),
  service_tier: answer("auto", /"service_tier":"default"/),
  audio: refused({ voice: "alloy", format: "wav" }),
  function_call: refused({ name: "look" }),
  functions: refused([look]),
  modalities: refused(["text", "audio"]),
  store: refused(true),
  web_search_options: refused({ search_context_size: "low" }),
  metadata: refused({ ticket: "7" }),
  moderation: refused({ model: "omni-moderation-latest" }),
  prediction: inapplicable({ type: "content", content: "Paris" }),
  prompt_cache_key: inapplicable("a"),
  prompt_cache_options: inapplicable({ mode: "explicit" }),
  prompt_cache_retention: inapplicable("24h"),
  safety_identifier: inapplicable("a"),
  user: inapplicable("a"),
};

const extras: Rows<Exclude<Ours, Documented>> = {
  ...ownSamplerRows,
  ...generationRows,
  ...choiceRows,
  ...constraintRows,
  ...optionRows,
  think: prompts("high", { templateVariables: { reasoning_effort: "high" } }),
  reasoning: prompts({ effort: "low" }, { templateVariables: { reasoning_effort: "low" } }),
  "reasoning.effort": prompts("low", { templateVariables: { reasoning_effort: "low" } }),
  "reasoning.enabled": prompts(false, { enableThinking: false }),
  "reasoning.max_tokens": prompts(50, { reasoningBudget: 50 }),
  "reasoning.exclude": refused(true),
  reasoning_format: prompts("none", { reasoningFormat: "none" }),
  reasoning_budget_tokens: prompts(50, { reasoningBudget: 50 }),
  thinking_budget_tokens: prompts(50, { reasoningBudget: 50 }),
  reasoning_budget_message: prompts("Enough.", { reasoningBudgetMessage: "Enough." }),
  reasoning_control: elsewhere(
    "http/openai-chat.test.ts",
    "the id that a completion has is the one that it can be found by",
  ),
  chat_template_kwargs: prompts({ tone: "dry" }, { templateVariables: { tone: "dry" } }),
  add_generation_prompt: prompts(false, { addGenerationPrompt: false }),
  continue_final_message: prompts(
    true,
    { continueFinalMessage: true },
    {
      messages: [
        { role: "user", content: "Count." },
        { role: "assistant", content: "One," },
      ],
      add_generation_prompt: false,
    },
  ),
  parse_tool_calls: prompts(false, { parseToolCalls: false }, { tools }),
};

export const chat: FieldTable = {
  route: "POST /v1/chat/completions",
  source: "ChatCompletionCreateParams",
  schema: ChatCompletionRequest,
  base: { messages: [{ role: "user", content: "Hello!" }] },
  documented,
  extras,
};
