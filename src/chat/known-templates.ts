import { formats } from "./known-formats.ts";

export interface KnownTemplate {
  /** As in "using autodetected template NAME". */
  name: string;
  /** A template in the language of Go's text/template. */
  template: string;
  /** Texts that end its answers. */
  stop: string[];
}

/** The Go template of a well-known format, recognized by what a model's Jinja template contains. */
export function detectTemplate(jinja: string): KnownTemplate | null {
  const found = formats.find(({ marks }) => marks.every((mark) => jinja.includes(mark)));
  return found ? { name: found.name, template: found.template, stop: found.stop } : null;
}

/** Shows the question and nothing else: what a model has for which nobody wrote a template. */
const bare = /^\s*\{\{-?\s*\.Prompt\s*-?\}\}\s*$/;

/** Answers come in channels, as gpt-oss's do: a Go template has nothing to read them by. */
const channels = "<|channel|>";

/**
 * The Go template that conversations are rendered with. Undefined: the Jinja template in the
 * model's file, because there is no other, or one that says less: it was derived from that, it
 * shows the question only, or the answers take more than its tags to read.
 */
export function usedGoTemplate(
  template: string | undefined,
  jinja: string | null,
): string | undefined {
  if (template === undefined || jinja === null) return template;
  const isDerived = detectTemplate(jinja)?.template === template;
  const saysLess = isDerived || bare.test(template) || jinja.includes(channels);
  return saysLess ? undefined : template;
}
