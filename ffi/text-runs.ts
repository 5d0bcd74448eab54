import { AppError } from "../src/core/errors.ts";

/**
 * Most characters of one kind in a row: llama.cpp splits text by std::regex, which calls itself for
 * each character of such a run, and overflows an 8 MB stack between 20,000 and 40,000.
 */
const nCharactersMax = 10_000;

/** Ways to split of which llama.cpp has its own code. Source: unicode.cpp, llama-vocab.cpp. */
const safeSplits: ReadonlySet<string> = new Set([
  "gpt-2",
  "llama-bpe",
  "llama3",
  "llama-v3",
  "qwen2",
  "qwen35",
]);

const runs = /[\p{L}\p{M}]+|\p{N}+|\s+|[^\s\p{L}\p{M}\p{N}]+/gu;

/** Whether a model's way to split text calls itself: those of BPE do, but for a few. */
export function splitsRecursively(kind: string | null, split: string | null): boolean {
  return kind === "gpt2" && !safeSplits.has(split ?? "");
}

/** @throws AppError invalid_request for a text that such a model cannot split */
export function checkRuns(text: string): void {
  if (text.length <= nCharactersMax) return;
  for (const [run] of text.matchAll(runs)) {
    if (run.length <= nCharactersMax) continue;
    const what = `more than ${nCharactersMax} letters, digits, spaces or signs in a row`;
    const message = `a text has ${what}: this model's tokenizer cannot read that`;
    throw new AppError("invalid_request", message);
  }
}
