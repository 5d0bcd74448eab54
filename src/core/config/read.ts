import { readFileSync } from "node:fs";
import { type Flag, UsageError } from "../flags/flag.ts";
import { flagWithoutDashes, type Given } from "../flags/given.ts";
import type { ValueKind } from "../flags/readers.ts";
import { nearestSpelling } from "../flags.ts";
import { brokenLine, keyLines } from "./lines.ts";

/** Largest file of settings, bytes: all of them with all their help are a quarter of it. */
const configBytesMax = 262_144;

/**
 * What a file of settings says, in its own order: keys are flags without their dashes.
 * @throws UsageError that names the file, the line and the key
 */
export function readConfig(path: string): Given[] {
  const text = textOf(path);
  const table = parsed(text, path);
  const lines = keyLines(text);
  const given = Object.entries(table).flatMap(([key, value]) =>
    givenBy(key, value, `${path}:${lines.get(key) ?? 1}: ${key}`),
  );
  checkTwice(given);
  return given;
}

function textOf(path: string): string {
  try {
    const text = readFileSync(path, "utf8");
    if (text.length <= configBytesMax) return text.replaceAll("\r\n", "\n");
  } catch (error) {
    throw new UsageError(`the settings cannot be read: ${(error as Error).message}`);
  }
  throw new UsageError(`${path} is longer than ${configBytesMax} characters: are these settings?`);
}

function parsed(text: string, path: string): Record<string, unknown> {
  try {
    return Bun.TOML.parse(text) as Record<string, unknown>;
  } catch (error) {
    const why = (error as Error).message.replace(/^TOML Parse error: /, "");
    throw new UsageError(`${path}:${brokenLine(text)}: ${why}`);
  }
}

function givenBy(key: string, value: unknown, source: string): Given[] {
  const named = flagWithoutDashes(key);
  if (!named) throw unknownKey(key, value, source);
  const { flag, isNegative } = named;
  if (flag.section === "Program") {
    throw new UsageError(`${source} stands for a flag of the command line, and is no setting`);
  }
  if (flag.repeats && Array.isArray(value)) {
    return value.map((item) => ({ flag, text: textFor(flag, item, source), source }));
  }
  const text = textFor(flag, value, source);
  return [{ flag, text: isNegative ? opposite(text) : text, source }];
}

const opposite = (text: string) => (text === "1" ? "0" : "1");

function unknownKey(key: string, value: unknown, source: string): UsageError {
  const place = source.slice(0, -`: ${key}`.length);
  const nearest = nearestSpelling(`--${key.replaceAll("_", "-")}`).replace(/^-+/, "");
  const advice =
    kindOf(value) === "table"
      ? "settings stand at the top, in no table"
      : `did you mean "${nearest}"?`;
  return new UsageError(`${place}: unknown key "${key}"; ${advice}`);
}

type Kind = ValueKind | "date";

/** What the value of a kind is called in messages. */
const names: Readonly<Record<Kind, string>> = {
  text: "a text in quotes",
  number: "a number",
  switch: "true or false",
  list: "a list",
  table: "a table",
  date: "a date",
};

/** As the command line would have it. @throws UsageError for a value of the wrong kind */
function textFor(flag: Flag, value: unknown, source: string): string {
  const kind = kindOf(value);
  const kinds: readonly Kind[] = flag.reader ? (flag.reader.takes ?? ["text"]) : ["switch"];
  if (!kinds.includes(kind)) {
    const wanted = [...kinds, ...(flag.repeats ? (["list"] as const) : [])];
    const choices = wanted.map((wantedKind) => names[wantedKind]).join(" or ");
    throw new UsageError(`${source} must be ${choices}, not ${names[kind]}`);
  }
  if (Array.isArray(value)) return value.map((item) => listItem(item, source)).join(",");
  if (kind === "switch") return value === true ? "1" : "0";
  return kind === "table" ? JSON.stringify(value) : String(value);
}

/** In quotes where it has a comma, as the readers of lists understand them. */
function listItem(item: unknown, source: string): string {
  const kind = kindOf(item);
  if (kind !== "text" && kind !== "number") {
    throw new UsageError(`${source} must be a list of texts or numbers, not of ${names[kind]}`);
  }
  const text = String(item);
  return /[",]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function kindOf(value: unknown): Kind {
  if (typeof value === "boolean") return "switch";
  if (typeof value === "number") return "number";
  if (typeof value === "string") return "text";
  if (Array.isArray(value)) return "list";
  return Object.getPrototypeOf(value) === Object.prototype ? "table" : "date";
}

/** @throws UsageError for a setting under two of its names: nobody could say which one counts */
function checkTwice(given: readonly Given[]): void {
  const sources = new Map<Flag, string>();
  for (const { flag, source } of given) {
    const before = sources.get(flag) ?? source;
    if (before !== source) throw new UsageError(`${source} says again what ${before} says`);
    sources.set(flag, before);
  }
}
