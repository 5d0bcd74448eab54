import type { ReadStream, WriteStream } from "node:tty";
import { clipped } from "../terminal/graphemes.ts";
import { LiveBlock } from "../terminal/live-block.ts";
import { grey } from "../terminal/style.ts";
import { EditBuffer } from "./edit-buffer.ts";
import type { History } from "./history.ts";
import { layoutOf } from "./input-layout.ts";
import { type Key, KeyDecoder, type KeyName } from "./keys.ts";

const prompts = { first: ">>> ", next: "... " };
const placeholder = "Send a message (/? for help)";

/** Who drags a window's edge resizes it many times; it is drawn anew when that has settled. */
const settleMs = 50;

/** What came of a line: its text, ctrl-c on an empty one, or the end of the input. */
export type Read = { type: "line"; text: string } | { type: "interrupt" } | { type: "end" };

/**
 * Reads messages from a terminal, with a line editor. Keys that are struck while nobody reads wait
 * for the next message. Disposing gives the terminal back as it was.
 */
export class LineReader implements Disposable {
  readonly #block: LiveBlock;
  readonly #keys: Key[] = [];
  #wake = Promise.withResolvers<void>();
  #isEnded = false;
  #isReading = false;
  #onInterrupt: (() => void) | null = null;
  readonly #undo = new DisposableStack();

  constructor(
    readonly history: History,
    readonly input: ReadStream = process.stdin,
    readonly output: WriteStream = process.stdout,
  ) {
    this.#block = new LiveBlock(output);
    const decoder = new KeyDecoder();
    this.#listen("data", (bytes: Buffer) => this.#take(decoder.decode(bytes)));
    this.#listen("end", () => this.#end());
    for (const signal of ["SIGTERM", "SIGHUP"] as const) {
      const end = () => {
        if (this.#isReading) this.#block.end();
        this[Symbol.dispose]();
        process.exit(1);
      };
      process.once(signal, end);
      this.#undo.defer(() => process.off(signal, end));
    }
    this.#setRaw(true);
    input.resume();
  }

  /** Reads one message. A text that opens `"""` goes on until these are closed. */
  async read(): Promise<Read> {
    let buffer = new EditBuffer();
    const draw = () => this.#draw(buffer);
    let settling: NodeJS.Timeout | undefined;
    const drawSoon = () => {
      clearTimeout(settling);
      settling = setTimeout(draw, settleMs);
    };
    this.#isReading = true;
    this.output.on("resize", drawSoon);
    process.on("SIGCONT", draw);
    try {
      draw();
      for (;;) {
        const key = await this.#next();
        if (key === null) return { type: "end" };
        if (key.type !== "key") buffer.insert(key.text);
        else {
          const read = this.#finish(key.name, buffer);
          if (read) return read;
          buffer = this.#apply(key.name, buffer);
        }
        if (this.#keys.length === 0) draw();
      }
    } finally {
      this.#isReading = false;
      clearTimeout(settling);
      this.output.off("resize", drawSoon);
      process.off("SIGCONT", draw);
    }
  }

  /** While nobody reads, ctrl-c calls `onInterrupt`; other keys wait for the next message. */
  async during<T>(work: Promise<T>, onInterrupt: () => void): Promise<T> {
    this.#onInterrupt = onInterrupt;
    try {
      return await work;
    } finally {
      this.#onInterrupt = null;
    }
  }

  [Symbol.dispose](): void {
    this.#setRaw(false);
    this.input.pause();
    this.#undo.dispose();
  }

  /** Keys that end the message, or leave it. */
  #finish(name: KeyName, buffer: EditBuffer): Read | null {
    if (name === "enter" && !isOpen(buffer.text)) {
      this.#leave(buffer);
      this.history.add(buffer.text);
      return { type: "line", text: buffer.text };
    }
    if (name === "interrupt" && buffer.text === "") {
      this.#leave(buffer);
      return { type: "interrupt" };
    }
    if (name === "end-or-delete" && buffer.text === "") {
      this.#leave(buffer);
      return { type: "end" };
    }
    return null;
  }

  #apply(name: KeyName, buffer: EditBuffer): EditBuffer {
    switch (name) {
      case "enter":
      case "newline":
        buffer.insert("\n");
        break;
      case "interrupt":
        this.#leave(buffer);
        return new EditBuffer();
      case "end-or-delete":
        buffer.delete();
        break;
      case "up":
        return this.#leafed(buffer, buffer.up() ? null : this.history.previous(buffer.text));
      case "down":
        return this.#leafed(buffer, buffer.down() ? null : this.history.next());
      case "clear-screen":
        this.output.write("\x1b[2J\x1b[H");
        this.#block.forget();
        break;
      case "suspend":
        this.#suspend();
        break;
      default:
        edits[name](buffer);
    }
    return buffer;
  }

