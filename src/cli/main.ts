import { UsageError } from "../core/flags/flag.ts";
import { editDistance } from "../core/flags.ts";
import { listCachedModels } from "./cached-models.ts";
import { attachedServe } from "./client/connect.ts";
import { type Command, parseCommand } from "./command.ts";
import { commandNamed, commandNames } from "./commands.ts";
import { bashCompletion } from "./completion/bash.ts";
import { commandHelp, helpText, overviewText, serveHelp } from "./help.ts";
import { printVersion } from "./version.ts";

/**
 * Runs the command that `argv` names. Errors that a user can mend are printed without a stack.
 * What only some commands need is loaded by them.
 */
export async function runCommand(argv: string[]): Promise<void> {
  try {
    await dispatch(argv);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    console.error(`hutch: ${message}`);
    if (error instanceof UsageError) console.error(`Try \`hutch ${helpFor(argv)}--help\`.`);
    process.exit(error instanceof UsageError ? 2 : 1);
  }
}

async function dispatch(argv: string[]): Promise<void> {
  const [word = "", ...rest] = argv;
  // Processes that the server and our commands start, not people.
  if (word === "quantizer") return await (await import("./quantizer.ts")).quantizer();
  if (word === "native-probe") return await (await import("./native-probe.ts")).nativeProbe(rest);
  if (word === attachedServe) {
    return await (await import("./serve-attached.ts")).serveAttached(rest);
  }
  const command = commandNamed(word);
  if (command) return await runParsed(command, rest);
  const names = (...flags: string[]) => argv.some((argument) => flags.includes(argument));
  if (word === "help") console.log(helpOn(rest));
  else if (names("--help", "-h", "--usage")) console.log(isServe(word) ? serveHelp() : helpText());
  else if (names("--version") || word === "version") await printVersion(process.env);
  else if (names("--completion-bash")) console.log(bashCompletion());
  else if (names("--list-devices")) await listDevices(isServe(word) ? rest : argv, isServe(word));
  else if (names("--cache-list", "-cl")) console.log(listCachedModels(process.env));
  else if (isServe(word)) await serve(rest, true);
  else if (word.startsWith("-") || (argv.length === 0 && isConfigured(process.env))) {
    await serve(argv, false);
  } else if (argv.length === 0) console.log(overviewText());
  else throw unknownCommand(word);
}

/** Commands that talk to a server start quicker without one in them. */
async function serve(argv: string[], isServe: boolean): Promise<void> {
  const { serve } = await import("./serve.ts");
  await serve(argv, { isServe });
}

async function listDevices(argv: string[], isServe: boolean): Promise<void> {
  const { printDevices } = await import("./list-devices.ts");
  await printDevices(argv, isServe);
}

async function runParsed(command: Command, argv: string[]): Promise<void> {
  const line = parseCommand(command, argv);
  process.stdout.on("error", endWithOutput);
  if (line.has("help")) console.log(commandHelp(command));
  else await command.run(line);
}

/** Who reads our output may stop before its end: `hutch list | head -1`; or a disk may be full. */
function endWithOutput(error: Error & { code?: string }): void {
  if (error.code === "EPIPE") process.exit(0);
  console.error(`hutch: the output cannot be written: ${error.message}`);
  process.exit(1);
}

const isServe = (word: string) => word === "serve" || word === "start";

/** The command whose own help has the answer. */
function helpFor([word = ""]: string[]): string {
  return commandNamed(word) || isServe(word) ? `${word} ` : "";
}

function helpOn([topic]: string[]): string {
  if (topic === undefined) return overviewText();
  if (isServe(topic)) return serveHelp();
  const command = commandNamed(topic);
  if (command) return commandHelp(command);
  throw unknownCommand(topic);
}

const otherCommands = ["serve", "start", "help", "version"];

function unknownCommand(word: string): UsageError {
  const names = [...commandNames, ...otherCommands];
  const [nearest] = names.toSorted((a, b) => editDistance(word, a) - editDistance(word, b));
  const isNear = editDistance(word, nearest ?? "") <= word.length / 2;
  return new UsageError(`unknown command "${word}"${isNear ? `; did you mean ${nearest}?` : ""}`);
}

/** Containers of llama-server are often started with nothing but variables. */
function isConfigured(env: Record<string, string | undefined>): boolean {
  const variables = ["MODEL", "MODEL_URL", "HF_REPO", "MODELS_DIR", "MODELS_PRESET"];
  return variables.some((name) => (env[`LLAMA_ARG_${name}`] ?? "") !== "");
}
