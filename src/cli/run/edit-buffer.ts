import { graphemes } from "../terminal/graphemes.ts";

/** Text that is being written, and where in it. What people take for a character is one. */
export class EditBuffer {
  #chars: string[];
  #cursor: number;

  constructor(text = "") {
    this.#chars = graphemes(text);
    this.#cursor = this.#chars.length;
  }

  get text(): string {
    return this.#chars.join("");
  }

  /** The text on the cursor's left. */
  get before(): string {
    return this.#chars.slice(0, this.#cursor).join("");
  }

  get after(): string {
    return this.#chars.slice(this.#cursor).join("");
  }

  insert(text: string): void {
    this.#set(this.before + text, this.after);
  }

  left(): void {
    this.#cursor = Math.max(0, this.#cursor - 1);
  }

  right(): void {
    this.#cursor = Math.min(this.#chars.length, this.#cursor + 1);
  }

  wordLeft(): void {
    this.#cursor = graphemes(this.before.replace(/\S*\s*$/, "")).length;
  }

  wordRight(): void {
    const [skipped = ""] = /^\s*\S*/.exec(this.after) ?? [];
    this.#cursor += graphemes(skipped).length;
  }

  /** To the beginning of the line. */
  home(): void {
    this.#cursor -= this.#column();
  }

  end(): void {
    const end = this.#chars.indexOf("\n", this.#cursor);
    this.#cursor = end < 0 ? this.#chars.length : end;
  }

  backspace(): void {
    if (this.#cursor > 0) this.#chars.splice(--this.#cursor, 1);
  }

  delete(): void {
    this.#chars.splice(this.#cursor, 1);
  }

  killToStart(): void {
    this.#set(this.before.replace(/[^\n]+$|\n$/, ""), this.after);
  }

  killToEnd(): void {
    this.#set(this.before, this.after.replace(/^[^\n]+|^\n/, ""));
  }

  killWord(): void {
    this.#set(this.before.replace(/\S*\s*$/, ""), this.after);
  }

  killWordRight(): void {
    this.#set(this.before, this.after.replace(/^\s*\S*/, ""));
  }

  /** To the same place a line higher. @returns whether there is such a line */
  up(): boolean {
    const column = this.#column();
    const start = this.#cursor - column;
    if (start === 0) return false;
    const above = this.#chars.slice(0, start - 1).lastIndexOf("\n") + 1;
    this.#cursor = Math.min(above + column, start - 1);
    return true;
  }

  down(): boolean {
    const column = this.#column();
    const end = this.#chars.indexOf("\n", this.#cursor);
    if (end < 0) return false;
    const next = this.#chars.indexOf("\n", end + 1);
    this.#cursor = Math.min(end + 1 + column, next < 0 ? this.#chars.length : next);
    return true;
  }

  /** Characters since the line began. */
  #column(): number {
    return graphemes(this.before.slice(this.before.lastIndexOf("\n") + 1)).length;
  }

  /** Characters may merge where two texts meet. */
  #set(before: string, after: string): void {
    this.#chars = graphemes(before + after);
    this.#cursor = Math.min(graphemes(before).length, this.#chars.length);
  }
}
