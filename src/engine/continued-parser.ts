import type { ChatParser, ParsedAnswer } from "../../ffi/chat.ts";
import type { TextBounds } from "../../ffi/text-bounds.ts";
import type { AnswerParser } from "./answer.ts";

/** Leaves out what the client itself gave as the beginning of the answer. */
export class ContinuedParser implements AnswerParser {
  readonly bounds: TextBounds | null;
  readonly #parser: ChatParser;
  readonly #given: ParsedAnswer;

  constructor(parser: ChatParser) {
    this.bounds = parser.bounds;
    this.#parser = parser;
    this.#given = parser.prefill;
  }

  parse(text: string, isPartial: boolean): ParsedAnswer {
    const { content, reasoning, tool_calls } = this.#parser.parse(text, isPartial);
    const added = (now: string, given: string) =>
      now.startsWith(given) ? now.slice(given.length) : now;
    return {
      content: added(content, this.#given.content),
      reasoning: added(reasoning, this.#given.reasoning),
      tool_calls,
    };
  }
}
