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
const roles = ["system", "user", "assistant"];

/**
 * Source: Ollama's parser/parser.go. A value goes to the end of its line; in `"…"` or `"""…"""` it
 * goes to the line that ends with the same quotes.
 * @throws AppError invalid_request, with the line
 */
export function parseModelfile(bytes: Uint8Array): Modelfile {
  const lines = decoded(bytes).split(/\r\n|\r|\n/);
  const commands: Command[] = [];
  for (let i = 0; i < lines.length; i++) {
    const line = (lines[i] ?? "").trim();
    if (line === "" || line.startsWith("#")) continue;
    const first = i + 1;
    const { name, key, rest } = begun(line, first);
    let value = rest;
    while (unquoted(value) === null) {
      i++;
      if (i >= lines.length) throw wrong(first, `the quotes of ${name.toUpperCase()} do not end`);
      value += `\n${lines[i]}`;
    }
    commands.push({ name, key, value: unquoted(value) ?? "", line: first });
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

function begun(line: string, number: number): { name: CommandName; key: string; rest: string } {
  const [, word = "", rest = ""] = /^(\S+)\s*(.*)$/s.exec(line) ?? [];
  const name = commandNames.find((known) => known === word.toLowerCase());
  if (!name) {
    const known = commandNames.map((command) => `"${command}"`).join(", ");
    throw wrong(number, `command must be one of ${known}`);
  }
  if (!keyed.has(name)) return { name, key: "", rest: filled(rest, name, number) };
  const [, key = "", value = ""] = /^(\S+)\s*(.*)$/s.exec(rest) ?? [];
  if (name === "message" && !roles.includes(key)) {
    throw wrong(number, `message role must be one of ${roles.map((r) => `"${r}"`).join(", ")}`);
  }
  return { name, key: key.toLowerCase(), rest: filled(value, name, number) };
}

function filled(rest: string, name: CommandName, number: number): string {
  if (rest !== "") return rest;
  throw wrong(number, `${name.toUpperCase()} needs a value`);
}

/** The value without its quotes; null while these are still open. */
function unquoted(value: string): string | null {
  const text = value.trimEnd();
  for (const quotes of ['"""', '"']) {
    if (!text.startsWith(quotes)) continue;
    const isClosed = text.length >= 2 * quotes.length && text.endsWith(quotes);
    return isClosed ? text.slice(quotes.length, -quotes.length) : null;
  }
  return text;
}

function wrong(line: number, message: string): AppError {
  return new AppError("invalid_request", `Modelfile, line ${line}: ${message}`);
}
