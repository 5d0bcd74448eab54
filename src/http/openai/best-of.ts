import type { Answer } from "../generation.ts";

/**
 * Of each prompt's `nPerPrompt` answers the `nShown` that the model found likeliest, token by
 * token, the best first.
 */
export function bestOf(
  answers: readonly Answer[],
  { nPerPrompt, nShown }: { nPerPrompt: number; nShown: number },
): Answer[] {
  if (nPerPrompt === nShown) return [...answers];
  const prompts = Array.from({ length: answers.length / nPerPrompt }, (_, i) =>
    answers.slice(i * nPerPrompt, (i + 1) * nPerPrompt),
  );
  return prompts.flatMap((own) =>
    own.sort((a, b) => likelihood(b) - likelihood(a)).slice(0, nShown),
  );
}

/** Mean log probability of a token; an answer without any is the least likely. */
function likelihood({ probs }: Answer): number {
  const total = probs.reduce(
    (sum, { prob }) => sum + Math.log(Math.max(prob, Number.MIN_VALUE)),
    0,
  );
  return probs.length > 0 ? total / probs.length : Number.NEGATIVE_INFINITY;
}
