import type { AppError, ErrorCode } from "../../core/errors.ts";
import type { Completion } from "../../core/generate.ts";
import type { Answer, Generation } from "../generation.ts";
import type {
  AnthropicAnswer,
  AnthropicError,
  DeltaUsage,
  OutputBlock,
  StopReason,
} from "./answer-schema.ts";
import { maxTokensOf } from "./request.ts";
import type { MessagesRequest } from "./schema.ts";

/** An answer on its way. */
export interface Reply {
  requestId: string;
  body: MessagesRequest;
  generation: Generation;
  /** Says when the context was full, which llama-server does not. */
  followsAnthropic: boolean;
}

export function toAnswer(answer: Answer, reply: Reply): AnthropicAnswer {
  const { text, reasoning, toolCalls, completion } = answer;
  const content: OutputBlock[] = [];
  if (reasoning) content.push(thinkingBlock(hidesThinking(reply) ? "" : reasoning));
  if (text) content.push(textBlock(text));
  for (const { id, name, arguments: json } of toolCalls) {
    content.push(callBlock(id, name, toInput(json)));
  }
  return { ...toHead(reply, completion), content, ...toEnding(completion, reply) };
}

export const textBlock = (text: string) => ({ type: "text" as const, text, citations: null });

/** Thinking is not signed here, but clients expect a signature. */
export const thinkingBlock = (thinking: string) => ({
  type: "thinking" as const,
  thinking,
  signature: "",
});

export const callBlock = (id: string, name: string, input: Record<string, unknown>) => ({
  type: "tool_use" as const,
  id,
  name,
  input,
  caller: { type: "direct" as const },
});

export const hidesThinking = ({ body }: Reply) => body.thinking?.display === "omitted";

/** What a message is before it has content; `usage` is what it took so far. */
export function toHead(reply: Reply, usage: TokenCounts): AnthropicAnswer {
  return {
    id: `msg_${randomHex()}`,
    type: "message",
    role: "assistant",
    model: reply.generation.model.name,
    content: [],
    stop_reason: null,
    ...noEnding,
    usage: {
      ...toUsage(usage),
      cache_creation: null,
      inference_geo: null,
      service_tier: null,
      speed: null,
    },
    diagnostics: null,
    ...toContextManagement(reply),
  };
}

const noEnding = { stop_sequence: null, stop_details: null, container: null };

export const randomHex = () => crypto.randomUUID().replaceAll("-", "");

/** No edit of the context that would change anything is let through. */
export function toContextManagement({ body }: Reply) {
  return { context_management: body.context_management ? { applied_edits: [] } : null };
}

export function toEnding(completion: Completion, reply: Reply) {
  const { reason, stoppingText, truncated, nPredicted } = completion;
  const isFull = reason === "length" && truncated && nPredicted < maxTokensOf(reply.body);
  const isSaid = isFull && reply.followsAnthropic;
  const stop_reason = isSaid ? "model_context_window_exceeded" : stopReasons[reason];
  return { ...noEnding, stop_reason, stop_sequence: stoppingText || null };
}

const stopReasons: Record<Completion["reason"], StopReason> = {
  eos: "end_turn",
  stop: "stop_sequence",
  length: "max_tokens",
  tool_calls: "tool_use",
};

type TokenCounts = Pick<Completion, "nPrompt" | "nCached" | "nPredicted" | "nReasoning">;

/** Anthropic counts cached tokens beside the others. */
export function toUsage({ nPrompt, nCached, nPredicted, nReasoning }: TokenCounts): DeltaUsage {
  return {
    input_tokens: nPrompt - nCached,
    cache_read_input_tokens: nCached,
    cache_creation_input_tokens: 0,
    output_tokens: nPredicted,
    output_tokens_details: { thinking_tokens: nReasoning },
    server_tool_use: null,
  };
}

/** Arguments that are no object were cut off; Anthropic's own word keeps them from being run. */
function toInput(json: string): Record<string, unknown> {
  try {
    const input: unknown = JSON.parse(json || "{}");
    if (typeof input === "object" && input !== null && !Array.isArray(input)) return { ...input };
  } catch {
    // no JSON at all: the same as JSON of another kind
  }
  return { INVALID_JSON: json };
}

const errorTypes: Record<ErrorCode, string> = {
  invalid_request: "invalid_request_error",
  context_length_exceeded: "invalid_request_error",
  unsupported: "invalid_request_error",
  unauthorized: "authentication_error",
  forbidden: "permission_error",
  model_not_found: "not_found_error",
  not_found: "not_found_error",
  wrong_method: "invalid_request_error",
  conflict: "invalid_request_error",
  body_too_late: "invalid_request_error",
  body_too_large: "request_too_large",
  rate_limited: "rate_limit_error",
  unsupported_encoding: "invalid_request_error",
  cancelled: "invalid_request_error",
  internal: "api_error",
  engine_crashed: "api_error",
  model_load_failed: "api_error",
  loading: "overloaded_error",
  switched_off: "api_error",
  overloaded: "overloaded_error",
  crash_loop: "overloaded_error",
  worker_unreachable: "overloaded_error",
};

export function toErrorBody({ code, message, param }: AppError, requestId: string): AnthropicError {
  const details = param === "thread" && { details: threadUnsupported };
  return {
    type: "error",
    error: { type: errorTypes[code], message, ...details },
    request_id: requestId,
  };
}

/** By this, Anthropic's client knows to send the whole conversation instead. */
const threadUnsupported = { error_code: "thread_unsupported_request" };
