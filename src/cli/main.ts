import { UsageError } from "../core/settings.ts";
import { runEngine } from "../engine/main.ts";
import { helpText, versionText } from "./help.ts";
import { serve } from "./serve.ts";

/** Port of `hutch serve`, Ollama's. */
const servePort = 11_434;
/** Port when the first argument is a flag, llama-server's. */
const llamaServerPort = 8080;

/** Runs the command that `argv` names. Errors that a user can mend are printed without a stack. */
export async function runCommand(argv: string[]): Promise<void> {
  try {
    await dispatch(argv);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    console.error(`hutch: ${message}`);
    if (error instanceof UsageError) console.error("Try `hutch --help`.");
    process.exit(error instanceof UsageError ? 2 : 1);
  }
}

async function dispatch(argv: string[]): Promise<void> {
  const [command, ...rest] = argv;
  if (argv.some((argument) => argument === "--help" || argument === "-h")) {
    console.log(helpText());
    return;
  }
  if (command === "--version" || command === "version") {
    console.log(versionText());
    return;
  }
  if (command === undefined || command === "help") console.log(helpText());
  else if (command === "serve") await serve(rest, servePort);
  else if (command === "engine")
    await runEngine(); // started by the server, not by people
  else if (command.startsWith("-")) await serve(argv, llamaServerPort);
  else throw new UsageError(`unknown command "${command}"`);
}
