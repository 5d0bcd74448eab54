import { AppError } from "../../core/errors.ts";
import type { Completion, GenerateEvent } from "../../core/generate.ts";
import type { ToolCall } from "../../core/messages.ts";
import { type Answer, type Generation, ToolCallPieces } from "../generation.ts";
import type { ChatResponse, OllamaError } from "./schema.ts";

type Figures = Pick<Generation, "loadMs" | "elapsedMs">;

export function toChatResponse(answer: Answer, model: string, figures: Figures): ChatResponse {
  const { text, reasoning, toolCalls, completion } = answer;
  const calls = toToolCalls(toolCalls, completion);
  const message = {
    ...said(text),
    ...(reasoning && { thinking: reasoning }),
    ...(calls.length > 0 && { tool_calls: calls }),
  };
  return { ...line(model, message), ...toEnding(completion, figures) };
}

/** Ollama's lines: text as it comes, tool calls once they are whole, figures in the last line. */
export async function* toLines(
  events: AsyncIterable<GenerateEvent>,
  model: string,
  figures: Figures,
): AsyncGenerator<ChatResponse> {
  const pieces = new ToolCallPieces();
  for await (const event of events) {
    switch (event.type) {
      case "progress":
      case "prefilled":
        break;
      case "text":
        yield line(model, said(event.text));
        break;
      case "reasoning":
        yield line(model, { ...said(""), thinking: event.text });
        break;
      case "tool_call":
        pieces.add(event);
        break;
      case "done": {
        const calls = toToolCalls(pieces.calls, event);
        if (calls.length > 0) yield line(model, { ...said(""), tool_calls: calls });
        yield { ...line(model, said("")), ...toEnding(event, figures) };
        break;
      }
      default:
        event satisfies never;
    }
  }
}

/** The answer to a request without messages, which only loads the model or unloads it. */
export function toLoaded(model: string, done_reason: "load" | "unload"): ChatResponse {
  return { ...line(model, said("")), done: true, done_reason };
}

function line(model: string, message: ChatResponse["message"]): ChatResponse {
  return { model, created_at: new Date().toISOString(), message, done: false };
}

const said = (content: string) => ({ role: "assistant" as const, content });

/** Ollama has arguments as an object. A last call that `length` cut short is left out. */
function toToolCalls(calls: ToolCall[], { reason }: Completion) {
  return calls.flatMap(({ id, name, arguments: text }, index) => {
    const parsed = parseObject(text);
    if (parsed) return [{ id, function: { index, name, arguments: parsed } }];
    if (reason === "length" && index === calls.length - 1) return [];
    throw new AppError("internal", `the model called "${name}" with broken arguments: ${text}`);
  });
}

function parseObject(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
    return isObject ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}

/** Nanoseconds; the parts never add up to more than the whole, whoever's clock measured them. */
function toEnding(done: Completion, { loadMs, elapsedMs }: Figures) {
  const load = toNs(loadMs);
  const prompt = toNs(done.prefillMs);
  const answer = toNs(done.decodeMs);
  return {
    done: true,
    done_reason: done.reason === "length" ? ("length" as const) : ("stop" as const),
    total_duration: Math.max(toNs(elapsedMs), load + prompt + answer),
    load_duration: load,
    prompt_eval_count: done.nPrompt,
    prompt_eval_duration: prompt,
    eval_count: done.nPredicted,
    eval_duration: answer,
  };
}

const toNs = (ms: number) => Math.round(ms * 1e6);

export function toErrorBody({ message }: AppError): OllamaError {
  return { error: message };
}
