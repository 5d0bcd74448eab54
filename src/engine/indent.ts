/**
 * Ends an answer at the first line that is indented less than wanted, as llama-server's `n_indent`
 * does: the first line is free, and of the one that ends it, only its white space stays. A line is
 * looked at one token after its beginning is known, so that token counts agree as well.
 */
export class IndentGuard {
  readonly #nIndent: number;
  #text = "";
  /** Where the line begins that is looked at; 0: the first one, which is free. */
  #lineAt = 0;
  #isLineFine = false;
  #hasNewLine = false;
  #nShown = 0;

  /** @param nIndent characters of white space; 0: any line will do */
  constructor(nIndent: number) {
    this.#nIndent = nIndent;
  }

  /** Takes one token's text. @returns what is safe to show, and whether the answer ends */
  push(text: string): { text: string; isOutdented: boolean } {
    if (this.#nIndent === 0) return { text, isOutdented: false };
    this.#text += text;
    const end = this.#hasNewLine ? this.#check() : null;
    if (text.includes("\n")) this.#hasNewLine = true;
    if (end === null) return { text: this.#show(this.#safeEnd()), isOutdented: false };
    this.#text = this.#text.slice(0, end);
    return { text: this.#show(end), isOutdented: true };
  }

  /** What was held back because its line was not looked at yet. */
  flush(): string {
    return this.#show(this.#text.length);
  }

  /** @returns where the answer ends, or null */
  #check(): number | null {
    if (this.#lineAt > 0) {
      const nWhite = this.#text.slice(this.#lineAt).search(/[^ \t]/);
      if (nWhite >= 0 && nWhite < this.#nIndent) return this.#lineAt + nWhite;
      this.#isLineFine = nWhite >= 0;
    }
    const newLine = this.#text.indexOf("\n", this.#lineAt);
    if (newLine >= 0) {
      this.#lineAt = newLine + 1;
      this.#isLineFine = false;
    }
    return null;
  }

  /** Everything but a line that may still prove too little indented. */
  #safeEnd(): number {
    if (this.#lineAt > 0) return this.#isLineFine ? this.#text.length : this.#lineAt;
    const newLine = this.#text.indexOf("\n");
    return newLine < 0 ? this.#text.length : newLine + 1;
  }

  #show(end: number): string {
    const shown = this.#text.slice(this.#nShown, end);
    this.#nShown = Math.max(this.#nShown, end);
    return shown;
  }
}
