import { executable, temporaryDir } from "./server.ts";
import { Terminal, type TerminalOptions } from "./terminal.ts";

/** What is on the last line when a message is waited for. */
export const ready = ">>> Send a message (/? for help)";

/** The screen from the last message on, without what stands above it. */
const lastTurn = (screen: string) =>
  screen.slice(screen.lastIndexOf(">>> ", screen.length - ready.length - 1));

/** A conversation on a terminal of its own, with an empty home unless one is given. */
export class Conversation implements Disposable {
  readonly #stack = new DisposableStack();
  readonly terminal: Terminal;

  constructor(url: string, args: string[] = ["run", "tiny"], more: Partial<TerminalOptions> = {}) {
    const home = more.home ?? this.#stack.use(temporaryDir()).path;
    const env = { HUTCH_HOST: url, LANG: "C.UTF-8", ...more.env };
    this.terminal = this.#stack.use(new Terminal([executable, ...args], { ...more, home, env }));
  }

  /** Waits for the prompt. @returns the screen */
  async isReady(): Promise<string> {
    return await this.terminal.shows(new RegExp(`${RegExp.escape(ready)}$`));
  }

  /** Sends a message, and waits for the next prompt. @returns the turn */
  async say(text: string): Promise<string> {
    await this.isReady();
    this.terminal.enter(text);
    await this.terminal.shows(
      new RegExp(`>>> ${RegExp.escape(text)}\\n[\\s\\S]*${RegExp.escape(ready)}$`),
    );
    return lastTurn(this.terminal.screen());
  }

  [Symbol.dispose](): void {
    this.#stack.dispose();
  }
}
