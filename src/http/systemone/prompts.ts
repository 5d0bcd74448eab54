import type { Case, Decision, Option } from "./request.ts";

type Told = Pick<Case, "state" | "decisions">;

/**
 * What the model is told, once for each question: the state first, so that all questions share its
 * place in the prefix cache.
 * @param isTrained in the form that Ollama's decision models were trained on
 */
export function toPrompts(told: Told, isTrained: boolean): string[] {
  if (isTrained) return trainedPrompts(told);
  return told.decisions.map((decision) => `${told.state}\n\n${inWords(decision)}`);
}

/** A question that any model understands, which sees nothing of the others. */
function inWords({ type, instructions, options }: Decision): string {
  const lines = options.map((option) => `${option.label}: ${described(type, option)}`);
  return [instructions, ...lines, "Answer with the letter of the best option only."].join("\n");
}

/** What an option is called, where that says something, and what it means. */
function described(type: Decision["type"], { value, meaning }: Option): string {
  const name = type === "noul" ? (value ? "Yes" : "No") : value;
  return type === "score" || meaning === name ? meaning : `${name}: ${meaning}`;
}

/** The model's own system message explains them. Source: decision/prompts.go of Ollama. */
function trainedPrompts({ state, decisions }: Told): string[] {
  const schema = decisions.map(({ name, instructions, options }) => ({
    name,
    description: instructions,
    choices: options.map(({ label, value, meaning }) => ({
      code: label,
      value,
      description: meaning,
    })),
  }));
  const shared = spaced({ context: state, schema });
  return decisions.map(({ name }) => `${shared}\n\nRequested field: ${spaced(name)}`);
}

/** JSON as Python writes it, without the brackets of a template's special tokens. */
function spaced(value: unknown): string {
  return JSON.stringify(value, null, 1)
    .replace(/(?<=[{[])\n */g, "")
    .replace(/\n *(?=[}\]])/g, "")
    .replace(/\n */g, " ")
    .replaceAll("<", "\\u003c")
    .replaceAll(">", "\\u003e");
}
