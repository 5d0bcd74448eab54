import { UsageError } from "../core/flags/flag.ts";
import { runEngine } from "../engine/main.ts";
import { listCachedModels } from "./cached-models.ts";
import { bashCompletion } from "./completion.ts";
import { helpText, versionText } from "./help.ts";
import { listDevices } from "./list-devices.ts";
import { serve } from "./serve.ts";

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
  if (command === "engine") return await runEngine(); // started by the server, not by people
  const names = (...flags: string[]) => argv.some((argument) => flags.includes(argument));
  if (names("--help", "-h", "--usage") || command === "help") console.log(helpText());
  else if (names("--version") || command === "version") console.log(versionText());
  else if (names("--completion-bash")) console.log(bashCompletion());
  else if (names("--list-devices")) await listDevices();
  else if (names("--cache-list", "-cl")) console.log(listCachedModels(process.env));
  else if (command === "serve") await serve(rest, { isServe: true });
  else if (command?.startsWith("-") || (command === undefined && isConfigured(process.env))) {
    await serve(argv, { isServe: false });
  } else if (command === undefined) console.log(helpText());
  else throw new UsageError(`unknown command "${command}"`);
}

/** Containers of llama-server are often started with nothing but variables. */
function isConfigured(env: Record<string, string | undefined>): boolean {
  const variables = ["MODEL", "MODEL_URL", "HF_REPO", "MODELS_DIR", "MODELS_PRESET"];
  return variables.some((name) => (env[`LLAMA_ARG_${name}`] ?? "") !== "");
}
