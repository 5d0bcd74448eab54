import { randomUUID } from "node:crypto";
import { bareEnvironment, until } from "./server.ts";

/** Why tests of the terminal cannot run here; null: they can. */
export const noTerminal = Bun.which("tmux") === null ? "tmux is not installed" : null;

/** Longest that a screen is waited for. */
const patienceMs = 15_000;

export interface TerminalOptions {
  home: string;
  env?: Record<string, string>;
  cwd?: string;
  columns?: number;
  rows?: number;
}

/** A program in a terminal of its own, drawn by tmux: what a person would see, and type. */
export class Terminal implements Disposable {
  readonly #socket = `hutch-test-${randomUUID()}`;

  constructor(command: string[], { home, env = {}, cwd = home, ...size }: TerminalOptions) {
    const { columns = 80, rows = 24 } = size;
    const words = command.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(" ");
    const variables = Object.entries(bareEnvironment(home, env));
    // The shell says how the program ended, and keeps the screen.
    const script = `${words}; echo "[ended with $?]"; exec sleep 600`;
    this.#tmux(
      ...["-f", "/dev/null", "new-session", "-d", "-x", String(columns), "-y", String(rows)],
      ...["-c", cwd],
      ...variables.flatMap(([name, value]) => ["-e", `${name}=${value}`]),
      script,
    );
  }

  /** Keys as tmux names them: "Enter", "Up", "C-c"; anything else is typed. */
  press(...keys: string[]): void {
    this.#tmux("send-keys", ...keys);
  }

  /** Types a text as it is. */
  type(text: string): void {
    this.#tmux("send-keys", "-l", text);
  }

  /** Types a message and sends it. */
  enter(text: string): void {
    this.type(text);
    this.press("Enter");
  }

  /** As a terminal does from the clipboard, with bracketed paste. */
  paste(text: string): void {
    this.#tmux("set-buffer", text);
    this.#tmux("paste-buffer", "-p");
  }

  resize(columns: number, rows: number): void {
    this.#tmux("resize-window", "-x", String(columns), "-y", String(rows));
  }

  /** What is on the screen, with what has gone out above it; without empty lines at the end. */
  screen(): string {
    return this.#tmux("capture-pane", "-p", "-S", "-").trimEnd();
  }

  /** What is on the screen alone. */
  visible(): string {
    return this.#tmux("capture-pane", "-p").trimEnd();
  }

  /** The same with its colours. */
  coloredScreen(): string {
    return this.#tmux("capture-pane", "-p", "-e").trimEnd();
  }

  /** Waits for the cursor to stand there. */
  async cursorAt(wanted: { column: number; row: number }): Promise<void> {
    const isThere = () => Bun.deepEquals(this.cursor(), wanted);
    await until(`the cursor is at ${JSON.stringify(wanted)}`, isThere, patienceMs);
  }

  /** Where the cursor stands, from 0 on. */
  cursor(): { column: number; row: number } {
    const text = this.#tmux("display-message", "-p", "#{cursor_x} #{cursor_y}");
    const [column = 0, row = 0] = text.trim().split(" ").map(Number);
    return { column, row };
  }

  /** Waits for a screen that has `wanted`. @returns it @throws after a while, with the screen */
  async shows(wanted: string | RegExp): Promise<string> {
    const end = performance.now() + patienceMs;
    for (;;) {
      const screen = this.screen();
      if (typeof wanted === "string" ? screen.includes(wanted) : wanted.test(screen)) return screen;
      if (performance.now() > end) throw new Error(`no ${wanted} on the screen:\n${screen}`);
      await Bun.sleep(30);
    }
  }

  [Symbol.dispose](): void {
    this.#tmux("kill-server");
  }

  #tmux(...args: string[]): string {
    const { stdout, stderr, success } = Bun.spawnSync(["tmux", "-L", this.#socket, ...args], {
      env: { ...process.env, LANG: "C.UTF-8", LC_ALL: "C.UTF-8", TERM: "xterm-256color" },
    });
    if (!success) throw new Error(`tmux ${args[0]}: ${stderr}`);
    return stdout.toString();
  }
}
