import type { Model } from "../models/catalog.ts";
import type { Gateway } from "./gateway.ts";
import type { Answer } from "./generation.ts";

/**
 * A whole answer without the probabilities of the stop text that ended it: llama-server leaves out
 * as many of the last ones as that text has tokens. A stream has sent them by then.
 */
export async function withoutStopProbs(
  gateway: Gateway,
  model: Model,
  answer: Answer,
  signal: AbortSignal,
): Promise<Answer> {
  const { stoppingText, nPredicted } = answer.completion;
  if (stoppingText === "" || answer.probs.length === 0) return answer;
  const question = { parts: [stoppingText], addSpecial: false, parseSpecial: false };
  const { tokens } = await gateway.ask(model, "tokenize", question, signal);
  // Of all that were sampled: the engine has told none of those that are not shown in full.
  const nKept = Math.max(0, nPredicted - tokens.length);
  return { ...answer, probs: answer.probs.slice(0, nKept) };
}
