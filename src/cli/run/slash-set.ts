import { toParameter, toThink } from "./options.ts";
import { can, type Session } from "./session.ts";
import { slashHelp } from "./slash-help.ts";

/**
 * `/set …`. @returns what is said to the user
 * @throws UsageError
 */
export function set(words: readonly string[], rest: string, session: Session): string {
  const [what = "", ...values] = words;
  const [value = ""] = values;
  switch (what) {
    case "parameter":
      return setParameter(values, session);
    case "system":
      return setSystem(rest, session);
    case "wordwrap":
    case "nowordwrap":
      session.wrapsWords = what === "wordwrap";
      return `Set '${what}' mode.\n`;
    case "verbose":
    case "quiet":
      session.isVerbose = what === "verbose";
      return `Set '${what}' mode.\n`;
    case "format":
      if (value !== "json") return "Usage: /set format json\n";
      session.format = "json";
      return "Set format to 'json' mode.\n";
    case "noformat":
      session.format = undefined;
      return "Disabled format.\n";
    case "think":
      session.think = toThink(value || "true", "/set think");
      return `Set 'think' mode${value ? ` to '${value}'` : ""}.\n${warning(session)}`;
    case "nothink":
      session.think = false;
      return `Set 'nothink' mode.\n${warning(session)}`;
    default:
      return what === ""
        ? slashHelp("set")
        : `Unknown command '/set ${what}'. Type /? set for help\n`;
  }
}

const warning = (session: Session) =>
  can(session, "thinking") ? "" : `${session.model} is no model that thinks.\n`;

function setParameter([name, ...values]: readonly string[], session: Session): string {
  if (name === undefined || values.length === 0) return "Usage: /set parameter <name> <value>\n";
  const bare = values.map((value) => value.replace(/^"(.*)"$/, "$1"));
  session.options[name] = toParameter(name, bare);
  return `Set parameter '${name}' to '${bare.join(", ")}'\n`;
}

function setSystem(rest: string, session: Session): string {
  const text = rest.replace(/^\s*system\s*/, "");
  if (text.trim() === "") return 'Usage: /set system <text>, or """<text>"""\n';
  session.system = unquoted(text);
  return "Set system message.\n";
}

/** Text without the quotes around it: `"""…"""` or `"…"`. */
export function unquoted(text: string): string {
  const [, inner = text] =
    /^\s*"""\n?(.*?)\n?"""\s*$/s.exec(text) ?? /^\s*"(.*)"\s*$/s.exec(text) ?? [];
  return inner;
}
