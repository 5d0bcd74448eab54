import { AppError } from "../../core/errors.ts";
import type { ChatPrompt, Constraint, GenerateRequest } from "../../core/generate.ts";
import type { Tool } from "../../core/messages.ts";
import type { LoadMedia } from "../chat-media.ts";
import { type ThinkingFields, toThinking } from "../chat-thinking.ts";
import { toConstraint } from "../constraint.ts";
import { checkSchema } from "../json-schema.ts";
import { toNativeRequest } from "../native-request.ts";
import { toNCtx } from "../ollama-options.ts";
import { refuse } from "../refusals.ts";
import {
  type ChatCompletionRequest,
  type ChatPromptRequest,
  chatRefusals,
  reasoningRefusals,
} from "./chat-schema.ts";
import { toMessages } from "./messages.ts";
import { toTools } from "./tools.ts";

/** What llama-server reports of every token when a request does not say how much. */
const nTopLogprobs = 20;

/**
 * The request without its prompt; `id` is the completion's, by which its thinking can be ended.
 * @throws AppError invalid_request, unsupported
 */
export function toGenerateOptions(
  body: ChatCompletionRequest,
  id: string,
): Omit<GenerateRequest, "prompt"> {
  refuse(body, chatRefusals);
  const native = toNativeRequest(body);
  return {
    ...native,
    nCtx: toNCtx(body.options),
    report: {
      ...native.report,
      nProbs: toNProbs(body) ?? native.report?.nProbs,
      tokens: body.return_tokens,
    },
    tag: body.reasoning_control ? id : undefined,
  };
}

/** With `top_logprobs: 0` the likeliest token is reported, and left out of the answer. */
function toNProbs({ logprobs, top_logprobs: top }: ChatCompletionRequest) {
  if (!logprobs) {
    if (top === undefined) return undefined;
    throw bad("top_logprobs", "`top_logprobs` requires `logprobs` to be set to true");
  }
  return Math.max(top ?? nTopLogprobs, 1);
}

/** @throws AppError invalid_request, and what `load` throws */
export async function toChatPrompt(body: ChatPromptRequest, load: LoadMedia): Promise<ChatPrompt> {
  const { tools, toolChoice } = toTools(body);
  refuse(body.reasoning ?? {}, reasoningRefusals, "reasoning.");
  checkContinuation(body);
  return {
    type: "chat",
    tools,
    toolChoice,
    parallelToolCalls: body.parallel_tool_calls,
    parseToolCalls: body.parse_tool_calls,
    ...toFormat(body, toolChoice === "none" ? [] : tools),
    ...toThinking(toThinkingFields(body)),
    reasoningFormat: body.reasoning_format,
    reasoningBudget: toReasoningBudget(body),
    reasoningBudgetMessage: body.reasoning_budget_message,
    addGenerationPrompt: body.add_generation_prompt,
    continueFinalMessage: body.continue_final_message,
    messages: await toMessages(body.messages, load),
  };
}

/** `response_format`, `json_schema` and `grammar` all constrain the answer: one of them may. */
function toFormat(body: ChatPromptRequest, callable: Tool[]): Constraint {
  const constraint = toConstraint(body);
  const schema = toFormatSchema(body.response_format);
  if (schema && (constraint.grammar || constraint.jsonSchema)) {
    throw bad("response_format", "`response_format` excludes `grammar` and `json_schema`");
  }
  if (constraint.grammar && callable.length > 0) {
    throw bad("grammar", "`grammar` excludes `tools`: a tool call has a grammar of its own");
  }
  return schema ? { jsonSchema: schema } : constraint;
}

function toFormatSchema(format: ChatPromptRequest["response_format"]): object | undefined {
  switch (format?.type) {
    case undefined:
    case "text":
      return undefined;
    case "json_object":
      return checked(format?.schema ?? {}, "response_format.schema");
    case "json_schema":
      return checked(format?.json_schema?.schema ?? {}, "response_format.json_schema.schema");
    default:
      return format?.type satisfies undefined;
  }
}

function checked(schema: object, param: string): object {
  checkSchema(schema, param);
  return schema;
}

/** The same can be said in OpenAI's words, OpenRouter's and Ollama's. */
function toThinkingFields(body: ChatPromptRequest): ThinkingFields {
  const { reasoning = {}, think, verbosity } = body;
  const level = typeof think === "string" ? think : undefined;
  return {
    effort: body.reasoning_effort ?? reasoning.effort ?? level,
    enabled: reasoning.enabled ?? (think === undefined ? undefined : think !== false),
    kwargs: { ...(verbosity && { verbosity }), ...body.chat_template_kwargs },
  };
}

/** -1 leaves the limit to the server, as llama-server has it. */
function toReasoningBudget(body: ChatPromptRequest): number | undefined {
  const budget =
    body.reasoning_budget_tokens ?? body.thinking_budget_tokens ?? body.reasoning?.max_tokens;
  return budget === -1 ? undefined : budget;
}

function checkContinuation(body: ChatPromptRequest): void {
  const { messages, add_generation_prompt: adds = true } = body;
  if (!body.continue_final_message) return;
  if (adds) {
    const conflict = "Cannot set both add_generation_prompt and continue_final_message to true.";
    throw bad("continue_final_message", `\`continue_final_message\`: ${conflict}`);
  }
  const last = messages.at(-1);
  if (last?.role === "assistant" && last.tool_calls?.length) {
    const conflict = "Cannot continue an assistant message that contains tool calls.";
    throw bad("continue_final_message", `\`continue_final_message\`: ${conflict}`);
  }
}

function bad(param: string, message: string): AppError {
  return new AppError("invalid_request", message, { param });
}

/** The field that an answer's grammar comes from, as the client calls it. */
export function schemaField({ tools, response_format: format }: ChatPromptRequest): string {
  if (tools?.length) return "tools";
  if (format?.type === "json_schema") return "response_format.json_schema.schema";
  return format?.type === "json_object" ? "response_format.schema" : "json_schema";
}
