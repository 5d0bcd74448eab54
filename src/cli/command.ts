import { parseArgs } from "node:util";
import { UsageError } from "../core/flags/flag.ts";

/** A command of the command line, beside `serve`. */
export interface Command {
  name: string;
  aliases?: readonly string[];
  /** What comes after the name: "MODEL [PROMPT...]". */
  usage: string;
  /** What the first word is one of, where it is. */
  words?: readonly string[];
  /** One line for the overview. */
  summary: string;
  /** More about it, for its own help. */
  about?: string;
  options: readonly Option[];
  /** How many words it takes; fewer or more are usage errors. */
  nWords: { min: number; max: number };
  run(line: CommandLine): Promise<void>;
}

export interface Option {
  /** Without dashes. */
  name: string;
  short?: string;
  /** What its value is called; absent: a switch. */
  value?: string;
  /** What the option alone stands for, if its value may be left out. */
  bare?: string;
  help: string;
}

/** What the user wrote after the command. */
export interface CommandLine {
  words: string[];
  has(option: string): boolean;
  value(option: string): string | undefined;
}

export const helpOption: Option = { name: "help", short: "h", help: "show this help" };

/**
 * Options may stand before, between and after the words; after `--` come only words.
 * @throws UsageError
 */
export function parseCommand(command: Command, argv: readonly string[]): CommandLine {
  const options = [...command.options, helpOption];
  const { values, positionals } = parsed(command, withValues(argv, options), options);
  const line: CommandLine = {
    words: positionals,
    has: (option) => values[option] === true,
    value: (option) => (typeof values[option] === "string" ? values[option] : undefined),
  };
  const { min, max } = command.nWords;
  if (line.has("help") || (positionals.length >= min && positionals.length <= max)) return line;
  const problem =
    positionals.length < min
      ? `${wordMissing(command, positionals.length)} is missing`
      : "there is a word too many";
  throw new UsageError(`${problem}: ${usageOf(command)}`, { cause: command });
}

/** Options and their values in one: a value may begin with a dash, as that of `--keepalive -1`. */
function withValues(argv: readonly string[], options: readonly Option[]): string[] {
  const end = argv.indexOf("--");
  const words = end < 0 ? argv : argv.slice(0, end);
  const args: string[] = [];
  for (let i = 0; i < words.length; i++) {
    const word = words[i] ?? "";
    const option = options.find(({ name, short }) => word === `--${name}` || word === `-${short}`);
    const value = option?.value === undefined ? undefined : (option.bare ?? words[++i]);
    args.push(option && value !== undefined ? `--${option.name}=${value}` : word);
  }
  return [...args, ...argv.slice(words.length)];
}

/** "MODEL" of "MODEL [PROMPT...]" */
const wordMissing = ({ usage }: Command, nWords: number) =>
  (usage.split(" ")[nWords] ?? usage).replace("...", "");

export const usageOf = ({ name, usage }: Command) => `hutch ${name} ${usage}`.trimEnd();

function parsed(command: Command, args: string[], options: readonly Option[]) {
  const config = Object.fromEntries(
    options.map(({ name, short, value }) => [
      name,
      {
        type: value === undefined ? ("boolean" as const) : ("string" as const),
        ...(short && { short }),
      },
    ]),
  );
  try {
    return parseArgs({ args, options: config, allowPositionals: true, strict: true });
  } catch (error) {
    throw new UsageError(problemOf(error), { cause: command });
  }
}

/** Node's own words, without its advice on quoting. */
function problemOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const [first = message] = message.split(/\. |\n/);
  return first.charAt(0).toLowerCase() + first.slice(1);
}
