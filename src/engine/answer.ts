import type { ParsedAnswer } from "../../ffi/chat.ts";
import type { TextBounds } from "../../ffi/text-bounds.ts";
import type { GenerateEvent, Sampled } from "../core/generate.ts";
import { type FreeField, FreeText } from "./free-text.ts";
import { IndentGuard } from "./indent.ts";
import { StopMatcher } from "./stop.ts";

/**
 * Splits an answer's text into content, reasoning and tool calls. Implemented by ffi's ChatParser.
 */
export interface AnswerParser {
  /** Where content and thinking end; null or absent: each token's text is parsed. */
  readonly bounds?: TextBounds | null;
  parse(text: string, isPartial: boolean): ParsedAnswer;
}

type Unsampled<Event> = Event extends Sampled ? Omit<Event, keyof Sampled> : never;
/** A piece of an answer; the scheduler adds how far decoding is. */
export type AnswerPiece = Unsampled<Extract<GenerateEvent, Sampled>>;

/** What one token did to an answer. */
export interface Pushed {
  pieces: AnswerPiece[];
  /** The stop text that was met, or null. */
  stop: string | null;
  /** A line ended that was indented too little. */
  isOutdented: boolean;
  /** It completed a line. */
  hasNewLine: boolean;
  /** It does not end in half a character. */
  isWhole: boolean;
}

const nothing: ParsedAnswer = { content: "", reasoning: "", tool_calls: [] };

/**
 * Turns the bytes of sampled tokens into events: bytes → UTF-8 → stop texts → parser → events.
 * Half a character, the beginning of a stop text, or of a tag is held back until it is decided.
 */
export class Answer {
  readonly #decoder = new TextDecoder();
  readonly #stops: StopMatcher;
  readonly #indent: IndentGuard;
  readonly #parser: AnswerParser | null;
  readonly #freeText: FreeText | null;
  readonly #newCallId: () => string;
  /**
   * Everything generated, stop text cut off, but for what `#freeText` spares the parser. Only kept
   * for that one.
   */
  #text = "";
  /** Tokens so far, and those up to the last piece of reasoning. */
  #nTokens = 0;
  #nReasoning = 0;
  /** Bytes that the last character lacks. */
  #nMissing = 0;
  #nDecoded = 0;
  #isOutdented = false;
  #nShown = 0;
  /** What the events so far amount to, but for the same. */
  #sent: ParsedAnswer = structuredClone(nothing);

  /** @param parser null: all text is content */
  constructor(
    stops: string[],
    parser: AnswerParser | null,
    options: { nIndent?: number; newCallId?: () => string } = {},
  ) {
    this.#stops = new StopMatcher(stops);
    this.#indent = new IndentGuard(options.nIndent ?? 0);
    this.#parser = parser;
    const bounds = parser?.bounds ?? null;
    this.#freeText = bounds && new FreeText(bounds);
    this.#newCallId = options.newCallId ?? randomCallId;
  }

  /** All text is content, so that each token shows as itself. */
  get isPlain(): boolean {
    return this.#parser === null;
  }

  /** Characters of all tokens so far. */
  get nDecoded(): number {
    return this.#nDecoded;
  }

  /** Of these, those that are not held back any more. */
  get nShown(): number {
    return this.#nShown;
  }

  get hasToolCalls(): boolean {
    return this.#sent.tool_calls.length > 0;
  }

  /** Tokens that went into the reasoning. */
  get nReasoning(): number {
    return this.#nReasoning;
  }

  /** Takes one token's bytes. */
  push(piece: Uint8Array): Pushed {
    this.#nTokens++;
    this.#nMissing = nMissingAfter(piece, this.#nMissing);
    const decoded = this.#decoder.decode(piece, { stream: true });
    this.#nDecoded += decoded.length;
    const { text, stop } = this.#stops.push(decoded);
    const { text: safe, isOutdented } = this.#indent.push(text);
    this.#isOutdented = isOutdented;
    const pieces = this.#show(stop === null ? safe : safe + this.#indent.flush(), true);
    const hasNewLine = text.includes("\n");
    return { pieces, stop, isOutdented, hasNewLine, isWhole: this.#nMissing === 0 };
  }

  /**
   * Shows what was still held back. Half a character at the very end is dropped.
   * @param isCut the answer ended by a limit, so its form may be unfinished
   */
  finish(isCut: boolean): AnswerPiece[] {
    let text = "";
    if (!this.#isOutdented) {
      const last = this.#indent.push(this.#stops.flush());
      text = last.isOutdented ? last.text : last.text + this.#indent.flush();
    }
    return this.#show(text, isCut, true);
  }

  #show(text: string, isPartial: boolean, isLast = false): AnswerPiece[] {
    this.#nShown += text.length;
    if (!this.#parser) return text === "" ? [] : [{ type: "text", text }];
    if (text === "" && !isLast) return [];
    const field = isLast ? null : this.#freeText?.fieldOf(text);
    if (field) return [this.#freePiece(field, text)];
    this.#text += text;
    const pieces: AnswerPiece[] = [];
    const emit = (piece: AnswerPiece) => void pieces.push(piece);
    this.#emitChanges(this.#parse(this.#parser, isPartial), isLast, emit);
    if (!isLast) this.#followFreeText(this.#parser, pieces);
    return pieces;
  }

  #freePiece(field: FreeField, text: string): AnswerPiece {
    if (field === "content") return { type: "text", text };
    this.#nReasoning = this.#nTokens;
    return { type: "reasoning", text };
  }

  /** @param pieces what the newest text gave */
  #followFreeText(parser: AnswerParser, pieces: AnswerPiece[]): void {
    const [piece, ...others] = pieces;
    const isText = piece?.type === "text" || piece?.type === "reasoning";
    if (!isText || others.length > 0) {
      this.#freeText?.leave();
      return;
    }
    const field = piece.type === "text" ? "content" : "reasoning";
    const parse = (text: string) => this.#parse(parser, true, text);
    const { text: added } = piece;
    const left = this.#freeText?.follow(field, added, this.#text, this.#sent, parse);
    this.#text = left ?? this.#text;
  }

  #parse(parser: AnswerParser, isPartial: boolean, text = this.#text): ParsedAnswer {
    try {
      return parser.parse(text, isPartial);
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
  #emitChanges(now: ParsedAnswer, isLast: boolean, emit: (piece: AnswerPiece) => void): void {
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
    emit: (piece: AnswerPiece) => void,
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

function randomCallId(): string {
  return `call_${crypto.randomUUID().replaceAll("-", "").slice(0, 24)}`;
}

/** Bytes that the last UTF-8 character lacks after `piece`, when it lacked `nMissing` before. */
function nMissingAfter(piece: Uint8Array, nMissing: number): number {
  let n = nMissing;
  for (const byte of piece) {
    if (byte < 0x80) n = 0;
    else if (byte < 0xc0) n = Math.max(0, n - 1);
    else n = byte >= 0xf0 ? 3 : byte >= 0xe0 ? 2 : 1;
  }
  return n;
}
