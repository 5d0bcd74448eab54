import { accessSync, constants, statSync } from "node:fs";
import { join } from "node:path";
import {
  type Environment,
  type Given,
  givenByArguments,
  givenByEnvironment,
} from "../flags/given.ts";
import { readConfig } from "./read.ts";

/** All that was said, each flag by the one who counts. */
export interface Gathered {
  /** In the order in which they apply: file, environment, command line. */
  given: Given[];
  /** The file of settings that was read; null: there is none. */
  configPath: string | null;
  /** What the user should know. */
  notes: string[];
}

/** How a server is started. */
export interface Start {
  /** `hutch serve`, and not llama-server's habits. */
  isServe: boolean;
  /** For the one command that started it: who else may ask, and the log, are that command's. */
  isAttached?: boolean;
}

/** What a file says of these is for a server that others ask. */
const outward = ["HTTP", "Logging"];

/**
 * What flags, variables and the file of settings say: a flag wins over its variables, and those win
 * over the file.
 * @throws UsageError
 */
export function gather(
  argv: readonly string[],
  env: Environment,
  { isServe, isAttached = false }: Start,
): Gathered {
  const onCommandLine = givenByArguments(argv);
  const inEnvironment = givenByEnvironment(env, onCommandLine, { ollama: isServe });
  const above = [...inEnvironment, ...onCommandLine];
  const notes: string[] = [];
  const configPath = namedPath(above) ?? (isServe ? usualPath(env, notes) : null);
  const saidAbove = new Set(above.map(({ flag }) => flag));
  const counts = ({ flag }: Given) =>
    !saidAbove.has(flag) && !(isAttached && outward.includes(flag.section));
  const inFile = configPath === null || configPath === "none" ? [] : readConfig(configPath);
  const given = [...inFile.filter(counts), ...above];
  return { given, configPath: configPath === "none" ? null : configPath, notes };
}

/** `--config`, or its variable; "none" for no file. */
function namedPath(given: readonly Given[]): string | undefined {
  return given.findLast(({ flag }) => flag.name === "config")?.text;
}

/** Where the file is looked for if nobody names it: the user's own, then the machine's. */
export function usualConfigPaths({ XDG_CONFIG_HOME, HOME }: Environment): string[] {
  const dir = XDG_CONFIG_HOME || (HOME ? join(HOME, ".config") : "");
  const own = dir === "" ? [] : [join(dir, "hutch", "hutch.toml")];
  return [...own, "/etc/hutch/hutch.toml"];
}

/**
 * The first that is there. One that this user may not read is for another user, as that of a
 * service is; but whoever expected it to count should know.
 */
function usualPath(env: Environment, notes: string[]): string | null {
  for (const path of usualConfigPaths(env)) {
    try {
      if (statSync(path, { throwIfNoEntry: false }) === undefined) continue;
      accessSync(path, constants.R_OK);
      return path;
    } catch (error) {
      notes.push(`settings are left out: ${(error as Error).message}`);
    }
  }
  return null;
}
