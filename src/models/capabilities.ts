import { goTemplateFacts } from "../chat/go-template-facts.ts";
import { AppError } from "../core/errors.ts";
import type { Model } from "./catalog.ts";
import { ggufFactsIfAny } from "./gguf-facts.ts";
import { projectorSenses } from "./gguf-metadata.ts";

/** What can be asked of a model, in Ollama's words. */
const all = ["completion", "embedding", "vision", "audio", "tools", "insert", "thinking"] as const;
export type Capability = (typeof all)[number];

/** What the model claims that it can do, and what its files say; it is not loaded. */
export function capabilitiesOf(model: Model): Capability[] {
  const claimed = model.stored?.config.capabilities ?? [];
  const found = new Set<string>([...claimed, ...foundIn(model)]);
  return all.filter((word) => found.has(word));
}

function foundIn(model: Model): string[] {
  const facts = ggufFactsIfAny(model.path);
  if (!facts) return [];
  const senses = model.senses ?? sensesOf(model);
  const { goTemplate, template = facts.chatTemplate ?? "" } = model.load?.chat ?? {};
  const ofTemplate = goTemplate === undefined ? jinjaFacts(template) : goFacts(goTemplate);
  return [
    facts.embeds ? "embedding" : "completion",
    ...(senses.vision || facts.vision ? ["vision"] : []),
    ...(senses.audio || facts.audio ? ["audio"] : []),
    ...ofTemplate,
    ...(facts.infills ? ["insert"] : []),
  ];
}

function sensesOf({ mmprojPath }: Model): { vision: boolean; audio: boolean } {
  const none = { vision: false, audio: false };
  const isThere = mmprojPath !== undefined && ggufFactsIfAny(mmprojPath) !== null;
  return isThere ? (projectorSenses(mmprojPath) ?? none) : none;
}

/** By the variables that templates read. */
function jinjaFacts(text: string): Capability[] {
  const thinks = /\benable_thinking\b|\breasoning_content\b|\bthinking\b|<think>/.test(text);
  return [
    ...(/\btools\b/.test(text) ? (["tools"] as const) : []),
    ...(thinks ? (["thinking"] as const) : []),
  ];
}

function goFacts(text: string): Capability[] {
  try {
    return goTemplateFacts(text).capabilities;
  } catch (error) {
    if (error instanceof AppError) return []; // whoever uses it is told
    throw error;
  }
}
