import { postStream } from "./events.ts";
import { median } from "./median.ts";
import type { ServedModel } from "./server.ts";

/** A `POST /completion` of the llama.cpp dialect, which both servers speak. */
export interface CompletionRequest {
  /** Text, or token ids. */
  readonly prompt: string | readonly number[];
  readonly nPredict: number;
  /** More fields of the body, or others than `greedy`, `ignore_eos` and no prompt cache. */
  readonly fields?: Readonly<Record<string, unknown>>;
  /** A grammar may end the answer before `nPredict`; otherwise that is an error. */
  readonly mayEndEarly?: boolean;
}

/** When the tokens of one stream reached the client. Times are `performance.now()`, in ms. */
export interface StreamTimes {
  readonly sentMs: number;
  readonly firstTokenMs: number;
  readonly lastTokenMs: number;
  /** Time between neighbouring events, which hold one token or, with speculation, several. */
  readonly gapsMs: readonly number[];
  readonly nPredicted: number;
  /** Tokens after those of the first event. */
  readonly nDecoded: number;
  /** Tokens decoded per second between the first event and the last. */
  readonly decodeRate: number;
  readonly text: string;
}

/** One server-sent event of the stream. Fields that we do not read are left out. */
interface CompletionEvent {
  readonly content?: string;
  readonly stop?: boolean;
  readonly tokens_predicted?: number;
}

/** Some tokens that have arrived. */
export interface Arrival {
  readonly ms: number;
  /** Tokens of the answer up to now. */
  readonly nTokens: number;
  readonly text: string;
  readonly stop: boolean;
}

/**
 * The tokens of one completion as they arrive. They are counted by the server's `tokens_predicted`,
 * not by events: several may share one event when text is held back or guessed.
 */
export async function* completionArrivals(
  { baseUrl, name }: ServedModel,
  { prompt, nPredict, fields }: CompletionRequest,
  signal: AbortSignal,
): AsyncGenerator<Arrival> {
  const body = {
    ...{ prompt, n_predict: nPredict, stream: true },
    ...{ temperature: 0, ignore_eos: true, cache_prompt: false },
    ...(name === undefined ? {} : { model: name }),
    ...fields,
  };
  let nTokens = 0;
  for await (const event of postStream<CompletionEvent>(`${baseUrl}/completion`, body, signal)) {
    nTokens = event.tokens_predicted ?? nTokens + 1;
    yield {
      ms: performance.now(),
      nTokens,
      text: event.content ?? "",
      stop: event.stop === true,
    };
  }
}

/**
 * Sends one completion and watches its stream to the end.
 * @throws Error on an error status or frame, and when the number of tokens is not the one asked
 *   for: a stream that ends early must not look fast
 */
export async function streamCompletion(
  model: ServedModel,
  request: CompletionRequest,
  signal: AbortSignal,
): Promise<StreamTimes> {
  const sentMs = performance.now();
  const arrivals: Arrival[] = [];
  for await (const arrival of completionArrivals(model, request, signal)) arrivals.push(arrival);
  const [first, last] = [arrivals[0], arrivals.at(-1)];
  if (first === undefined || last === undefined || !last.stop) {
    throw new Error("the stream ended without an event that has stop: true");
  }
  if (last.nTokens !== request.nPredict && request.mayEndEarly !== true) {
    throw new Error(`${last.nTokens} tokens predicted, ${request.nPredict} asked for`);
  }
  const nDecoded = last.nTokens - first.nTokens;
  return {
    sentMs,
    firstTokenMs: first.ms,
    lastTokenMs: last.ms,
    gapsMs: gapsOf(arrivals),
    nPredicted: last.nTokens,
    nDecoded,
    decodeRate: (nDecoded / (last.ms - first.ms)) * 1000,
    text: arrivals.map(({ text }) => text).join(""),
  };
}

/** The last event only says that it was the last. */
function gapsOf(arrivals: readonly Arrival[]): number[] {
  const withTokens = arrivals.filter(({ nTokens }, i) => nTokens > (arrivals[i - 1]?.nTokens ?? 0));
  return withTokens.slice(1).map(({ ms }, i) => ms - (withTokens[i]?.ms ?? ms));
}

/** Tokens of all streams ÷ the time from the first request sent to the last token, per second. */
export function aggregateRate(streams: readonly StreamTimes[]): number {
  const nTokens = streams.reduce((sum, times) => sum + times.nPredicted, 0);
  return (nTokens / wallMs(streams)) * 1000;
}

/** From the first request sent to the last token received, ms. */
export function wallMs(streams: readonly StreamTimes[]): number {
  const startMs = Math.min(...streams.map((times) => times.sentMs));
  return Math.max(...streams.map((times) => times.lastTokenMs)) - startMs;
}

/** From the request sent to the first token received, ms. */
export function timeToFirstToken(times: StreamTimes): number {
  return times.firstTokenMs - times.sentMs;
}

/** Median of the gaps of all streams, ms. */
export function medianGap(streams: readonly StreamTimes[]): number {
  return median(streams.flatMap(({ gapsMs }) => gapsMs));
}
