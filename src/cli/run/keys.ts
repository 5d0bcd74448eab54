/** What a person does at the keyboard. */
export type Key =
  | { type: "text"; text: string }
  /** Text from the clipboard, lines and all. */
  | { type: "paste"; text: string }
  | { type: "key"; name: KeyName };

const sequences = {
  "\x01": "home",
  "\x02": "left",
  "\x03": "interrupt",
  "\x04": "end-or-delete",
  "\x05": "end",
  "\x06": "right",
  "\x08": "backspace",
  "\x0a": "newline",
  "\x0b": "kill-to-end",
  "\x0c": "clear-screen",
  "\x0d": "enter",
  "\x0e": "down",
  "\x10": "up",
  "\x15": "kill-to-start",
  "\x17": "kill-word",
  "\x1a": "suspend",
  "\x7f": "backspace",
  "\x1b\r": "newline",
  "\x1b\n": "newline",
  "\x1bb": "word-left",
  "\x1bf": "word-right",
  "\x1bd": "kill-word-right",
  "\x1b\x7f": "kill-word",
  "\x1b[A": "up",
  "\x1b[B": "down",
  "\x1b[C": "right",
  "\x1b[D": "left",
  "\x1b[H": "home",
  "\x1b[F": "end",
  "\x1bOA": "up",
  "\x1bOB": "down",
  "\x1bOC": "right",
  "\x1bOD": "left",
  "\x1bOH": "home",
  "\x1bOF": "end",
  "\x1b[1~": "home",
  "\x1b[3~": "delete",
  "\x1b[4~": "end",
  "\x1b[7~": "home",
  "\x1b[8~": "end",
  "\x1b[1;5C": "word-right",
  "\x1b[1;5D": "word-left",
  "\x1b[1;3C": "word-right",
  "\x1b[1;3D": "word-left",
  "\x1b[13;2u": "newline",
} as const;

export type KeyName = (typeof sequences)[keyof typeof sequences];

const pasteStart = "\x1b[200~";
const pasteEnd = "\x1b[201~";

/** A sequence of a key, or the beginning of one that is still on its way. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: keys are control characters
const escapeSequence = /^\x1b(?:\[[0-9;:<=>?]*[ -/]*[@-~]|O[A-Za-z]|[^[O])/s;
// biome-ignore lint/suspicious/noControlCharactersInRegex: keys are control characters
const control = /[\x00-\x1f\x7f]/;

/** Longest sequence that a key sends; what is longer is no key. */
const sequenceLengthMax = 32;

/** Makes keys of what a terminal sends, which may come in pieces. */
export class KeyDecoder {
  readonly #decoder = new TextDecoder();
  #rest = "";

  decode(bytes: Uint8Array): Key[] {
    this.#rest += this.#decoder.decode(bytes, { stream: true });
    const keys: Key[] = [];
    for (let key = this.#next(); key !== null; key = this.#next()) {
      if (key !== "unknown") keys.push(key);
    }
    return keys;
  }

  /** null: nothing more that is whole. */
  #next(): Key | "unknown" | null {
    const rest = this.#rest;
    if (rest === "") return null;
    if (rest.startsWith(pasteStart)) return this.#paste();
    if (rest.startsWith("\x1b")) {
      const sequence = escapeSequence.exec(rest)?.[0];
      if (sequence === undefined) {
        if (rest.length > sequenceLengthMax) this.#rest = rest.slice(1);
        return rest.length > sequenceLengthMax ? "unknown" : null;
      }
      return this.#take(sequence);
    }
    const end = rest.search(control);
    if (end === 0) return this.#take(rest.charAt(0));
    const text = end < 0 ? rest : rest.slice(0, end);
    this.#rest = rest.slice(text.length);
    return { type: "text", text };
  }

  #take(sequence: string): Key | "unknown" {
    this.#rest = this.#rest.slice(sequence.length);
    if (sequence === "\t") return { type: "text", text: "\t" };
    const isKnown = Object.hasOwn(sequences, sequence);
    if (!isKnown) return "unknown";
    return { type: "key", name: sequences[sequence as keyof typeof sequences] };
  }

  #paste(): Key | null {
    const end = this.#rest.indexOf(pasteEnd);
    if (end < 0) return null;
    const text = this.#rest.slice(pasteStart.length, end).replace(/\r\n?/g, "\n");
    this.#rest = this.#rest.slice(end + pasteEnd.length);
    return { type: "paste", text };
  }
}
