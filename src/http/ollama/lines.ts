import { AppError } from "../../core/errors.ts";
import type { Completion, GenerateEvent, TokenProbability } from "../../core/generate.ts";
import type { ToolCall } from "../../core/messages.ts";
import { type Answer, type Generation, ToolCallPieces } from "../generation.ts";
import { toProbability } from "../probabilities.ts";
import type { AnsweredCall, BareAnswer, Logprob } from "./schema.ts";

/** What a line says, before its route puts it into words of its own. */
export interface Said {
  text: string;
  thinking?: string;
  toolCalls?: AnsweredCall[];
}

/** How a route of this dialect tells an answer. */
export interface Telling<Own extends object> {
  /** The name as the request has it. */
  model: string;
  generation: Pick<Generation, "loadMs" | "elapsedMs" | "nCtx">;
  /** What the route says it in. */
  own(said: Said): Own;
  /** Likely tokens to list for each; null: no probabilities. */
  nTop: number | null;
  /** What else the last line has; `tokens` are those of the answer, if they were asked for. */
  atEnd?(done: Completion, tokens: number[]): Partial<Own>;
}

export type Line<Own> = Own & BareAnswer;

/** The whole answer, for clients that do not stream. */
export function toWhole<Own extends object>(answer: Answer, telling: Telling<Own>): Line<Own> {
  const { text, reasoning, completion, probs, tokens } = answer;
  const said = { text, thinking: reasoning, toolCalls: toCalls(answer.toolCalls, completion) };
  return {
    ...line(telling, said, probs),
    ...toEnding(completion, telling.generation),
    ...telling.atEnd?.(completion, tokens),
  };
}

/** Ollama's lines: text as it comes, tool calls once they are whole, figures in the last line. */
export async function* toLines<Own extends object>(
  events: AsyncIterable<GenerateEvent>,
  telling: Telling<Own>,
): AsyncGenerator<Line<Own>> {
  const pieces = new ToolCallPieces();
  const tokens: number[] = [];
  let ofCalls: TokenProbability[] = [];
  for await (const event of events) {
    if (event.type === "progress" || event.type === "prefilled") continue;
    for (const token of event.tokens ?? []) tokens.push(token);
    const { probs = [] } = event;
    switch (event.type) {
      case "text":
        // A token without text of its own is nothing to show, but may have a probability.
        if (event.text !== "" || (telling.nTop !== null && probs.length > 0)) {
          yield line(telling, { text: event.text }, probs);
        }
        break;
      case "reasoning":
        yield line(telling, { text: "", thinking: event.text }, probs);
        break;
      case "tool_call":
        pieces.add(event);
        ofCalls.push(...probs);
        break;
      case "done": {
        const toolCalls = toCalls(pieces.calls, event);
        if (toolCalls.length > 0) {
          yield line(telling, { text: "", toolCalls }, ofCalls);
          ofCalls = [];
        }
        yield {
          ...line(telling, { text: "" }, [...ofCalls, ...probs]),
          ...toEnding(event, telling.generation),
          ...telling.atEnd?.(event, tokens),
        };
        break;
      }
      default:
        event satisfies never;
    }
  }
}

/** The answer to a request that only loads the model or unloads it. */
export function toLoaded<Own extends object>(
  { model, own }: Pick<Telling<Own>, "model" | "own">,
  done_reason: "load" | "unload",
): Line<Own> {
  return { ...head(model, own({ text: "" })), done: true, done_reason };
}

/** The answer to a request that only wants to see its prompt. */
export function toRendered<Own extends object>(
  { model, own }: Pick<Telling<Own>, "model" | "own">,
  rendered_template: string,
  image_count: number,
): Line<Own> {
  const _debug_info = { rendered_template, image_count };
  return { ...head(model, own({ text: "" })), _debug_info };
}

function line<Own extends object>(
  { model, own, nTop }: Telling<Own>,
  said: Said,
  probs: TokenProbability[],
): Line<Own> {
  const logprobs = nTop === null ? [] : probs.map((prob) => toLogprob(prob, nTop));
  return { ...head(model, own(said)), ...(logprobs.length > 0 && { logprobs }) };
}

function head<Own extends object>(model: string, own: Own): Line<Own> {
  return { model, created_at: new Date().toISOString(), ...own, done: false };
}

function toLogprob(found: TokenProbability, nTop: number): Logprob {
  const { token, logprob = 0, bytes, top_logprobs: top = [] } = toProbability(found, false);
  const likeliest = top.slice(0, nTop).map((one) => {
    return { token: one.token, logprob: one.logprob ?? 0, bytes: one.bytes };
  });
  return { token, logprob, bytes, ...(nTop > 0 && { top_logprobs: likeliest }) };
}

/** Ollama has arguments as an object. A last call that `length` cut short is left out. */
function toCalls(calls: ToolCall[], { reason }: Completion): AnsweredCall[] {
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
function toEnding(done: Completion, { loadMs, elapsedMs, nCtx }: Telling<object>["generation"]) {
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
    context_length: nCtx,
    ...(done.nCached > 0 && { prompt_cached_count: done.nCached }),
    ...(done.truncated && { truncated: true }),
    ...(done.nMessagesDropped && { messages_dropped: done.nMessagesDropped }),
    ...(done.nPromptDropped && { prompt_tokens_dropped: done.nPromptDropped }),
    ...(done.nShifted && { tokens_shifted: done.nShifted }),
  };
}

export const toNs = (ms: number) => Math.round(ms * 1e6);
