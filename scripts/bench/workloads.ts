import { type StreamTimes, streamCompletion } from "./completion.ts";
import { median } from "./median.ts";

/** A number that a workload measures. */
export interface Metric {
  readonly label: string;
  readonly unit: "tok/s" | "ms";
  readonly better: "higher" | "lower";
}

/** What a workload is given in one round. */
export interface Load {
  /** The next prompt of this round: never one that was used before. */
  readonly nextPrompt: () => string;
  readonly nPredict: number;
  readonly nParallel: number;
  readonly signal: AbortSignal;
}

/** One experiment: from a server's base URL to numbers, one for every metric. */
export interface Workload {
  readonly name: string;
  readonly metrics: Readonly<Record<string, Metric>>;
  run(baseUrl: string, load: Load): Promise<Record<string, number>>;
}

/** One stream takes a few seconds only: the median of several makes a steadier figure. */
const nSingleStreams = 3;

/** One client alone, some times in succession. */
const singleStream: Workload = {
  name: "1 stream",
  metrics: {
    decode: { label: "decode", unit: "tok/s", better: "higher" },
    firstToken: { label: "time to first token", unit: "ms", better: "lower" },
  },
  async run(baseUrl, { nextPrompt, nPredict, signal }) {
    const streams: StreamTimes[] = [];
    for (let i = 0; i < nSingleStreams; i++) {
      const request = { prompt: nextPrompt(), nPredict };
      streams.push(await streamCompletion(baseUrl, request, signal));
    }
    return {
      decode: median(streams.map((times) => times.decodeRate)),
      firstToken: median(streams.map((times) => times.firstTokenMs - times.sentMs)),
    };
  },
};

/**
 * All sequences busy at once. The aggregate counts from the first request sent to the last token
 * received, prefill included, so that delaying one stream for another's sake gains nothing.
 */
const concurrentStreams: Workload = {
  name: "8 streams at once",
  metrics: {
    aggregate: { label: "generated tokens ÷ wall time", unit: "tok/s", better: "higher" },
    firstToken: { label: "slowest first token", unit: "ms", better: "lower" },
  },
  async run(baseUrl, { nextPrompt, nPredict, nParallel, signal }) {
    const requests = Array.from({ length: nParallel }, () => ({ prompt: nextPrompt(), nPredict }));
    const streams = await Promise.all(
      requests.map((request) => streamCompletion(baseUrl, request, signal)),
    );
    const startMs = Math.min(...streams.map((times) => times.sentMs));
    const endMs = Math.max(...streams.map((times) => times.lastTokenMs));
    const nTokens = streams.reduce((sum, times) => sum + times.nPredicted, 0);
    return {
      aggregate: (nTokens / (endMs - startMs)) * 1000,
      firstToken: Math.max(...streams.map((times) => times.firstTokenMs - times.sentMs)),
    };
  },
};

export const workloads: readonly Workload[] = [singleStream, concurrentStreams];
