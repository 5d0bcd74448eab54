import type { AppError, ErrorCode } from "../../core/errors.ts";
import type { Completion, GenerateEvent } from "../../core/generate.ts";
import type { Model } from "../../models/catalog.ts";
import type { Answer } from "../generation.ts";
import { toTimings } from "../timings.ts";
import type {
  ChatCompletion,
  ChatCompletionChunk,
  Delta,
  ModelCard,
  OpenAiError,
  Usage,
} from "./schema.ts";

/** What every answer and every chunk begins with. */
export interface Head {
  id: string;
  created: number;
  model: string;
  system_fingerprint: string;
}

export function toHead(model: Model, createdAt: Date, version: string): Head {
  return {
    id: `chatcmpl-${crypto.randomUUID().replaceAll("-", "")}`,
    created: Math.floor(createdAt.getTime() / 1000),
    model: model.name,
    system_fingerprint: `hutch-${version}`,
  };
}

export function toChatCompletion(answer: Answer, head: Head): ChatCompletion {
  const { text, reasoning, toolCalls, completion } = answer;
  const calls = toolCalls.map((call) => ({
    id: call.id,
    type: "function" as const,
    function: { name: call.name, arguments: call.arguments },
  }));
  const message = {
    role: "assistant" as const,
    content: calls.length > 0 && text === "" ? null : text,
    ...(reasoning && { reasoning_content: reasoning }),
    ...(calls.length > 0 && { tool_calls: calls }),
  };
  return {
    ...head,
    object: "chat.completion",
    choices: [{ index: 0, message, logprobs: null, finish_reason: finishReason(completion) }],
    usage: toUsage(completion),
    timings: toTimings(completion),
  };
}

/**
 * The chunks of a streamed answer. The first one waits for the model's first word: until then a
 * failure can still be an HTTP status.
 */
export async function* toChunks(
  events: AsyncIterable<GenerateEvent>,
  head: Head,
  includeUsage: boolean,
): AsyncGenerator<ChatCompletionChunk> {
  let begun = false;
  for await (const event of events) {
    if (event.type === "prefilled") continue;
    if (!begun) yield toChunk(head, { role: "assistant", content: "" });
    begun = true;
    if (event.type !== "done") {
      yield toChunk(head, toDelta(event));
      continue;
    }
    const timings = toTimings(event);
    const last = toChunk(head, {}, finishReason(event));
    yield includeUsage ? last : { ...last, timings };
    if (!includeUsage) return;
    yield { ...toChunk(head, {}), choices: [], usage: toUsage(event), timings };
  }
}

function toChunk(
  head: Head,
  delta: Delta,
  finish_reason: ChatCompletionChunk["choices"][number]["finish_reason"] = null,
): ChatCompletionChunk {
  const choices = [{ index: 0, delta, logprobs: null, finish_reason }];
  return { ...head, object: "chat.completion.chunk", choices };
}

function toDelta(event: Exclude<GenerateEvent, { type: "prefilled" | "done" }>): Delta {
  switch (event.type) {
    case "text":
      return { content: event.text };
    case "reasoning":
      return { reasoning_content: event.text };
    case "tool_call": {
      const { index, id, name, arguments: text } = event;
      const opening = id === undefined ? {} : { id, type: "function" as const };
      const called = { ...(name !== undefined && { name }), arguments: text };
      return { tool_calls: [{ index, ...opening, function: called }] };
    }
    default:
      return event satisfies never;
  }
}

function finishReason({ reason }: Completion): "stop" | "length" | "tool_calls" {
  return reason === "eos" ? "stop" : reason;
}

function toUsage(done: Completion): Usage {
  return {
    prompt_tokens: done.nPrompt,
    completion_tokens: done.nPredicted,
    total_tokens: done.nPrompt + done.nPredicted,
    prompt_tokens_details: { cached_tokens: done.nCached },
    completion_tokens_details: { reasoning_tokens: done.nReasoning },
  };
}

export function toModelCard(model: Model): ModelCard {
  const created = Math.floor(model.modifiedAt / 1000);
  return { id: model.name, object: "model", created, owned_by: "hutch" };
}

/** OpenAI's `type` of an error; its `code` is our own word for it. */
const errorTypes: Record<ErrorCode, string> = {
  invalid_request: "invalid_request_error",
  context_length_exceeded: "invalid_request_error",
  unsupported: "invalid_request_error",
  model_not_found: "not_found_error",
  not_found: "not_found_error",
  cancelled: "invalid_request_error",
  internal: "server_error",
  engine_crashed: "server_error",
  model_load_failed: "server_error",
  loading: "unavailable_error",
  overloaded: "unavailable_error",
};

/** `details` has n_prompt_tokens and n_ctx where a prompt is too long, as llama-server does. */
export function toErrorBody({ code, message, param, details }: AppError): OpenAiError {
  return { error: { message, type: errorTypes[code], param: param ?? null, code, ...details } };
}