  #leafed(buffer: EditBuffer, entry: string | null): EditBuffer {
    return entry === null ? buffer : new EditBuffer(entry);
  }

  #draw(buffer: EditBuffer): void {
    const { rows, cursor } = layoutOf(buffer, prompts, this.#block.width);
    if (buffer.text === "") {
      const room = this.#block.width - prompts.first.length;
      rows[0] += grey(clipped(placeholder, room), this.output);
    }
    this.#block.draw(rows, cursor);
  }

  /** The message stays on the screen, without what only helps to write it. */
  #leave(buffer: EditBuffer): void {
    const { rows, cursor } = layoutOf(buffer, prompts, this.#block.width);
    this.#block.draw(rows, cursor);
    this.#block.end();
  }

  #suspend(): void {
    this.#block.end();
    this.#setRaw(false);
    process.once("SIGCONT", () => this.#setRaw(true));
    process.kill(process.pid, "SIGTSTP");
  }

  #take(keys: Key[]): void {
    for (const key of keys) {
      const name = key.type === "key" && !this.#isReading ? key.name : null;
      if (name === "interrupt") this.#onInterrupt?.();
      else if (name === "suspend") this.#suspend();
      else this.#keys.push(key);
    }
    this.#wake.resolve();
  }

  #end(): void {
    this.#isEnded = true;
    this.#wake.resolve();
  }

  async #next(): Promise<Key | null> {
    while (this.#keys.length === 0 && !this.#isEnded) {
      this.#wake = Promise.withResolvers();
      await this.#wake.promise;
    }
    return this.#keys.shift() ?? null;
  }

  /** Bracketed paste tells a text from the clipboard from one that is written. */
  #setRaw(isRaw: boolean): void {
    this.input.setRawMode(isRaw);
    this.output.write(isRaw ? "\x1b[?2004h" : "\x1b[?2004l");
  }

  #listen(event: "data" | "end", listener: (bytes: Buffer) => void): void {
    this.input.on(event, listener);
    this.#undo.defer(() => this.input.off(event, listener));
  }
}

/** Keys that only change the text, or where the cursor stands. */
const edits: Record<
  Exclude<
    KeyName,
    "enter" | "newline" | "interrupt" | "end-or-delete" | "up" | "down" | "clear-screen" | "suspend"
  >,
  (buffer: EditBuffer) => void
> = {
  left: (buffer) => buffer.left(),
  right: (buffer) => buffer.right(),
  home: (buffer) => buffer.home(),
  end: (buffer) => buffer.end(),
  backspace: (buffer) => buffer.backspace(),
  delete: (buffer) => buffer.delete(),
  "word-left": (buffer) => buffer.wordLeft(),
  "word-right": (buffer) => buffer.wordRight(),
  "kill-to-end": (buffer) => buffer.killToEnd(),
  "kill-to-start": (buffer) => buffer.killToStart(),
  "kill-word": (buffer) => buffer.killWord(),
  "kill-word-right": (buffer) => buffer.killWordRight(),
};

/** Whether a message goes on after this line: its first `"""` has no second one. */
function isOpen(text: string): boolean {
  return /^\s*(?:\/set\s+system\s+)?"""/.test(text) && (text.match(/"""/g)?.length ?? 0) % 2 === 1;
}
