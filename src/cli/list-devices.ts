import { checkWorkers } from "../core/network/workers.ts";
import { readServerSettings } from "../core/settings.ts";
import { deviceLine, listDevices } from "../engine/list-devices.ts";
import { findResources } from "./resources.ts";

/**
 * `hutch --list-devices`, with those of `--rpc`. It ends right after, so it needs no engine process
 * of its own.
 */
export async function printDevices(argv: readonly string[], isServe: boolean): Promise<void> {
  const { workers = [] } = readServerSettings(argv, process.env, { isServe }).load;
  await checkWorkers(workers);
  const { libraryDir, backends } = await findResources(process.env);
  const { devices } = listDevices(libraryDir, backends.libraries, workers);
  console.log(["Available devices:", ...devices.map((one) => `  ${deviceLine(one)}`)].join("\n"));
}
