import { type Flag, serveFlags } from "../core/flags.ts";
import { commit, llamaCppTag, version } from "../core/version.ts";

/** Column where the explanations begin. */
const helpColumn = 30;

export function versionText(): string {
  return `hutch ${version} (commit ${commit}, llama.cpp ${llamaCppTag}, Bun ${Bun.version})`;
}

export function helpText(): string {
  return `Hutch: a private LLM server in one file. Speaks the OpenAI, Ollama and llama.cpp APIs.

Usage:
  hutch serve [flags]         serve the embedded model \`tiny\` on 127.0.0.1:11434
  hutch serve -m FILE         serve a GGUF model as well
  hutch -m FILE [flags]       the same on port 8080, as llama-server would
  hutch --help, --version

Flags of serve:
${serveFlags.map(flagLine).join("\n")}

Environment:
${line("HUTCH_CACHE", "folder for the unpacked libraries (default: ~/.cache/hutch)")}

Then:
  curl http://127.0.0.1:11434/v1/chat/completions -H 'Content-Type: application/json' \\
    -d '{"messages": [{"role": "user", "content": "What is the capital of France?"}]}'
  and http://127.0.0.1:11434/swagger to explore the API.
`;
}

function flagLine(flag: Flag): string {
  const spelled = [...flag.aliases, `--${flag.name}`].join(", ");
  const variables = flag.env.length > 0 ? ` [${flag.env.join(", ")}]` : "";
  return line(flag.value ? `${spelled} ${flag.value}` : spelled, `${flag.help}${variables}`);
}

function line(what: string, explanation: string): string {
  const gap = what.length + 4 > helpColumn ? `\n${" ".repeat(helpColumn)}` : "";
  return `  ${what.padEnd(helpColumn - 2)}${gap}${explanation}`;
}
