import { readFileSync } from "node:fs";
import type { BackendFailure } from "../core/protocol.ts";
import { type ListedDevice, listDevices } from "../engine/list-devices.ts";
import { findResources } from "./resources.ts";

/** What the native libraries find on this machine. */
export interface NativeProbe {
  libraryDir: string;
  /** File name of the library that computes on the CPU: release builds have one for each kind. */
  cpuLibrary: string | null;
  devices: ListedDevice[];
  /** Paths of the backends that are installed and taken. */
  backends: string[];
  /** Those of them that do not load. */
  failures: BackendFailure[];
  /** What is installed and not taken, in words. */
  refusals: string[];
}

/**
 * `hutch native-probe`: for our commands, as a process of its own, since it may crash.
 * @param workers whose devices it lists as well
 */
export async function nativeProbe(workers: readonly string[]): Promise<void> {
  const { libraryDir, backends } = await findResources(process.env);
  const { libraries, refusals } = backends;
  const found = listDevices(libraryDir, libraries, workers);
  const cpuLibrary = cpuLibraryIn(ownMaps());
  const probe: NativeProbe = { libraryDir, cpuLibrary, ...found, backends: libraries, refusals };
  console.log(JSON.stringify(probe));
}

/** @param maps what Linux says of a process's memory */
export const cpuLibraryIn = (maps: string) => /\/(libggml-cpu[^/\s]*\.so)/.exec(maps)?.[1] ?? null;

function ownMaps(): string {
  try {
    return readFileSync("/proc/self/maps", "utf8");
  } catch {
    return ""; // another system
  }
}
