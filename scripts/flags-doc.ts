import { join } from "node:path";
import { bySection, spelledOut } from "../src/cli/help.ts";
import type { Flag } from "../src/core/flags/flag.ts";
import { root } from "./paths.ts";

/** The page that this script writes. */
export const flagsDocPath = join(root, "docs/flags.md");

const intro = `# Flags and variables

Made from the table in \`src/core/flags\` by \`scripts/flags-doc.ts\`; \`hutch --help\` shows the
same.

\`hutch serve\` listens on port 11434 and has the model \`tiny\` beside yours; when the first
argument is a flag, \`hutch\` behaves as llama-server does, on port 8080: with one model (\`-m\`,
\`-hf\`, \`-mu\`), or as its router over many. A flag wins over its variables, of which the first
that is set counts; Ollama's count with \`serve\` only. \`--a_b\` is \`--a-b\`, and
\`--flag=value\` is \`--flag value\`. Of a value that is given twice the last one counts, but for
lists, which grow.`;

export function flagsDoc(): string {
  const sections = [...bySection()].map(([name, flags]) => {
    const rows = flags.map(tableRow).join("\n");
    return `## ${name}\n\n| flag | meaning | variables |\n|---|---|---|\n${rows}`;
  });
  return `${[intro, ...sections].join("\n\n")}\n`;
}

function tableRow(flag: Flag): string {
  const { help, default: byDefault, env } = flag;
  const meaning = byDefault === null ? help : `${help} (default: ${byDefault})`;
  const variables = env.map((name) => `\`${name}\``).join(", ");
  return `| \`${escaped(spelledOut(flag))}\` | ${escaped(meaning)} | ${variables} |`;
}

const escaped = (text: string) => text.replaceAll("|", "\\|");

if (import.meta.main) await Bun.write(flagsDocPath, flagsDoc());
