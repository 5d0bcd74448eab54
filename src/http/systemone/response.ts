import { AppError } from "../../core/errors.ts";
import type { CandidateProbability } from "../../core/generate.ts";
import type { Answer as Generated } from "../generation.ts";
import type { Decision } from "./request.ts";
import type { Answer, SystemOneError, SystemOneResponse } from "./schema.ts";

/** The dialect's error, as Ollama's client reads it. */
export function toErrorBody({ message, details }: AppError): SystemOneError {
  return { error: message, ...details };
}

/** @throws AppError unsupported for a model that says no single letters */
export function toResponse(
  model: string,
  decisions: readonly Decision[],
  generated: readonly Generated[],
): SystemOneResponse {
  const answers = decisions.map((decision, i): [string, Answer] => {
    const likely = generated[i]?.probs[0]?.top ?? [];
    return [decision.name, toAnswer(decision, probabilities(decision, likely))];
  });
  const sum = (count: "nPrompt" | "nPredicted") =>
    generated.reduce((total, { completion }) => total + completion[count], 0);
  return {
    model,
    answers: Object.fromEntries(answers),
    usage: { input_tokens: sum("nPrompt"), output_tokens: sum("nPredicted") },
  };
}

/** The letters' bias leaves nothing for other tokens, where a letter is one token. */
const wholeMin = 0.5;

/** Of each option in their order, together 1. */
function probabilities({ options }: Decision, likely: CandidateProbability[]): number[] {
  const found = new Map<string, number>();
  for (const { bytes, prob } of likely) {
    const label = new TextDecoder().decode(bytes).trim(); // some vocabularies begin words with " "
    found.set(label, (found.get(label) ?? 0) + prob);
  }
  const parts = options.map(({ label }) => found.get(label) ?? 0);
  const whole = parts.reduce((total, part) => total + part, 0);
  if (whole > wholeMin) return parts.map((part) => part / whole);
  const message = "this model cannot decide: it does not answer with single letters";
  throw new AppError("unsupported", message, { param: "model" });
}

function toAnswer({ type, options }: Decision, probs: number[]): Answer {
  const byValue = <Value>(values: (i: number) => Value) =>
    Object.fromEntries(options.map(({ value }, i) => [String(value), values(i)]));
  if (type === "noul") {
    return { type, noul: probs[options.findIndex(({ value }) => value === true)] ?? 0 };
  }
  const concentrated = {
    probabilities: byValue((i) => probs[i] ?? 0),
    confidence: confidenceOf(probs),
  };
  if (type === "choice") {
    const best = options[probs.indexOf(Math.max(...probs))];
    return { type, choice: String(best?.value), ...concentrated };
  }
  const score = probs.reduce((total, prob, level) => total + prob * level, 0);
  return { type, score, legend: byValue((i) => options[i]?.meaning ?? ""), ...concentrated };
}

/** Ollama's: 0 for a flat distribution, 1 when all is on one. */
function confidenceOf(probs: number[]): number {
  const entropy = probs.reduce((sum, p) => (p > 0 ? sum - p * Math.log(p) : sum), 0);
  return Math.max(0, Math.min(1, 1 - entropy / Math.log(probs.length)));
}
