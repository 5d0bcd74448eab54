import { aggregateRate, medianGap, streamCompletion, timeToFirstToken } from "../completion.ts";
import { median } from "../median.ts";
import type { Workload } from "../workload.ts";

/** One stream takes a few seconds only: the median of several makes a steadier figure. */
const nSingleStreams = 3;

/** One client alone, some times in succession. */
export function singleStream(nPredict: number): Workload {
  return {
    name: "1 stream",
    description:
      `A prompt of 64 words that no other request shares, ${nPredict} tokens, greedy; the median ` +
      `of ${nSingleStreams}. Decode counts from the first token received to the last.`,
    metrics: {
      decode: { label: "decode", unit: "tok/s", better: "higher", target: { ratio: 1 } },
      firstToken: { label: "time to first token", unit: "ms", better: "lower" },
    },
    async run({ model }, { nextPrompt, tokens, signal }) {
      const streams = [];
      for (let i = 0; i < nSingleStreams; i++) {
        const request = { prompt: nextPrompt(), nPredict: tokens(nPredict) };
        streams.push(await streamCompletion(model, request, signal));
      }
      return {
        decode: median(streams.map((times) => times.decodeRate)),
        firstToken: median(streams.map(timeToFirstToken)),
      };
    },
  };
}

/**
 * Several streams at once. The aggregate counts from the first request sent to the last token
 * received, prefill included, so that delaying one stream for another's sake gains nothing.
 */
export function concurrentStreams(nStreams: number, nPredict: number): Workload {
  return {
    name: `${nStreams} streams at once`,
    description:
      `${nStreams} such requests sent together, ${nPredict} tokens each; generated tokens ÷ the ` +
      "time from the first request to the last token, prefill included.",
    metrics: {
      aggregate: {
        ...{ label: "in all", unit: "tok/s", better: "higher" },
        ...(nStreams === 8 && { target: { ratio: 1 } }),
      },
      firstToken: { label: "slowest first token", unit: "ms", better: "lower" },
      gap: { label: "median gap between tokens", unit: "ms", better: "lower" },
    },
    async run({ model }, { nextPrompt, tokens, signal }) {
      const streams = await Promise.all(
        Array.from({ length: nStreams }, () =>
          streamCompletion(model, { prompt: nextPrompt(), nPredict: tokens(nPredict) }, signal),
        ),
      );
      return {
        aggregate: aggregateRate(streams),
        firstToken: Math.max(...streams.map(timeToFirstToken)),
        gap: medianGap(streams),
      };
    },
  };
}
