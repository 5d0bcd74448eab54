import type { ModelfileParts } from "./described.ts";
import { parseModelfile } from "./modelfile.ts";

/** A Modelfile that `parseModelfile` reads back to the same, whatever the values hold. */
export function modelfileText(parts: ModelfileParts): string {
  const one = (command: string, value: string | undefined) =>
    value === undefined ? [] : [`${command} ${quoted(value)}`];
  const several = (command: string, values: readonly string[] = []) =>
    values.flatMap((value) => one(command, value));
  const parameters = (parts.parameters ?? []).flatMap(([name, value]) =>
    one(`PARAMETER ${name}`, String(value)),
  );
  const messages = (parts.messages ?? []).flatMap(({ role, content }) =>
    one(`MESSAGE ${role}`, content),
  );
  const lines = [
    ...several("FROM", parts.from),
    ...several("ADAPTER", parts.adapters),
    ...one("DRAFT", parts.draft),
    ...one("TEMPLATE", parts.template),
    ...one("RENDERER", parts.renderer),
    ...one("PARSER", parts.parser),
    ...one("SYSTEM", parts.system),
    ...parameters,
    ...messages,
    ...several("LICENSE", parts.licenses),
    ...one("REQUIRES", parts.requires),
  ];
  return `${lines.join("\n")}\n`;
}

/** The plainest form that is read back as `value`; the last ones are ours, Ollama lacks them. */
function quoted(text: string): string {
  const value = text.toWellFormed(); // as UTF-8 has it
  const plain = [value, ...(value.includes('"') ? [] : [`"${value}"`]), `"""${value}"""`];
  const form = plain.find((candidate) => isReadAs(candidate, value));
  if (form !== undefined) return form;
  for (let hashes = "#"; ; hashes += "#") {
    const fenced = `${hashes}"""${value}"""${hashes}`;
    if (isReadAs(fenced, value)) return fenced;
  }
}

function isReadAs(text: string, value: string): boolean {
  try {
    const { commands } = parseModelfile(new TextEncoder().encode(`FROM ${text}\nSYSTEM x`));
    return commands.length === 2 && commands[0]?.value === value;
  } catch {
    return false;
  }
}
