/** What a token is. A keyword is its own kind. */
export type TokenKind =
  | "error"
  | "bool"
  | "char"
  | "character"
  | "assign"
  | "declare"
  | "eof"
  | "field"
  | "identifier"
  | "leftDelim"
  | "leftParen"
  | "number"
  | "pipe"
  | "rawString"
  | "rightDelim"
  | "rightParen"
  | "space"
  | "string"
  | "text"
  | "variable"
  | Keyword;

const keywords = [
  "block",
  "break",
  "continue",
  "define",
  "else",
  "end",
  "if",
  "nil",
  "range",
  "template",
  "with",
] as const;
type Keyword = (typeof keywords)[number] | ".";

export interface Token {
  kind: TokenKind;
  /** Of an error: its message. */
  text: string;
  /** Offset in the template. */
  pos: number;
  /** From 1. */
  line: number;
}

export function isKeyword(kind: TokenKind): boolean {
  return kind === "." || keywords.some((word) => word === kind);
}

const space = /[ \t\r\n]+/y;
const leftTrim = /-[ \t\r\n]/y;
const rightDelim = /([ \t\r\n]-)?\}\}/y;
const word = /[\p{L}\p{Nd}_]*/uy;
const terminator = /[ \t\r\n.,|:)(]|\}\}|$/y;
const quoted = /"(?:[^"\\\n]|\\[^\n])*"/y;
const raw = /`[^`]*`/y;
const character = /'(?:[^'\\\n]|\\[^\n])*'/y;
const numberForms = [
  String.raw`0[xX][0-9a-fA-F_]*\.?[0-9a-fA-F_]*(?:[pP][+-]?[0-9_]*)?`,
  String.raw`0[oO][0-7_]*\.?[0-7_]*`,
  String.raw`0[bB][01_]*\.?[01_]*`,
  String.raw`[0-9_]*\.?[0-9_]*(?:[eE][+-]?[0-9_]*)?`,
];
const numberText = new RegExp(`[+-]?(?:${numberForms.join("|")})i?`, "y");

/**
 * Splits a template into the tokens of Go's text/template. What is wrong is the last token, of
 * kind "error", in Go's words.
 */
export function lex(input: string): Token[] {
  return new Lexer(input).tokens();
}

class Lexer {
  readonly #input: string;
  readonly #tokens: Token[] = [];
  #pos = 0;
  #line = 1;
  #nParens = 0;
  #isDone = false;

  constructor(input: string) {
    this.#input = input;
  }

  tokens(): Token[] {
    while (!this.#isDone) this.#text();
    return this.#tokens;
  }

  /** The text that `pattern` has at the position, or null. */
  #match(pattern: RegExp, at = this.#pos): RegExpExecArray | null {
    pattern.lastIndex = at;
    return pattern.exec(this.#input);
  }

  #emit(kind: TokenKind, length: number): void {
    const text = this.#input.slice(this.#pos, this.#pos + length);
    this.#tokens.push({ kind, text, pos: this.#pos, line: this.#line });
    this.#skip(length);
  }

  #skip(length: number): void {
    const end = this.#pos + length;
    this.#line += this.#input.slice(this.#pos, end).split("\n").length - 1;
    this.#pos = end;
  }

  #fail(message: string, line = this.#line): void {
    this.#tokens.push({ kind: "error", text: message, pos: this.#pos, line });
    this.#isDone = true;
  }

  /** Text up to the next action, and the action. */
  #text(): void {
    const found = this.#input.indexOf("{{", this.#pos);
    if (found < 0) {
      if (this.#pos < this.#input.length) this.#emit("text", this.#input.length - this.#pos);
      this.#emit("eof", 0);
      this.#isDone = true;
      return;
    }
    const trims = this.#match(leftTrim, found + 2) !== null;
    const text = this.#input.slice(this.#pos, found);
    const shown = trims ? withoutEnd(text) : text.length;
    if (shown > 0) this.#emit("text", shown);
    this.#skip(found - this.#pos);
    const begin = found + (trims ? 4 : 2);
    if (this.#input.startsWith("/*", begin)) {
      this.#comment(begin);
      return;
    }
    this.#emit("leftDelim", 2);
    if (trims) this.#skip(2);
    this.#nParens = 0;
    while (!this.#isDone && !this.#inside());
  }

  #comment(begin: number): void {
    this.#skip(begin - this.#pos);
    const line = this.#line;
    const end = this.#input.indexOf("*/", begin + 2);
    if (end < 0) {
      this.#fail("unclosed comment");
      return;
    }
    this.#skip(end + 2 - this.#pos);
    const delim = this.#match(rightDelim);
    if (!delim) {
      this.#fail("comment ends before closing delimiter", line);
      return;
    }
    this.#skip(delim[0].length);
    if (delim[1]) this.#skipSpace();
  }

  #skipSpace(): void {
    this.#skip(this.#match(space)?.[0].length ?? 0);
  }

  /** One token inside an action. @returns whether the action ended */
  #inside(): boolean {
    const delim = this.#match(rightDelim);
    if (delim) {
      if (this.#nParens > 0) {
        this.#fail("unclosed left paren");
        return true;
      }
      if (delim[1]) this.#skip(2);
      this.#emit("rightDelim", 2);
      if (delim[1]) this.#skipSpace();
      return true;
    }
    const run = this.#match(space);
    if (run) {
      const { length } = run[0];
      // The last space may belong to "-}}".
      const isTrim = this.#input.startsWith("-}}", this.#pos + length);
      this.#emit("space", isTrim ? length - 1 : length);
      return false;
    }
    this.#operand();
    return false;
  }

  #operand(): void {
    const c = String.fromCodePoint(this.#input.codePointAt(this.#pos) ?? 0);
    const next = this.#input[this.#pos + 1] ?? "";
    if (this.#pos >= this.#input.length) this.#fail("unclosed action");
    else if (c === "=") this.#emit("assign", 1);
    else if (c === ":" && next === "=") this.#emit("declare", 2);
    else if (c === ":") this.#fail("expected :=");
    else if (c === "|") this.#emit("pipe", 1);
    else if (c === '"') this.#literal("string", quoted, "unterminated quoted string");
    else if (c === "`") this.#literal("rawString", raw, "unterminated raw quoted string");
    else if (c === "'") this.#literal("character", character, "unterminated character constant");
    else if (c === "$" || (c === "." && /[^0-9]/.test(next))) this.#fieldOrVariable(c);
    else if (/[.+\-0-9]/.test(c)) this.#number();
    else if (/[\p{L}\p{Nd}_]/u.test(c)) this.#word();
    else if (c === "(") this.#paren("leftParen", 1);
    else if (c === ")") this.#paren("rightParen", -1);
    else if (c >= " " && c <= "~") this.#emit("char", 1);
    else this.#fail(`unrecognized character in action: ${runeName(c)}`);
  }

  #literal(kind: TokenKind, pattern: RegExp, message: string): void {
    const found = this.#match(pattern);
    if (found) this.#emit(kind, found[0].length);
    else this.#fail(message);
  }

  #fieldOrVariable(c: string): void {
    const length = 1 + (this.#match(word, this.#pos + 1)?.[0].length ?? 0);
    if (!this.#checkTerminator(length)) return;
    this.#emit(c === "$" ? "variable" : length === 1 ? "." : "field", length);
  }

  #word(): void {
    const text = this.#match(word)?.[0] ?? "";
    if (!this.#checkTerminator(text.length)) return;
    const keyword = keywords.find((name) => name === text);
    const isBool = text === "true" || text === "false";
    this.#emit(keyword ?? (isBool ? "bool" : "identifier"), text.length);
  }

  #checkTerminator(length: number): boolean {
    const end = this.#pos + length;
    if (this.#match(terminator, end)) return true;
    this.#fail(
      `bad character ${runeName(String.fromCodePoint(this.#input.codePointAt(end) ?? 0))}`,
    );
    return false;
  }

  #number(): void {
    const text = this.#match(numberText)?.[0] ?? "";
    const end = this.#pos + text.length;
    const next = String.fromCodePoint(this.#input.codePointAt(end) ?? 0);
    if (/[\p{L}\p{Nd}_]/u.test(next)) {
      this.#fail(`bad number syntax: ${JSON.stringify(text + next)}`);
    } else if (/[+-]/.test(next) || text.endsWith("i")) {
      const more = /[+-]/.test(next) ? (this.#match(numberText, end)?.[0] ?? "") : "";
      this.#fail(`bad number syntax: ${JSON.stringify(text + more)}`); // no complex numbers here
    } else {
      this.#emit("number", text.length);
    }
  }

  #paren(kind: TokenKind, change: 1 | -1): void {
    this.#emit(kind, 1);
    this.#nParens += change;
    if (this.#nParens < 0) this.#fail("unexpected right paren U+0029 ')'");
  }
}

/** Length of a text without the white space at its end. */
function withoutEnd(text: string): number {
  let end = text.length;
  while (end > 0 && " \t\r\n".includes(text.charAt(end - 1))) end--;
  return end;
}

/** A character as Go's `%#U` writes it. */
function runeName(c: string): string {
  const code = (c.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0");
  return /\p{C}/u.test(c) ? `U+${code}` : `U+${code} '${c}'`;
}
