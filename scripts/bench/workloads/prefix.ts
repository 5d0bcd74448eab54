import { type StreamTimes, streamCompletion, wallMs } from "../completion.ts";
import type { ServedModel } from "../server.ts";
import type { Load, Metric, Workload } from "../workload.ts";

const nPrefixWords = 1000;
const nQuestionWords = 24;

/** Short, so that what is measured is the prompts. */
const nPredict = 16;

const seconds = { unit: "s", better: "lower" } as const satisfies Partial<Metric>;

/** Many questions about one text, all at once: as agents and retrieval ask them. */
export function sharedPrefix(nRequests: number): Workload {
  return {
    name: `${nRequests} requests share a prefix`,
    description:
      `${nRequests} requests at once: the same ${nPrefixWords} words, ${nQuestionWords} others ` +
      `each, ${nPredict} tokens each; the time until all are answered. Cold: nobody has seen the ` +
      "words. Warm: one earlier request had them. Again: other questions after the warm ones, " +
      "when every slot may hold the words.",
    metrics: {
      cold: { label: "cold", ...seconds, target: { ratio: 0.2 } },
      warm: { label: "warm", ...seconds, target: { ratio: 0.15 } },
      again: { label: "again", ...seconds },
    },
    async run({ model }, load) {
      const cold = await askAll(model, load.nextPrompt(load.tokens(nPrefixWords)), nRequests, load);
      const prefix = load.nextPrompt(load.tokens(nPrefixWords));
      await askAll(model, prefix, 1, load);
      const warm = await askAll(model, prefix, nRequests, load);
      const again = await askAll(model, prefix, nRequests, load);
      const secondsOf = (streams: readonly StreamTimes[]) => wallMs(streams) / 1000;
      return { cold: secondsOf(cold), warm: secondsOf(warm), again: secondsOf(again) };
    },
  };
}

function askAll(
  model: ServedModel,
  prefix: string,
  nRequests: number,
  { nextPrompt, signal }: Load,
): Promise<StreamTimes[]> {
  const requests = Array.from({ length: nRequests }, () => ({
    prompt: `${prefix} ${nextPrompt(nQuestionWords)}`,
    nPredict,
    fields: { cache_prompt: true },
  }));
  return Promise.all(requests.map((request) => streamCompletion(model, request, signal)));
}
