import type { Flag } from "../core/flags/flag.ts";
import { flags } from "../core/flags.ts";
import { commit, llamaCppTag, version } from "../core/version.ts";

/** Column where the explanations begin, and where lines end. */
const helpColumn = 34;
const nColumns = 100;

export function versionText(): string {
  // The second line is for scripts that look for llama-server's.
  return `hutch ${version} (commit ${commit}, llama.cpp ${llamaCppTag}, Bun ${Bun.version})
version: ${version}`;
}

export function helpText(): string {
  return `Hutch: a private LLM server in one file. It speaks the APIs of OpenAI, Anthropic, Ollama,
llama.cpp and Nitro.

Usage:
  hutch serve [flags]         serve the embedded model \`tiny\` on 127.0.0.1:11434
  hutch serve -m FILE         serve a GGUF model as well
  hutch -m FILE [flags]       serve it on port 8080, as llama-server would
  hutch --models-dir FOLDER   serve all models of a folder, as llama-server's router would
  hutch --help, --version

Variables in brackets give a flag that the command line does not; those of Ollama count with
\`serve\` only.

${[...bySection()].map(sectionText).join("\n\n")}

Environment:
${entry("HUTCH_CACHE", "folder for the unpacked libraries (default: ~/.cache/hutch)")}

Then:
  curl http://127.0.0.1:11434/v1/chat/completions -H 'Content-Type: application/json' \\
    -d '{"messages": [{"role": "user", "content": "What is the capital of France?"}]}'
  and http://127.0.0.1:11434/swagger to explore the API.`;
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
  const lines = wrapped(explanation, nColumns - helpColumn);
  const indent = " ".repeat(helpColumn);
  const first =
    what.length + 4 > helpColumn ? `  ${what}\n${indent}` : `  ${what.padEnd(helpColumn - 2)}`;
  return first + lines.join(`\n${indent}`);
}

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
