import { randomFill } from "../../gguf/random-data.ts";
import { readGguf } from "../../gguf/read.ts";
import { successorCycle } from "../../gguf/successor.ts";
import { streamCompletion } from "../completion.ts";
import { median } from "../median.ts";
import type { ModelName } from "../models.ts";
import type { Workload } from "../workload.ts";

const nCopied = 300;
const nPredict = 256;

/** One token in so many is another one in the prompt. */
const changedEvery = 25;

const nAnswers = 3;

/** @param modelName the stage's model, a successor */
export function copying(modelName: ModelName): Workload {
  return {
    name: "copying with edits",
    description:
      `The prompt holds ${nCopied} tokens of the text that the model will write, about one in ` +
      `${changedEvery} of them replaced; ${nPredict} tokens, greedy: as when a document or a ` +
      `program comes back corrected. The median of ${nAnswers}.`,
    metrics: {
      decode: { label: "decode", unit: "tok/s", better: "higher", target: { ratio: 1.8 } },
    },
    async run({ model }, { round, fileOf, tokens, signal }) {
      const cycle = successorCycle(readGguf(fileOf(modelName)).metadata);
      const rates: number[] = [];
      for (let i = 0; i < nAnswers; i++) {
        const prompt = promptToCopy(cycle, round * nAnswers + i);
        const times = await streamCompletion(model, { prompt, nPredict: tokens(nPredict) }, signal);
        rates.push(times.decodeRate);
      }
      return { decode: median(rates) };
    },
  };
}

/** A changed stretch of the cycle, and its first token once more, after which the model copies. */
export function promptToCopy(cycle: Uint32Array, seed: number): number[] {
  const random = new Uint32Array(1 + 2 * nCopied);
  randomFill(seed)(random);
  const at = (index: number) => cycle[index % cycle.length] ?? 0;
  const [start = 0] = random;
  const stretch = Array.from({ length: nCopied }, (_, i) => {
    const [dice = 0, other = 0] = random.subarray(1 + 2 * i);
    return i > 0 && dice % changedEvery === 0 ? at(other) : at((start % cycle.length) + i);
  });
  return [...stretch, at(start)];
}
