import { ServerError } from "../client/client.ts";
import type { History } from "./history.ts";
import { find, preload } from "./load.ts";
import { retold } from "./retold.ts";
import { type Session, saveRequest } from "./session.ts";
import { slashHelp } from "./slash-help.ts";
import { set } from "./slash-set.ts";
import { show } from "./slash-show.ts";

const names = ["/set", "/show", "/load", "/save", "/clear", "/bye", "/exit", "/?", "/help"];

/** Whether a message is one to us. A path is none, though it begins with a slash. */
export function isSlashCommand(text: string): boolean {
  const [word = ""] = text.trimStart().split(/\s/, 1);
  return names.includes(word) || /^\/[a-z?]*$/i.test(word);
}

/**
 * Does what a `/command` says. @returns "bye" when the session is to end, else what is said
 * @throws ServerError, UsageError
 */
export async function slash(
  text: string,
  session: Session,
  history: History,
  signal: AbortSignal,
): Promise<string> {
  const [, name = "", rest = ""] = /^\s*(\S+)\s*(.*)$/s.exec(text) ?? [];
  const words = rest.split(/\s+/).filter(Boolean);
  const [first = ""] = words;
  switch (name) {
    case "/bye":
    case "/exit":
      return "bye";
    case "/?":
    case "/help":
      return slashHelp(first);
    case "/clear":
      session.messages = [];
      return "Cleared session context\n";
    case "/set":
      if (first === "history" || first === "nohistory") {
        history.isKept = first === "history";
        return `Set '${first}' mode.\n`;
      }
      return set(words, rest, session);
    case "/show":
      return show(first, session);
    case "/load":
      return words.length === 1 ? await change(first, session, signal) : "Usage: /load <model>\n";
    case "/save":
      return words.length === 1 ? await save(first, session) : "Usage: /save <model>\n";
    default:
      return `Unknown command '${name}'. Type /? for help\n`;
  }
}

/** The system message and the parameters were for the other model. */
async function change(model: string, session: Session, signal: AbortSignal): Promise<string> {
  const { client, keepAlive } = session;
  const shown = await find(client, model, { signal });
  await preload(client, model, { keepAlive, signal });
  Object.assign(session, { model, shown, messages: [], options: {}, system: undefined });
  return `Loaded model '${model}'\n${retold(shown)}`;
}

async function save(model: string, session: Session): Promise<string> {
  try {
    await session.client.done("/api/create", { model, ...saveRequest(session) });
  } catch (error) {
    if (!(error instanceof ServerError)) throw error;
    throw new ServerError(error.status, `'${model}' was not saved: ${error.message}`);
  }
  return `Created new model '${model}'\n`;
}
