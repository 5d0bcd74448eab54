import { UnreachableError } from "../client/client.ts";
import type { ChatLine, WireMessage } from "../client/wire.ts";
import { printable } from "../terminal/graphemes.ts";
import { Spinner } from "../terminal/spinner.ts";
import { columnsOf, grey } from "../terminal/style.ts";
import { WordWrap } from "../terminal/word-wrap.ts";
import { metricsText } from "./metrics.ts";
import { chatRequest, type Session } from "./session.ts";

/**
 * Asks for the next message and prints it as it comes, to stdout.
 * @param signal ends the answer; what has come of it counts
 * @returns null when nothing has come of it
 * @throws ServerError, UnreachableError
 */
export async function answer(session: Session, signal: AbortSignal): Promise<WireMessage | null> {
  using spinner = new Spinner(process.stderr);
  const printer = new Printer(session);
  let last: ChatLine = {};
  try {
    const lines = session.client.lines<ChatLine>("/api/chat", chatRequest(session), signal);
    for await (const line of lines) {
      last = line;
      const { thinking = "", content = "" } = line.message ?? {};
      if (content !== "" || (thinking !== "" && !session.hidesThinking)) {
        spinner[Symbol.dispose]();
      }
      printer.thinking(thinking);
      printer.content(content);
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    spinner[Symbol.dispose]();
    printer.end();
  }
  if (!last.done && !signal.aborted) {
    throw new UnreachableError(`${session.client.place} ended its answer before it was done`);
  }
  if (session.isVerbose && last.done) process.stderr.write(`\n${metricsText(last)}`);
  return printer.message;
}

/** Writes an answer's pieces to stdout: to a terminal wrapped, and what was thought dimmed. */
class Printer {
  #wrap: WordWrap | null;
  #thought = "";
  #said = "";
  #isThinking = false;
  /** Whether the last thing that was written ended its line. */
  #isAtLineStart = true;

  constructor(readonly session: Session) {
    this.#wrap = wordWrap(session);
  }

  get message(): WireMessage | null {
    if (this.#said === "" && this.#thought === "") return null;
    const thinking = this.#thought === "" ? {} : { thinking: this.#thought };
    return { role: "assistant", content: this.#said, ...thinking };
  }

  thinking(text: string): void {
    if (text === "") return;
    this.#thought += text;
    if (this.session.hidesThinking) return;
    if (!this.#isThinking) this.#write(dim("Thinking...\n"));
    this.#isThinking = true;
    this.#write(dim(this.#wrapped(text)));
  }

  content(text: string): void {
    if (text === "") return;
    this.#thoughtEnds();
    this.#said += text;
    this.#write(this.#wrapped(text));
  }

  /** Ends the line, if one was begun. */
  end(): void {
    this.#thoughtEnds();
    if (!this.#isAtLineStart) this.#write("\n");
  }

  #thoughtEnds(): void {
    if (!this.#isThinking) return;
    this.#isThinking = false;
    this.#wrap = wordWrap(this.session);
    if (!this.#isAtLineStart) this.#write("\n");
    this.#write(`${dim("...done thinking.")}\n\n`);
  }

  #wrapped(text: string): string {
    if (!process.stdout.isTTY) return text;
    const shown = printable(text);
    return this.#wrap ? this.#wrap.wrap(shown) : shown;
  }

  #write(text: string): void {
    if (text === "") return;
    process.stdout.write(text);
    const bare = Bun.stripANSI(text);
    this.#isAtLineStart = bare === "" ? this.#isAtLineStart : bare.endsWith("\n");
  }
}

/** null: lines are left as they are. */
function wordWrap({ wrapsWords }: Session): WordWrap | null {
  const wraps = wrapsWords && process.stdout.isTTY;
  return wraps ? new WordWrap(() => columnsOf(process.stdout) - 1) : null;
}

const dim = (text: string) => grey(text, process.stdout);
