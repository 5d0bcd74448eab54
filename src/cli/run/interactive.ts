import { printable } from "../terminal/graphemes.ts";
import { red } from "../terminal/style.ts";
import { History } from "./history.ts";
import { LineReader } from "./line-reader.ts";
import { preload } from "./load.ts";
import { retold } from "./retold.ts";
import type { Session } from "./session.ts";
import { isSlashCommand, slash } from "./slash.ts";
import { unquoted } from "./slash-set.ts";
import { turn } from "./turn.ts";

/** How a shell calls what ctrl-c has ended. */
const interruptedCode = 130;

/**
 * Loads the model and talks with the user at the terminal until they end it. What they write
 * meanwhile is their first message.
 * @throws ServerError when the model cannot be loaded
 */
export async function talk(session: Session): Promise<void> {
  const history = History.of(process.env);
  using reader = new LineReader(history);
  const { client, model, keepAlive } = session;
  const leaving = new AbortController();
  const loading = preload(client, model, { keepAlive, signal: leaving.signal });
  try {
    await reader.during(loading, () => leaving.abort());
  } catch (error) {
    if (!leaving.signal.aborted) throw error;
    process.exitCode = interruptedCode;
    return;
  }
  process.stdout.write(retold(session.shown));
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
