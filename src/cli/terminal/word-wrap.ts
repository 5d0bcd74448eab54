import { graphemes } from "./graphemes.ts";

/**
 * Breaks a stream of text between words, so that each fits a line. Text is shown as it comes; a
 * word that turns out not to fit is taken back and begun on the next line.
 */
export class WordWrap {
  #column = 0;
  /** What stands on this line since its last space. */
  #word = "";

  /** @param width columns of a line; read anew for every piece, as terminals are resized */
  constructor(readonly width: () => number) {}

  /** What is to be written for the next piece of text. */
  wrap(text: string): string {
    const width = this.width();
    let out = "";
    for (const grapheme of graphemes(text)) {
      if (grapheme === "\n" || grapheme === "\r\n") {
        out += "\n";
        this.#column = 0;
        this.#word = "";
        continue;
      }
      const columns = grapheme === "\t" ? 8 - (this.#column % 8) : Bun.stringWidth(grapheme);
      if (this.#column + columns > width) {
        out += this.#broken(grapheme, width);
        if (grapheme === " ") continue; // the break stands for it
      }
      out += grapheme;
      this.#column += columns;
      this.#word = /^\s$/.test(grapheme) ? "" : this.#word + grapheme;
    }
    return out;
  }

  /** Goes to the next line, and takes the word along if it began on this one. */
  #broken(next: string, width: number): string {
    const columns = Bun.stringWidth(this.#word);
    const moves = next !== " " && columns > 0 && columns < this.#column && columns < width / 2;
    if (!moves) {
      this.#column = 0;
      this.#word = "";
      return "\n";
    }
    this.#column = columns;
    return `\x1b[${columns}D\x1b[K\n${this.#word}`;
  }
}
