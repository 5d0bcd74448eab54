import type { ParsedAnswer } from "../../ffi/chat.ts";
import type { TextBounds } from "../../ffi/text-bounds.ts";

/** What free text is part of. */
export type FreeField = "content" | "reasoning";

/** Where a stretch of free text was entered: how long all text, and that of its field, was then. */
interface Entry {
  field: FreeField;
  nText: number;
  nField: number;
}

/**
 * What a parser shows as it is only in free text: white space may be left out elsewhere, and no
 * form has such a letter.
 */
const probe = "\n \uE000";

/** Most tokens until it is looked again whether the parser stands in free text. */
const nPauseMax = 64;

/**
 * Spares an answer's parser what it would only repeat. Where it stands in free text, what follows
 * is shown as it comes up to where a bound may begin, and the parser never sees it: text in which
 * no bound occurs changes nothing about how it goes on.
 */
export class FreeText {
  readonly #bounds: TextBounds;
  #entry: Entry | null = null;
  #open: FreeField | null = null;
  #nPause = 0;
  #nFailures = 0;

  constructor(bounds: TextBounds) {
    this.#bounds = bounds;
  }

  /** The field that `text` goes into, all of it and nothing else; null: ask the parser. */
  fieldOf(text: string): FreeField | null {
    if (this.#open === null || endsInSpace(text)) return null;
    if (this.#bounds.mayBeginIn(text)) this.#open = null;
    return this.#open;
  }

  /**
   * The newest text was parsed, and what it gave is that `field` got `added`.
   * @param text what was parsed; `sent`: into what
   * @param parse of some more text
   * @returns `text` without what need not be parsed again; `sent` is shortened accordingly
   */
  follow(
    field: FreeField,
    added: string,
    text: string,
    sent: ParsedAnswer,
    parse: (text: string) => ParsedAnswer,
  ): string {
    this.#open = null;
    const last = text.charAt(text.length - 1);
    const isDecided = added.endsWith(last) && !endsInSpace(added) && !this.#bounds.mayEnd(added);
    if (!isDecided || this.#bounds.endIn(text)) return text;
    if (this.#nPause > 0) {
      this.#nPause--;
      return text;
    }
    if (!isContinued(field, sent, parse(text + probe))) {
      this.#nPause = Math.min(nPauseMax, 2 ** this.#nFailures++);
      return text;
    }
    this.#nFailures = 0;
    this.#open = field;
    return this.#enter(field, text, sent);
  }

  /** The parser stands where it cannot be followed. */
  leave(): void {
    this.#open = null;
  }

  #enter(field: FreeField, text: string, sent: ParsedAnswer): string {
    const entry = this.#entry;
    const nField = sent[field].length;
    if (entry?.field === field && nField - entry.nField === text.length - entry.nText) {
      // All that came since went into the field. Without a bound in it, nothing else has changed.
      if (!this.#bounds.occurIn(text.slice(entry.nText))) {
        sent[field] = sent[field].slice(0, entry.nField);
        return text.slice(0, entry.nText);
      }
    }
    this.#entry = { field, nText: text.length, nField };
    return text;
  }
}

/** `now`, parsed of the text with a probe, is `sent` with the probe at the end of `field`. */
function isContinued(field: FreeField, sent: ParsedAnswer, now: ParsedAnswer): boolean {
  const other = field === "content" ? "reasoning" : "content";
  return (
    now[field] === sent[field] + probe &&
    now[other] === sent[other] &&
    now.tool_calls.length === sent.tool_calls.length
  );
}

function endsInSpace(text: string): boolean {
  return /\s$/.test(text);
}
