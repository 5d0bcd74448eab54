import type { AppError, ErrorCode } from "../../core/errors.ts";
import type { Completion } from "../../core/generate.ts";
import type { Answer, Generation } from "../generation.ts";
import type { AnthropicAnswer, AnthropicError, OutputBlock, StopReason } from "./schema.ts";

export function toAnswer(answer: Answer, generation: Generation): AnthropicAnswer {
  const { text, reasoning, toolCalls, completion } = answer;
  const content: OutputBlock[] = [];
  // Thinking is not signed here, but clients expect a signature.
  if (reasoning) content.push({ type: "thinking", thinking: reasoning, signature: "" });
  if (text) content.push({ type: "text", text });
  for (const { id, name, arguments: json } of toolCalls) {
    content.push({ type: "tool_use", id, name, input: toInput(json) });
  }
  return {
    ...toHead(generation),
    content,
    ...toEnding(completion),
    usage: { ...toInputUsage(completion), output_tokens: completion.nPredicted },
  };
}

/** What a message begins with. */
export function toHead({ model }: Generation) {
  return {
    id: `msg_${crypto.randomUUID().replaceAll("-", "")}`,
    type: "message" as const,
    role: "assistant" as const,
    model: model.name,
  };
}

export function toEnding({ reason, stoppingText }: Completion) {
  return { stop_reason: stopReasons[reason], stop_sequence: stoppingText || null };
}

const stopReasons: Record<Completion["reason"], StopReason> = {
  eos: "end_turn",
  stop: "stop_sequence",
  length: "max_tokens",
  tool_calls: "tool_use",
};

/** Anthropic counts cached tokens beside the others. */
export function toInputUsage({ nPrompt, nCached }: { nPrompt: number; nCached: number }) {
  return { input_tokens: nPrompt - nCached, cache_read_input_tokens: nCached };
}

/** A call that was cut off has no arguments that could be read. */
function toInput(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return {};
  }
}

const errorTypes: Record<ErrorCode, string> = {
  invalid_request: "invalid_request_error",
  context_length_exceeded: "invalid_request_error",
  unsupported: "invalid_request_error",
  unauthorized: "authentication_error",
  forbidden: "permission_error",
  model_not_found: "not_found_error",
  not_found: "not_found_error",
  conflict: "invalid_request_error",
  cancelled: "invalid_request_error",
  internal: "api_error",
  engine_crashed: "api_error",
  model_load_failed: "api_error",
  loading: "overloaded_error",
  switched_off: "api_error",
  overloaded: "overloaded_error",
};

export function toErrorBody({ code, message }: AppError): AnthropicError {
  return { type: "error", error: { type: errorTypes[code], message } };
}
