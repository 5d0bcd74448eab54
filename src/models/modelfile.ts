import { AppError } from "../core/errors.ts";

/** Ollama's description of a model: a command a line, `FROM llama.gguf`, `PARAMETER top_k 10` … */
export interface Modelfile {
  commands: readonly Command[];
}

/** `PARAMETER stop "###"` has the name "parameter", the key "stop" and the value "###". */
export interface Command {
  name: CommandName;
  /** Of a parameter its name, of a message its role. */
  key: string;
  value: string;
  /** Where it begins, from 1 on. */
  line: number;
}

const commandNames = [
  "from",
  "license",
  "template",
  "system",
  "adapter",
  "renderer",
  "parser",
  "parameter",
  "message",
  "requires",
  "draft",
] as const;
export type CommandName = (typeof commandNames)[number];

const keyed: ReadonlySet<CommandName> = new Set(["parameter", "message"]);
export const messageRoles = ["system", "user", "assistant"] as const;

/**
 * Source: Ollama's parser/parser.go. A value goes to the end of its line; in `"…"` or `"""…"""` it
 * goes to the line that ends with the same quotes. Ours alone: `#"""…"""#`, with any number of `#`,
 * for a value with lines that end with quotes themselves.
 * @throws AppError invalid_request, with the line
 */
export function parseModelfile(bytes: Uint8Array): Modelfile {
  const lines = linesOf(decoded(bytes));
  const commands: Command[] = [];
  for (let i = 0; i < lines.length; i++) {
    const line = (lines[i]?.text ?? "").trimStart();
    if (line === "" || line.startsWith("#")) continue;
    const first = i + 1;
    const { name, key, rest } = begun(line, first);
    const quotes = /^(#*"""|"|)/.exec(rest)?.[0] ?? "";
    let value = rest;
    while (!isClosed(value, quotes)) {
      const end = lines[i++]?.end;
      if (i >= lines.length) {
        const what = `the quotes of ${name.toUpperCase()} do not end`;
        throw wrong(first, `unexpected EOF: ${what}`);
      }
      value += `${end}${lines[i]?.text}`;
    }
    const text = value.trimEnd().slice(quotes.length, -quotes.length || undefined);
    commands.push({ name, key, value: text, line: first });
  }
  if (commands.some(({ name }) => name === "from")) return { commands };
  throw new AppError("invalid_request", "the Modelfile has no FROM line");
}

/** UTF-8 or UTF-16, with a byte order mark or without. */
function decoded(bytes: Uint8Array): string {
  const [first, second] = bytes;
  if (first === 0xff && second === 0xfe) return new TextDecoder("utf-16le").decode(bytes);
  if (first === 0xfe && second === 0xff) {
    const swapped = Buffer.from(bytes.subarray(0, bytes.length & ~1)).swap16();
    return new TextDecoder("utf-16le").decode(swapped);
  }
  return new TextDecoder().decode(bytes);
}

/** Lines with what ends each: quoted values keep it, as Ollama has it. */
function linesOf(text: string): { text: string; end: string }[] {
  const parts = text.split(/(\r\n|\r|\n)/);
  const nLines = Math.ceil(parts.length / 2);
  return Array.from({ length: nLines }, (_, i) => ({
    text: parts[2 * i] ?? "",
    end: parts[2 * i + 1] ?? "",
  }));
}

function begun(line: string, number: number): { name: CommandName; key: string; rest: string } {
  const [, word = "", rest = ""] = /^(\S+)\s*(.*)$/s.exec(line) ?? [];
  const name = commandNames.find((known) => known === word.toLowerCase());
  if (!name) throw wrong(number, `command must be one of ${listed(commandNames)}`);
  if (!keyed.has(name)) return { name, key: "", rest: filled(rest, name, number) };
  const [, key = "", value = ""] = /^(\S+)\s*(.*)$/s.exec(rest) ?? [];
  if (name === "message" && !messageRoles.some((role) => role === key)) {
    throw wrong(number, `message role must be one of ${listed(messageRoles)}`);
  }
  return { name, key: key.toLowerCase(), rest: filled(value, name, number) };
}

function listed(words: readonly string[]): string {
  const quoted = words.map((word) => `"${word}"`);
  return `${quoted.slice(0, -1).join(", ")}, or ${quoted.at(-1)}`;
}

function filled(rest: string, name: CommandName, number: number): string {
  if (rest !== "") return rest;
  throw wrong(number, `${name.toUpperCase()} needs a value`);
}

/** Whether the value that begins with `quotes` ends with them, too. */
function isClosed(value: string, quotes: string): boolean {
  const text = value.trimEnd();
  const closing = [...quotes].reverse().join("");
  return text.length >= 2 * quotes.length && text.endsWith(closing);
}

function wrong(line: number, message: string): AppError {
  return new AppError("invalid_request", `Modelfile (line ${line}): ${message}`);
}
