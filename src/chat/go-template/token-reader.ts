import type { AppError } from "../../core/errors.ts";
import { isKeyword, lex, type Token, type TokenKind } from "./lexer.ts";
import { templateError } from "./template-error.ts";

/** The tokens of a template, read one after the other, and errors about them in Go's words. */
export class TokenReader {
  readonly #tokens: Token[];
  /** Of the next token. */
  index = 0;
  /** Where the action begins that is being read; 0 outside. */
  actionLine = 0;
  /** Tokens that were looked at: errors are said to be where the last one is. */
  #nSeen = 0;

  constructor(text: string) {
    this.#tokens = lex(text);
  }

  read(): Token {
    const token = this.#tokens[this.index] ?? this.#tokens.at(-1);
    if (!token) throw new Error("the lexer gave no token");
    this.index++;
    this.#nSeen = Math.max(this.#nSeen, Math.min(this.index, this.#tokens.length));
    return token;
  }

  peek(): Token {
    const token = this.read();
    this.index--;
    return token;
  }

  readNonSpace(): Token {
    let token = this.read();
    while (token.kind === "space") token = this.read();
    return token;
  }

  /** Leaves out white space, but not what follows it. */
  peekNonSpace(): Token {
    const token = this.readNonSpace();
    this.index--;
    return token;
  }

  expect(kinds: TokenKind[], context: string): Token {
    const token = this.readNonSpace();
    if (!kinds.includes(token.kind)) throw this.unexpected(token, context);
    return token;
  }

  error(message: string): AppError {
    const line = this.#tokens[this.#nSeen - 1]?.line ?? 1;
    return templateError(`template: :${line}: ${message}`);
  }

  unexpected(token: Token, context: string): AppError {
    if (token.kind !== "error") return this.error(`unexpected ${shown(token)} in ${context}`);
    const isElsewhere = this.actionLine !== 0 && this.actionLine !== token.line;
    const begin = token.text.endsWith(" action") ? " started at" : " in action started at";
    return this.error(token.text + (isElsewhere ? `${begin} :${this.actionLine}` : ""));
  }
}

/** A token in an error message. */
function shown({ kind, text }: Token): string {
  if (kind === "eof") return "EOF";
  if (isKeyword(kind)) return `<${text}>`;
  if (Buffer.byteLength(text) <= 10) return JSON.stringify(text);
  return `${JSON.stringify([...text].slice(0, 10).join(""))}...`;
}
