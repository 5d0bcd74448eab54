import { existsSync, readdirSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { basename, isAbsolute, join, resolve } from "node:path";
import type { Command } from "../../models/modelfile.ts";
import type { NamedFiles } from "./request.ts";

/** A file that goes into a model. */
export interface LocalFile {
  /** Without folders: what the server knows it as. */
  name: string;
  path: string;
  sizeBytes: number;
}

/**
 * The files that a Modelfile names, from its own folder: by path, by pattern, or a folder of them.
 * @throws Error that names the line
 */
export function namedFiles(commands: readonly Command[], folder: string): NamedFiles {
  const filesOf = (name: Command["name"]) =>
    commands
      .filter((command) => command.name === name)
      .flatMap((command) => filesAt(command, folder) ?? [missing(command)]);
  const froms = commands.filter(({ name }) => name === "from");
  const [from] = froms;
  const files: LocalFile[] = [];
  let model: string | undefined;
  for (const command of froms) {
    const found = filesAt(command, folder);
    if (found) files.push(...found);
    else if (looksLikePath(command.value) || froms.length > 1) missing(command);
    else model = from?.value;
  }
  const named = { files, adapters: filesOf("adapter"), drafts: filesOf("draft") };
  for (const group of Object.values(named)) checkNames(group);
  return model === undefined ? named : { from: model, ...named };
}

const modelFile = /\.gguf$/i;

/** null: there is nothing of that name. */
function filesAt({ value, line, name }: Command, folder: string): LocalFile[] | null {
  const expanded = value.replace(/^~(?=\/|$)/, homedir());
  const path = isAbsolute(expanded) ? expanded : join(folder, expanded);
  const facts = statSync(path, { throwIfNoEntry: false });
  if (facts?.isFile()) return [localFile(path)];
  const what = placeOf({ value, line, name });
  if (facts?.isDirectory()) return nonEmpty(ggufsIn(path), `${what}: no .gguf file in this folder`);
  if (!patternCharacter.test(value)) return null;
  return nonEmpty(matches(expanded, folder).map(localFile), `${what}: no file of such a name`);
}

const patternCharacter = /[*?[{]/;

/** Files that fit a pattern, which may have folders in it. */
function matches(pattern: string, folder: string): string[] {
  const slash = pattern.lastIndexOf("/", pattern.search(patternCharacter));
  const cwd = resolve(folder, pattern.slice(0, slash + 1));
  if (!existsSync(cwd)) return [];
  const glob = new Bun.Glob(pattern.slice(slash + 1));
  return [...glob.scanSync({ cwd, absolute: true })].sort();
}

/** The models of a folder, by name: of one in several files all. */
export function ggufsIn(folder: string): LocalFile[] {
  const names = readdirSync(folder).filter((name) => modelFile.test(name));
  return names.sort().map((name) => localFile(join(folder, name)));
}

function localFile(path: string): LocalFile {
  return { name: basename(path), path, sizeBytes: statSync(path).size };
}

function nonEmpty(files: LocalFile[], problem: string): LocalFile[] {
  if (files.length === 0) throw new Error(problem);
  return files;
}

const looksLikePath = (value: string) => /^(\.{0,2}\/|~)/.test(value) || modelFile.test(value);

function missing(command: Command): never {
  throw new Error(`${placeOf(command)}: no such file`);
}

/** As the parser of Modelfiles words it. */
const placeOf = ({ name, value, line }: Pick<Command, "name" | "value" | "line">) =>
  `Modelfile (line ${line}): ${name.toUpperCase()} ${value}`;

function checkNames(files: readonly LocalFile[]): void {
  const names = new Set<string>();
  for (const { name } of files) {
    if (names.has(name)) throw new Error(`two files are called ${name}: rename one`);
    names.add(name);
  }
}
