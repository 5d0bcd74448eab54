import { type AppError, type ErrorCode, statusOf } from "../../core/errors.ts";
import type { Completion as Done, GenerateEvent } from "../../core/generate.ts";
import type { ModelStatus } from "../../supervisor/supervisor.ts";
import type { Answer } from "../generation.ts";
import { toTimings } from "../timings.ts";
import type { Completion, CompletionPiece, LlamaServerError } from "./schema.ts";

/** Tokens are only listed when asked for, and slots are not shown yet. */
const piece = { index: 0, tokens: [], id_slot: -1 };

export function toCompletion(answer: Answer, model: string): Completion {
  const { text, completion } = answer;
  return { ...piece, content: text, ...toEnding(completion, model, text.includes("\n")) };
}

/** llama-server's pieces: the last one has `stop: true`, the figures, and no text. */
export async function* toPieces(
  events: AsyncIterable<GenerateEvent>,
  model: string,
): AsyncGenerator<CompletionPiece | Completion> {
  let nPrompt = 0;
  let hasNewLine = false;
  for await (const event of events) {
    switch (event.type) {
      case "prefilled":
        nPrompt = event.nPrompt;
        break;
      case "text":
        hasNewLine ||= event.text.includes("\n");
        yield { ...piece, content: event.text, stop: false, tokens_evaluated: nPrompt };
        break;
      case "reasoning": // a plain prompt has no chat format that could tell these apart
      case "tool_call":
        break;
      case "done":
        yield { ...piece, content: "", ...toEnding(event, model, hasNewLine) };
        break;
      default:
        event satisfies never;
    }
  }
}

function toEnding(done: Done, model: string, hasNewLine: boolean) {
  return {
    stop: true as const,
    model,
    tokens_predicted: done.nPredicted,
    tokens_evaluated: done.nPrompt,
    // The last token that was sampled has not been decoded, so it is not in the KV cache.
    tokens_cached: done.nPrompt + Math.max(done.nPredicted - 1, 0),
    has_new_line: hasNewLine,
    truncated: done.truncated,
    stop_type: stopTypes[done.reason],
    stopping_word: done.stoppingText,
    timings: toTimings(done),
  };
}

const stopTypes = { eos: "eos", stop: "word", length: "limit", tool_calls: "eos" } as const;

const errorTypes: Record<ErrorCode, string> = {
  invalid_request: "invalid_request_error",
  context_length_exceeded: "exceed_context_size_error",
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

export function toErrorBody({ code, message, details }: AppError): LlamaServerError {
  return { error: { code: statusOf[code], message, type: errorTypes[code], ...details } };
}

/**
 * What keeps the server from being healthy, or null. A model that was ready once and is unloaded
 * now comes back with the next request: that is health.
 */
export function toIllness(status: ModelStatus, wasReady: boolean): string | null {
  switch (status.state) {
    case "ready":
      return null;
    case "loading":
      return "Loading model";
    case "unloaded":
      return wasReady ? null : "Loading model";
    case "failed":
      return status.error.message;
    default:
      return status satisfies never;
  }
}
