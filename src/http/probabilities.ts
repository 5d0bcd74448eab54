import { type Static, Type } from "@sinclair/typebox";
import type { CandidateProbability, TokenProbability } from "../core/generate.ts";
import { object } from "./wire.ts";

/** Stands for the logarithm of 0, which JSON has no number for. */
const lowestFloat = -3.4028234663852886e38;

const tokenFields = {
  id: Type.Integer(),
  token: Type.String({ description: "Its text, but for half a character at its end." }),
  bytes: Type.Array(Type.Integer(), { description: "Its text, in UTF-8." }),
};

const Candidate = object({
  ...tokenFields,
  logprob: Type.Optional(Type.Number()),
  prob: Type.Optional(Type.Number()),
});

export const Probability = object(
  {
    ...tokenFields,
    logprob: Type.Optional(Type.Number({ description: "Natural logarithm, before samplers." })),
    top_logprobs: Type.Optional(Type.Array(Candidate)),
    prob: Type.Optional(
      Type.Number({ description: "With post_sampling_probs: from 0 to 1, after the samplers." }),
    ),
    top_probs: Type.Optional(Type.Array(Candidate)),
  },
  { title: "TokenProbability" },
);
export type Probability = Static<typeof Probability>;

/** Token probabilities as llama-server and OpenAI have them; `isPostSampling` has its own names. */
export function toProbability(
  { top, ...token }: TokenProbability,
  isPostSampling: boolean,
): Probability {
  if (!isPostSampling) {
    return { ...toLogprob(token), top_logprobs: top.map(toLogprob) };
  }
  const likely = top.filter(({ prob }) => prob > 0);
  return { ...toProb(token), top_probs: likely.map(toProb) };
}

function toLogprob(candidate: CandidateProbability) {
  return { ...toToken(candidate), logprob: toLogarithm(candidate.prob) };
}

/** The natural logarithm of a probability, in a float. */
export function toLogarithm(prob: number): number {
  return prob > 0 ? Math.fround(Math.log(prob)) : lowestFloat;
}

function toProb(candidate: CandidateProbability) {
  return { ...toToken(candidate), prob: candidate.prob };
}

/** Half a character at the end is left out of the text, as llama-server does. */
function toToken({ token: id, bytes }: CandidateProbability) {
  const token = new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes, { stream: true });
  return { id, token, bytes: [...bytes] };
}
