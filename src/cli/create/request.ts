import type { Command } from "../../models/modelfile.ts";
import type { LocalFile } from "./local-files.ts";

/** What POST /api/create is asked, but for the model's name. Files are named by their digests. */
export interface CreateRequest {
  from?: string;
  files?: Record<string, string>;
  adapters?: Record<string, string>;
  draft_files?: Record<string, string>;
  template?: string;
  system?: string;
  renderer?: string;
  parser?: string;
  requires?: string;
  license?: string[];
  parameters?: Record<string, unknown>;
  messages?: { role: string; content: string }[];
}

/** What a Modelfile names on this machine. */
export interface NamedFiles {
  /** Another model, where FROM names no file. */
  from?: string;
  files: LocalFile[];
  adapters: LocalFile[];
  drafts: LocalFile[];
}

/**
 * A Modelfile's commands as the request that makes its model.
 * @param digestOf what each file holds, as "sha256:…"
 */
export function createRequest(
  commands: readonly Command[],
  { from, files, adapters, drafts }: NamedFiles,
  digestOf: (file: LocalFile) => string,
): CreateRequest {
  const last = (name: Command["name"]) =>
    commands.findLast((command) => command.name === name)?.value;
  const of = (name: Command["name"]) => commands.filter((command) => command.name === name);
  const digests = (files: LocalFile[]) =>
    Object.fromEntries(files.map((file) => [file.name, digestOf(file)]));
  const request: CreateRequest = {};
  if (from !== undefined) request.from = from;
  if (files.length > 0) request.files = digests(files);
  if (adapters.length > 0) request.adapters = digests(adapters);
  if (drafts.length > 0) request.draft_files = digests(drafts);
  for (const name of ["template", "system", "renderer", "parser", "requires"] as const) {
    const value = last(name);
    if (value !== undefined) request[name] = value;
  }
  const licenses = of("license");
  if (licenses.length > 0) request.license = licenses.map(({ value }) => value);
  const messages = of("message");
  if (messages.length > 0) {
    request.messages = messages.map(({ key, value }) => ({ role: key, content: value }));
  }
  const parameters = of("parameter");
  if (parameters.length > 0) request.parameters = parametersOf(parameters);
  return request;
}

function parametersOf(commands: readonly Command[]): Record<string, unknown> {
  const parameters: Record<string, unknown> = {};
  for (const { key, value } of commands) {
    if (key === "stop") parameters.stop = [...((parameters.stop as string[]) ?? []), value];
    else parameters[key] = typed(value);
  }
  return parameters;
}

/** A parameter's text as what it means: a number, true or false. Else it stays as it is. */
export function typed(text: string): string | number | boolean {
  if (text === "true" || text === "false") return text === "true";
  const value = Number(text);
  return text.trim() !== "" && Number.isFinite(value) ? value : text;
}
