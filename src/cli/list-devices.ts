import { checkWorkers } from "../core/network/workers.ts";
import { readServerSettings } from "../core/settings.ts";
import { deviceLines } from "../engine/list-devices.ts";
import { findResources } from "./resources.ts";

/**
 * `hutch --list-devices`, with those of `--rpc`. It ends right after, so it needs no engine process
 * of its own.
 */
export async function listDevices(argv: readonly string[], isServe: boolean): Promise<void> {
  const { workers = [] } = readServerSettings(argv, process.env, { isServe }).load;
  await checkWorkers(workers);
  const { libraryDir } = await findResources(process.env);
  const lines = deviceLines(libraryDir, workers);
  console.log(["Available devices:", ...lines.map((line) => `  ${line}`)].join("\n"));
}
