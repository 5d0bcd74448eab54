import { AppError } from "../../core/errors.ts";
import type { GenerateRequest, ModelInfo } from "../../core/generate.ts";
import type { Model } from "../../models/catalog.ts";
import type { Wish } from "../../supervisor/supervisor.ts";
import { collectAll, fanOut, type IndexedEvent } from "../fan-out.ts";
import type { Gateway } from "../gateway.ts";
import { type Answer, Generation } from "../generation.ts";
import { type NativeFields, toPingSeconds } from "../native-request.ts";
import { sse } from "../sse.ts";
import type { Answering } from "./answering.ts";
import type { Head } from "./head.ts";

/** A request on its way to one answer or several. */
export interface Asked {
  head: Head;
  model: Model;
  info: ModelInfo;
  wish: Wish;
  /** One for each answer. */
  requests: GenerateRequest[];
  nPerPrompt: number;
  /** Most alternatives of each token that are shown. */
  nTop: number;
}

export type Body = NativeFields & {
  stream_options?: { include_usage?: boolean; include_obfuscation?: boolean };
};

/** Most answers to a prompt that a client of OpenAI may ask for; they take turns. */
const nCompletionsMax = 128;

/** Most alternatives of each token, of which an answer holds all. OpenAI has 20, or fewer. */
const nAlternativesMax = 100;

/** @throws AppError for more alternatives of each token than a client of OpenAI may ask for */
export function checkAlternatives(
  body: { n_probs?: number; top_logprobs?: number; logprobs?: unknown },
  { followsOpenAi }: Gateway,
): void {
  if (!followsOpenAi) return;
  for (const param of ["n_probs", "top_logprobs", "logprobs"] as const) {
    const n = body[param];
    if (typeof n !== "number" || n <= nAlternativesMax) continue;
    const range = `value must be 0 <= value <= ${nAlternativesMax}, but got ${n}`;
    throw new AppError("invalid_request", `\`${param}\` is out of range: ${range}`, { param });
  }
}

/** How many answers to a prompt a request may ask for, which a drop-in learns from the model. */
export function nMaxOf({ followsOpenAi }: Gateway, info: ModelInfo | null): number {
  return followsOpenAi ? nCompletionsMax : (info?.nParallel ?? Number.POSITIVE_INFINITY);
}

/** Whether the answer carries `__verbose`. */
export function isVerbose(body: NativeFields, { settings }: Gateway): boolean {
  return body.verbose ?? settings.verbose;
}

export function toAnswering(asked: Asked, body: Body, gateway: Gateway): Answering {
  const { head, model, info, requests, nPerPrompt, nTop } = asked;
  const includeUsage = body.stream_options?.include_usage ?? false;
  return {
    head,
    body,
    nPerPrompt,
    nAnswers: requests.length,
    includeUsage,
    nullsUsage: includeUsage && gateway.followsOpenAi,
    obfuscates: body.stream_options?.include_obfuscation ?? false,
    logprobs: { isPostSampling: body.post_sampling_probs ?? false, nTop },
    native: isVerbose(body, gateway) ? { requests, body, model: model.name, info } : null,
  };
}

/** How a route writes its answers: whole, or as the chunks of a stream. */
export interface Form<Whole> {
  whole(answers: readonly Answer[]): Whole;
  chunks(events: AsyncIterable<IndexedEvent>): AsyncIterable<object | null>;
}

/** Lets the engine answer, all requests side by side. */
export async function respond<Whole>(
  gateway: Gateway,
  { model, info, requests, wish }: Asked,
  body: Body,
  signal: AbortSignal,
  form: Form<Whole>,
): Promise<Whole | Response> {
  const generations = requests.map((request) => new Generation(gateway, model, request, wish));
  if (!body.stream) {
    const events = fanOut(generations, info.nParallel, signal, true);
    return form.whole(await collectAll(events, generations.length));
  }
  const open = (until: AbortSignal) => form.chunks(fanOut(generations, info.nParallel, until));
  const pingSeconds = toPingSeconds(body, gateway.settings);
  return sse({ open, signal, toErrorBody: gateway.toOpenAiError }, { end: "[DONE]", pingSeconds });
}

/** A handler's promise in the words of Elysia's types, which know no promise of either. */
export function either<Whole>(answer: Promise<Whole | Response>) {
  return answer as Promise<Whole> | Promise<Response>;
}
