import { createHash } from "node:crypto";
import { join } from "node:path";
import { OLLAMA_CHAT_TEMPLATE_MAPPING } from "../../../node_modules/@huggingface/ollama-utils/src/chat-template-automap.ts";

/** Templates of ours, what they are given, and what Go makes of it. */
export const casesPath = join(import.meta.dir, "cases.json");

/** By a template's hash and a conversation's name: the hash of what Go makes of it. */
export const templatesPath = join(import.meta.dir, "templates.json");

/** The templates of @huggingface/ollama-utils, each once, by hash. */
export function packageTemplates(): Map<string, string> {
  const texts = OLLAMA_CHAT_TEMPLATE_MAPPING.map(({ ollama }) => ollama.template);
  return new Map(texts.map((text) => [shortHash(text), text]));
}

/** Enough of a SHA-256 to tell texts apart. */
export function shortHash(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 20);
}
