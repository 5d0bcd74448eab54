import { printable } from "../terminal/graphemes.ts";
import { red } from "../terminal/style.ts";
import { History } from "./history.ts";
import { LineReader } from "./line-reader.ts";
import type { Session } from "./session.ts";
import { isSlashCommand, slash } from "./slash.ts";
import { unquoted } from "./slash-set.ts";
import { turn } from "./turn.ts";

/** Talks with the user at the terminal until they end it. */
export async function talk(session: Session): Promise<void> {
  retell(session);
  const history = History.of(process.env);
  using reader = new LineReader(history);
  for (;;) {
    const read = await reader.read();
    if (read.type === "end") return;
    if (read.type === "interrupt") {
      process.stdout.write("Use Ctrl + d or /bye to exit.\n");
      continue;
    }
    if (read.text.trim() === "") continue;
    const stopping = new AbortController();
    const work = respond(read.text, session, history, stopping.signal);
    const isOver = await reader.during(work, () => stopping.abort());
    if (isOver) return;
  }
}

/** @returns whether the session is over */
async function respond(
  text: string,
  session: Session,
  history: History,
  signal: AbortSignal,
): Promise<boolean> {
  try {
    if (isSlashCommand(text)) {
      const said = await slash(text, session, history, signal);
      if (said === "bye") return true;
      process.stdout.write(said);
    } else {
      await turn(session, unquotedBlock(text), signal);
      process.stdout.write("\n");
    }
  } catch (error) {
    if (signal.aborted) return false; // the user knows
    process.stderr.write(`${red(messageOf(error), process.stderr)}\n`);
  }
  return false;
}

const messageOf = (error: unknown) =>
  printable(error instanceof Error ? error.message : String(error));

const unquotedBlock = (text: string) => (/^\s*"""/.test(text) ? unquoted(text) : text);

/** What was said before, where the model brings a conversation along. */
function retell({ shown: { messages = [] } }: Session): void {
  for (const { role, content } of messages) {
    if (role === "user") process.stdout.write(`>>> ${printable(content)}\n`);
    if (role === "assistant") process.stdout.write(`${printable(content)}\n\n`);
  }
}
