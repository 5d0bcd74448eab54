import { type Device, devices } from "../../ffi/devices.ts";
import { openNative } from "../../ffi/native.ts";
import { addWorker } from "../../ffi/workers.ts";

/**
 * What ggml can compute on here, one a line. Loads the native libraries into this process.
 * @param workers whose devices are listed, too: they must be there
 */
export function deviceLines(libraryDir: string, workers: readonly string[] = []): string[] {
  openNative(libraryDir);
  workers.forEach(addWorker);
  return devices().map(deviceLine);
}

/** Those of these names, in their order. */
export function devicesNamed(names: readonly string[]): Device[] {
  const all = devices();
  return names.flatMap((name) => all.find((device) => device.name === name) ?? []);
}

export function deviceLine({ name, description, totalBytes, freeBytes }: Device): string {
  const mib = (bytes: number) => Math.floor(bytes / 1024 ** 2);
  return `${name}: ${description} (${mib(totalBytes)} MiB, ${mib(freeBytes)} MiB free)`;
}
