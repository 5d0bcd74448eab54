import type { GenerateEvent } from "../../core/generate.ts";
import type { IndexedEvent } from "../fan-out.ts";
import type { Answer } from "../generation.ts";
import { type NativeContext, toCompletion, toProgressPiece } from "../native-answer.ts";
import type { NativeFields } from "../native-request.ts";
import { paddingFor } from "../padding.ts";
import { type Progress, type Timings, toTimings } from "../timings.ts";
import { type Head, type LogprobsOptions, toUsage, type Usage } from "./head.ts";

/** What all answers to one request have in common. */
export interface Answering {
  head: Head;
  body: NativeFields;
  /** Answers to each prompt. */
  nPerPrompt: number;
  /** Answers in all. */
  nAnswers: number;
  includeUsage: boolean;
  /** With `includeUsage`, the chunks before the one with the usage say that they have none. */
  nullsUsage: boolean;
  /** Chunks of a stream are padded. */
  obfuscates: boolean;
  logprobs: LogprobsOptions;
  /** For `__verbose`; null: nobody wants it. */
  native: NativeContext | null;
}

export function verbose(answer: Answer, index: number, { native }: Answering) {
  return native ? { __verbose: toCompletion(answer, index, native) } : {};
}

/** Fields beside the choice of an event in the middle of a stream. */
export function toExtras(
  event: Extract<GenerateEvent, { nPredicted: number; decodeMs: number }>,
  prefilled: Prefilled,
  { body }: Answering,
): { timings?: Timings } {
  return body.timings_per_token ? { timings: toTimings({ ...prefilled, ...event }) } : {};
}

/** How much of the prompt is evaluated, for those who want to know. */
export function toProgress(
  event: Extract<GenerateEvent, { type: "progress" }>,
  { body }: Answering,
) {
  const { prompt_progress, timings } = toProgressPiece(event, 0, body);
  return { ...(prompt_progress && { prompt_progress }), ...(timings && { timings }) };
}

export type Prefilled = Pick<Progress, "nPrompt" | "nCached" | "prefillMs">;

/** Until the engine says otherwise. */
export const notPrefilled: Prefilled = { nPrompt: 0, nCached: 0, prefillMs: 0 };

/** One of the answers that a stream tells. */
export interface AnswerStream<Chunk> {
  chunks(event: GenerateEvent): Iterable<Chunk>;
  /** The whole answer; there is none before its `done`. */
  readonly answer: Answer;
}

/** How a route writes its chunks. */
export interface Telling<Chunk> {
  stream(index: number): AnswerStream<Chunk>;
  /** The chunk after all answers, for those who want the usage. */
  last(usage: Usage, timings: Timings | undefined): Chunk;
}

/**
 * The chunks of streamed answers; null for "the work has begun": until then a failure can still be
 * an HTTP status.
 */
export async function* tell<Chunk extends object>(
  events: AsyncIterable<IndexedEvent>,
  answering: Answering,
  telling: Telling<Chunk>,
): AsyncGenerator<Chunk | null> {
  const padded = (chunk: Chunk) => (answering.obfuscates ? withPadding(chunk) : chunk);
  const nulled = (chunk: Chunk) => (answering.nullsUsage ? { ...chunk, usage: null } : chunk);
  const streams = Array.from({ length: answering.nAnswers }, (_, i) => telling.stream(i));
  for await (const { index, event } of events) {
    if (event.type === "progress" && !answering.body.return_progress) yield null;
    else for (const chunk of streams[index]?.chunks(event) ?? []) yield padded(nulled(chunk));
  }
  if (!answering.includeUsage) return;
  const completions = streams.map(({ answer }) => answer.completion);
  const usage = toUsage(completions, answering.nPerPrompt);
  yield padded(telling.last(usage, completions.map(toTimings).at(-1)));
}

function withPadding<Chunk extends object>(chunk: Chunk): Chunk {
  return { ...chunk, obfuscation: paddingFor(JSON.stringify(chunk).length) };
}
