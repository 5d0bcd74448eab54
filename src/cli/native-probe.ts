import { readFileSync } from "node:fs";
import { deviceLines } from "../engine/list-devices.ts";
import { findResources } from "./resources.ts";

/** What the native libraries find on this machine. */
export interface NativeProbe {
  libraryDir: string;
  /** File name of the library that computes on the CPU: release builds have one for each kind. */
  cpuLibrary: string | null;
  /** One line each. */
  devices: string[];
}

/**
 * `hutch native-probe`: for `hutch doctor`, as a process of its own, since it may crash.
 * @param workers whose devices it lists as well
 */
export async function nativeProbe(workers: readonly string[]): Promise<void> {
  const { libraryDir } = await findResources(process.env);
  const devices = deviceLines(libraryDir, workers);
  const probe: NativeProbe = { libraryDir, cpuLibrary: cpuLibraryIn(ownMaps()), devices };
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
