import type { Draft } from "./draft.ts";
import { isFalsey, isTruthy, Misfit, type Reader } from "./readers.ts";

/** The command line, the environment or a preset is wrong; the message says how. */
export class UsageError extends Error {
  override name = "UsageError";
}

/** One option: the only place that names it, its variables, its help, and what it sets. */
export interface Flag {
  /** Its first long spelling, without dashes. */
  name: string;
  spellings: readonly string[];
  /** Spellings that switch it off. */
  negatives: readonly string[];
  /** Variables that give it when the command line does not, the first one set wins. */
  env: readonly string[];
  /** null: a switch, which takes no value. */
  reader: Reader<unknown> | null;
  /** Every value given adds to those before it, though one is no list. */
  repeats: boolean;
  /** Its value is for nobody's eyes. */
  secret: boolean;
  help: string;
  default: string | null;
  /** Accepted for the sake of scripts, but without effect here: why. */
  noEffect: string | null;
  /** Known, but not for this program: why. */
  refused: string | null;
  section: string;
  /** Whether it is about a model (and may stand in its preset) or about the whole server. */
  scope: Scope;
  /**
   * Puts what `text` says into `draft`; for a switch, whether it is on.
   * @param source how the user wrote it, for the error
   * @throws UsageError
   */
  apply(draft: Draft, text: string, source: string): void;
}

export type Scope = "model" | "server";

/** A row of a table, before its section is known. */
export type Row = Omit<Flag, "section" | "scope">;

interface About {
  /** Variables, separated by spaces. */
  env?: string;
  help: string;
  default?: string;
  repeats?: true;
  secret?: true;
}

interface Setting<T> extends About {
  set(draft: Draft, value: T, source: string): void;
}

/** An option with a value. `spellings` are separated by ", ", as the help shows them. */
export function value<T>(spellings: string, reader: Reader<T>, about: Setting<T>): Row {
  const apply = (draft: Draft, text: string, source: string) => {
    about.set(draft, readAs(reader, text, source), source);
  };
  return row(spellings, "", reader, about, apply);
}

/** A switch that is off unless it is named. */
export function on(spellings: string, about: Setting<true>): Row {
  return row(spellings, "", null, about, (draft, text, source) => {
    if (readSwitch(text, source)) about.set(draft, true, source);
  });
}

/** A switch with an opposite: `--x` and `--no-x`. */
export function onOff(spellings: string, negatives: string, about: Setting<boolean>): Row {
  return row(spellings, negatives, null, about, (draft, text, source) => {
    about.set(draft, readSwitch(text, source), source);
  });
}

/** An option of llama-server's that has no effect here, with the reason in its help. */
export function noEffect(
  spellings: string,
  reader: Reader<unknown> | null,
  about: { env?: string; why: string; negatives?: string },
): Row {
  const apply = (draft: Draft, text: string, source: string) => {
    if (reader) readAs(reader, text, source);
    else readSwitch(text, source);
    draft.notes.push(`${source} has no effect: ${about.why}`);
  };
  const help = `no effect: ${about.why}`;
  const plain = row(spellings, about.negatives ?? "", reader, { ...about, help }, apply);
  return { ...plain, noEffect: about.why };
}

/** An option of llama-server's that this program does not have. Switching it off is fine. */
export function refused(
  spellings: string,
  reader: Reader<unknown> | null,
  about: { env?: string; why: string; negatives?: string },
): Row {
  const apply = (_: Draft, text: string, source: string) => {
    if (reader || readSwitch(text, source)) throw new UsageError(`${source}: ${about.why}`);
  };
  const help = `refused: ${about.why}`;
  const plain = row(spellings, about.negatives ?? "", reader, { ...about, help }, apply);
  return { ...plain, refused: about.why };
}

/** The rows of one section of the help. */
export function section(name: string, scope: Scope, rows: Row[]): Flag[] {
  return rows.map((row) => ({ ...row, section: name, scope }));
}

function row(
  spellings: string,
  negatives: string,
  reader: Reader<unknown> | null,
  about: About,
  apply: Flag["apply"],
): Row {
  const names = spellings.split(", ");
  const long = names.find((spelling) => spelling.startsWith("--")) ?? spellings;
  return {
    name: long.replace(/^-+/, ""),
    spellings: names,
    negatives: negatives === "" ? [] : negatives.split(", "),
    env: about.env?.split(" ") ?? [],
    reader,
    repeats: about.repeats ?? false,
    secret: about.secret ?? false,
    help: about.help,
    default: about.default ?? null,
    noEffect: null,
    refused: null,
    apply,
  };
}

function readAs<T>(reader: Reader<T>, text: string, source: string): T {
  try {
    return reader.read(text);
  } catch (error) {
    if (!(error instanceof Misfit)) throw error;
    throw new UsageError(`${source} ${error.message}, not "${text}"`);
  }
}

function readSwitch(text: string, source: string): boolean {
  if (isTruthy(text)) return true;
  if (isFalsey(text)) return false;
  throw new UsageError(`${source} must be on or off (1 or 0, true or false), not "${text}"`);
}
