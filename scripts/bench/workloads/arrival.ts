import { streamCompletion, timeToFirstToken } from "../completion.ts";
import { openStream } from "../open-stream.ts";
import type { Metric, Workload } from "../workload.ts";

/** More than are decoded while the longest prompt is read. */
const nRunningTokens = 4000;

/** Enough to be running steadily. */
const nTokensBefore = 8;

/** Answer of the prompt that arrives. */
const nPredict = 8;

/**
 * One running stream while a long prompt arrives.
 * @param targets whether the issue sets some for this length
 */
export function promptArrival(nWords: number, targets: boolean): Workload {
  const shown = nWords.toLocaleString("en");
  const target = (ratio: number): Partial<Metric> => (targets ? { target: { ratio } } : {});
  return {
    name: `a prompt of ${shown} tokens arrives`,
    description:
      `One stream decodes; then a prompt of ${shown} words arrives. The stream's largest gap ` +
      "between tokens while the prompt is read, and the time to the prompt's own first token.",
    metrics: {
      gap: {
        label: "largest gap of the running stream",
        ...{ unit: "ms", better: "lower", ...target(0.1) },
      },
      firstToken: {
        label: "its time to first token",
        ...{ unit: "ms", better: "lower", ...target(1.2) },
      },
    },
    async run({ model }, { nextPrompt, tokens, signal }) {
      const request = { prompt: nextPrompt(), nPredict: nRunningTokens };
      await using running = openStream(model, request, signal);
      await running.reached(nTokensBefore);
      const long = { prompt: nextPrompt(tokens(nWords)), nPredict };
      const times = await streamCompletion(model, long, signal);
      await running.reached(running.nTokens + 1); // the gap that is open now counts too
      const arrivals = running.arrivals.map(({ ms }) => ms);
      const gaps = arrivals.flatMap((ms, i) => {
        const before = arrivals[i - 1] ?? ms;
        return ms > times.sentMs && before < times.firstTokenMs ? ms - before : [];
      });
      return { gap: Math.max(...gaps), firstToken: timeToFirstToken(times) };
    },
  };
}
