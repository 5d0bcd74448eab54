import { gather } from "../../core/config/gather.ts";
import type { Flag } from "../../core/flags/flag.ts";
import type { Environment, Given } from "../../core/flags/given.ts";
import { flags } from "../../core/flags.ts";
import { readServerSettings } from "../../core/settings.ts";
import type { Command, CommandLine } from "../command.ts";
import { table } from "../terminal/table.ts";

/** One setting as it is shown. */
interface Shown {
  name: string;
  value: string;
  from: string;
}

export const config: Command = {
  name: "config",
  usage: "[-- FLAGS...]",
  summary: "show the settings of a server, and where they come from",
  about:
    "They are checked as `hutch serve` would check them: 2 is the exit code when one is wrong. " +
    "FLAGS are those that a server would be started with.",
  options: [
    { name: "config", value: "FILE", help: "file of settings, instead of the usual one" },
    { name: "all", help: "show what nobody has set, too, with its default" },
    { name: "example", help: "print a file of all settings, each a comment" },
    { name: "json", help: "print JSON" },
  ],
  nWords: { min: 0, max: Infinity },
  run: async (line) => console.log(line.has("example") ? exampleConfig() : shown(line)),
};

function shown(line: CommandLine): string {
  const path = line.value("config");
  const argv = [...(path === undefined ? [] : ["--config", path]), ...line.words];
  const { notes } = readServerSettings(argv, process.env, { isServe: true });
  const { file, settings } = settingsInForce(argv, process.env, { all: line.has("all") });
  if (line.has("json")) return JSON.stringify({ file, settings, notes }, null, 2);
  const rows = settings.map(({ name, value, from }) => [name, value, from]);
  const isBare = rows.length === 0;
  return [
    `File: ${file ?? "none"}`,
    isBare ? "Nothing is set: --all shows the defaults" : table([columns, ...rows]),
    ...notes.map((note) => `Note: ${note}`),
  ].join("\n");
}

const columns = ["NAME", "VALUE", "FROM"];

/** In the order of the help, without what is for nobody's eyes. @throws UsageError */
export function settingsInForce(
  argv: readonly string[],
  env: Environment,
  { all }: { all: boolean },
): { file: string | null; settings: Shown[] } {
  const { given, configPath } = gather(argv, env, { isServe: true });
  const byFlag = Map.groupBy(given, ({ flag }) => flag);
  const settings = flags.filter(isSetting).flatMap((flag): Shown[] => {
    const said = byFlag.get(flag) ?? [];
    const counting = isList(flag) ? said : said.slice(-1);
    if (counting.length > 0) return counting.map(shownGiven);
    return all ? [{ name: flag.name, value: flag.default ?? "", from: "default" }] : [];
  });
  return { file: configPath, settings };
}

/** What can stand in a file of settings. */
const isSetting = ({ section, refused }: Flag) => section !== "Program" && refused === null;

const isList = ({ repeats, reader }: Flag) => repeats || (reader?.takes?.includes("list") ?? false);

function shownGiven({ flag, text, source }: Given): Shown {
  const value = flag.reader ? withoutPassword(text) : text === "0" ? "off" : "on";
  return { name: flag.name, value: flag.secret ? "(hidden)" : value, from: source };
}

/** Addresses may carry the name and password of a user. */
const withoutPassword = (text: string) => text.replace(/:\/\/[^/@\s]+@/g, "://(hidden)@");

/** Every setting with its help, as a file in which each is a comment. */
export function exampleConfig(): string {
  const sections = Map.groupBy(flags.filter(isSetting), ({ section }) => section);
  const texts = [...sections].map(
    ([name, flags]) => `# --- ${name} ---\n\n${flags.map(exampleLines).join("\n\n")}`,
  );
  const intro = [
    "# Settings of Hutch: take the # away from what shall count, and put your value in its place.",
    "# Flags and variables win over this file. `hutch config` shows what counts.",
  ];
  return [intro.join("\n"), ...texts].join("\n\n");
}

function exampleLines(flag: Flag): string {
  const { name, help, default: byDefault } = flag;
  const about = byDefault === null ? help : `${help} (default: ${byDefault})`;
  const key = /^[\w-]+$/.test(name) ? name : JSON.stringify(name); // a dot would make a table
  return `# ${about}\n#${key} = ${exampleValue(flag)}`;
}

/** A value of a kind that the setting takes; for a number its default, where that is one. */
function exampleValue({ reader, default: byDefault }: Flag): string {
  if (!reader) return String(byDefault === null || !byDefault.startsWith("on"));
  const [kind] = reader.takes ?? ["text"];
  if (kind === "switch") return "true";
  if (kind === "number") return String(Number.parseFloat(byDefault ?? "") || 0);
  if (kind === "table") return "{}";
  const text = JSON.stringify(reader.hint);
  return kind === "list" ? `[${text}]` : text;
}
