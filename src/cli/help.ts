import type { Flag } from "../core/flags/flag.ts";
import { flags } from "../core/flags.ts";
import { type Command, helpOption, type Option, usageOf } from "./command.ts";
import { commandGroups } from "./commands.ts";

/** Column where the explanations begin, and where lines end at the latest. */
const helpColumn = 34;
const nColumnsMax = 100;

/** In a terminal narrower than this, explanations stand below what they explain, so far in. */
const nColumnsOfTwo = 70;
const narrowIndent = 6;

/** What Hutch is and what it does, on one screen. */
export function overviewText(): string {
  return `${introduction()}

More:
${entry("hutch help COMMAND", "what a command does, and its options")}
${entry("hutch serve --help", "the flags of the server, and the variables that give them")}
${entry("hutch --version", "the versions of Hutch and of the server that runs")}

${aboutServer()}`;
}

/** All there is to say, flags too. */
export function helpText(): string {
  return `${introduction()}

More:
${entry("hutch help COMMAND", "what a command does, and its options")}
${entry("hutch --help, --version", "this, and the versions of Hutch and of the server that runs")}

${aboutServer()}

${flagsText()}`;
}

/** How the server is used, and its flags. */
export function serveHelp(): string {
  return `Usage: hutch serve [flags]

${paragraph(
  "Serves the embedded model `tiny`, the models of the store and those that flags name, on " +
    "127.0.0.1:11434, until ctrl-c.",
)}
Also: hutch start

${flagsText()}`;
}

function introduction(): string {
  return `${paragraph(
    "Hutch: a private LLM server in one file. It speaks the APIs of OpenAI, Anthropic, Ollama, " +
      "llama.cpp and Nitro.",
  )}

Serve:
${entry("hutch serve [flags]", "serve the embedded model `tiny` and your own on 127.0.0.1:11434")}
${entry("hutch serve -m FILE", "serve a GGUF model as well")}
${entry("hutch -m FILE [flags]", "serve it on port 8080, as llama-server would")}
${entry("hutch --models-dir FOLDER", "serve a folder of models, as llama-server's router would")}

${commandGroups.map(groupText).join("\n\n")}`;
}

const aboutServer = () =>
  paragraph(
    "Commands ask the server at HUTCH_HOST or OLLAMA_HOST (127.0.0.1:11434 unless set), with the " +
      "key in HUTCH_API_KEY or OLLAMA_API_KEY. Where none answers at 127.0.0.1:11434, a command " +
      "runs one of its own until it is done.",
  );

function flagsText(): string {
  return `${paragraph(
    "Variables in brackets give a flag that the command line does not; those of Ollama count " +
      "with `serve` only.",
  )}

${[...bySection()].map(sectionText).join("\n\n")}

Environment:
${entry("HUTCH_CACHE", "folder for the unpacked libraries (default: ~/.cache/hutch)")}
${entry("HUTCH_BACKENDS", "folder of the GPU backends (default: ~/.hutch/backends)")}
${entry("HUTCH_NPM_REGISTRY", "where they are fetched from (default: what npm would ask)")}
${entry("HUTCH_NOHISTORY", "1: `hutch run` keeps nothing of what is written [OLLAMA_NOHISTORY]")}
${entry("NO_COLOR", "anything: no colours")}

Then:
  curl http://127.0.0.1:11434/v1/chat/completions -H 'Content-Type: application/json' \\
    -d '{"messages": [{"role": "user", "content": "What is the capital of France?"}]}'
  and http://127.0.0.1:11434/swagger to explore the API.`;
}

/** How a command is used, and its options. */
export function commandHelp(command: Command): string {
  const { aliases = [], summary, about, options } = command;
  const also = aliases.map((alias) => `Also: hutch ${alias}`);
  const texts = [...also, ...(about === undefined ? [] : [paragraph(about)])];
  const rows = [...options, helpOption].map((option) => entry(optionText(option), option.help));
  const first = `Usage: ${usageOf(command)} [options]`;
  const sentence = `${summary.charAt(0).toUpperCase()}${summary.slice(1)}.`;
  return [first, "", sentence, ...texts, "", "Options:", ...rows].join("\n");
}

function optionText({ name, short, value, bare }: Option): string {
  const spelled = `${short === undefined ? "" : `-${short}, `}--${name}`;
  if (value === undefined) return spelled;
  return bare === undefined ? `${spelled} ${value}` : `${spelled}[=${value}]`;
}

function groupText({ name, commands }: (typeof commandGroups)[number]): string {
  const rows = commands.map((command) => entry(usageOf(command), command.summary));
  return [`${name}:`, ...rows].join("\n");
}

/** Flags by their section, in the order of the table. */
export function bySection(): Map<string, Flag[]> {
  return Map.groupBy(flags, ({ section }) => section);
}

function sectionText([name, flags]: [string, Flag[]]): string {
  return [`${name}:`, ...flags.map((flag) => entry(spelledOut(flag), explanation(flag)))].join(
    "\n",
  );
}

/** `-c, --ctx-size N` */
export function spelledOut({ spellings, negatives, reader }: Flag): string {
  const names = [...spellings, ...negatives].join(", ");
  return reader ? `${names} ${reader.hint}` : names;
}

function explanation({ help, default: byDefault, env }: Flag): string {
  const otherwise = byDefault === null ? "" : ` (default: ${byDefault})`;
  const variables = env.length > 0 ? ` [${env.join(", ")}]` : "";
  return help + otherwise + variables;
}

function entry(what: string, explanation: string): string {
  const width = nColumns();
  const column = width < nColumnsOfTwo ? narrowIndent : helpColumn;
  const lines = wrapped(explanation, width - column);
  const indent = " ".repeat(column);
  const first = what.length + 4 > column ? `  ${what}\n${indent}` : `  ${what.padEnd(column - 2)}`;
  return first + lines.join(`\n${indent}`);
}

const nColumns = () => Math.min(process.stdout.columns || nColumnsMax, nColumnsMax);

const paragraph = (text: string) => wrapped(text, nColumns()).join("\n");

function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width) {
      lines[lines.length - 1] = `${last} ${word}`;
    } else lines.push(word);
  }
  return lines;
}
