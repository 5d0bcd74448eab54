import type { ParsedAnswer } from "../../ffi/chat.ts";
import type { GenerateEvent } from "../core/generate.ts";
import { StopMatcher } from "./stop.ts";

/**
 * Splits an answer's text into content, reasoning and tool calls. Implemented by ffi's ChatParser.
 */
export interface AnswerParser {
  parse(text: string, isPartial: boolean): ParsedAnswer;
}

const nothing: ParsedAnswer = { content: "", reasoning: "", tool_calls: [] };

/**
 * Turns the bytes of sampled tokens into events: bytes → UTF-8 → stop texts → parser → events.
 * Half a character, the beginning of a stop text, or of a tag is held back until it is decided.
 */
export class Answer {
  readonly #decoder = new TextDecoder();
  readonly #stops: StopMatcher;
  readonly #parser: AnswerParser | null;
  readonly #newCallId: () => string;
  /** Everything generated, stop text cut off; only kept for the parser. */
  #text = "";
  /** Tokens so far, and those up to the last piece of reasoning. */
  #nTokens = 0;
  #nReasoning = 0;
  /** What the events so far amount to. */
  #sent: ParsedAnswer = structuredClone(nothing);

  /** @param parser null: all text is content */
  constructor(
    stops: string[],
    parser: AnswerParser | null,
    newCallId = () => `call_${crypto.randomUUID().replaceAll("-", "").slice(0, 24)}`,
  ) {
    this.#stops = new StopMatcher(stops);
    this.#parser = parser;
    this.#newCallId = newCallId;
  }

  get hasToolCalls(): boolean {
    return this.#sent.tool_calls.length > 0;
  }

  /** Tokens that went into the reasoning. */
  get nReasoning(): number {
    return this.#nReasoning;
  }

  /** Takes one token's bytes. @returns the stop text that was met, or null */
  push(piece: Uint8Array, emit: (event: GenerateEvent) => void): string | null {
    this.#nTokens++;
    const { text, stop } = this.#stops.push(this.#decoder.decode(piece, { stream: true }));
    this.#show(text, true, emit);
    return stop;
  }

  /**
   * Shows what was still held back. Half a character at the very end is dropped.
   * @param isCut the answer ended by a limit, so its form may be unfinished
   */
  finish(isCut: boolean, emit: (event: GenerateEvent) => void): void {
    this.#show(this.#stops.flush(), isCut, emit, true);
  }

  #show(
    text: string,
    isPartial: boolean,
    emit: (event: GenerateEvent) => void,
    isLast = false,
  ): void {
    if (!this.#parser) {
      if (text !== "") emit({ type: "text", text });
      return;
    }
    if (text === "" && !isLast) return;
    this.#text += text;
    this.#emitChanges(this.#parse(this.#parser, isPartial), isLast, emit);
  }

  #parse(parser: AnswerParser, isPartial: boolean): ParsedAnswer {
    try {
      return parser.parse(this.#text, isPartial);
    } catch {
      // Not of the form its template promised. A model's odd output is no reason to fail: while it
      // may still become so, nothing new is shown; at the end the text itself is the answer, or, if
      // parts of it were shown as something else, what an unfinished text would give.
      if (isPartial) return this.#sent;
      const isOnlyText = this.#sent.reasoning === "" && this.#sent.tool_calls.length === 0;
      return isOnlyText ? { ...nothing, content: this.#text } : this.#parse(parser, true);
    }
  }

  /** A part that was shown cannot be taken back: a field that no longer continues it is held. */
  #emitChanges(now: ParsedAnswer, isLast: boolean, emit: (event: GenerateEvent) => void): void {
    const sent = this.#sent;
    const reasoning = continuation(sent.reasoning, now.reasoning);
    if (reasoning !== "") {
      emit({ type: "reasoning", text: reasoning });
      this.#nReasoning = this.#nTokens;
    }
    sent.reasoning += reasoning;
    const content = continuation(sent.content, now.content);
    if (content !== "") emit({ type: "text", text: content });
    sent.content += content;
    for (const [index, call] of now.tool_calls.entries()) {
      // A name may still be growing until its arguments begin.
      const isNamed = call.arguments !== "" || index < now.tool_calls.length - 1 || isLast;
      if (!isNamed || call.name === "") continue;
      this.#emitCall(index, call, emit);
    }
  }

  #emitCall(
    index: number,
    call: ParsedAnswer["tool_calls"][number],
    emit: (event: GenerateEvent) => void,
  ): void {
    const known = this.#sent.tool_calls[index];
    if (!known) {
      const id = call.id || this.#newCallId();
      this.#sent.tool_calls[index] = { ...call, id };
      emit({ type: "tool_call", index, id, name: call.name, arguments: call.arguments });
      return;
    }
    const added = continuation(known.arguments, call.arguments);
    if (added !== "") emit({ type: "tool_call", index, arguments: added });
    known.arguments += added;
  }
}

/** What `now` adds to `sent`; "" when it does not continue it. */
function continuation(sent: string, now: string): string {
  return now.length > sent.length && now.startsWith(sent) ? now.slice(sent.length) : "";
}
