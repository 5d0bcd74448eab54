import { devices } from "../../ffi/devices.ts";
import { openNative } from "../../ffi/native.ts";

/** What ggml can compute on here, one a line. Loads the native libraries into this process. */
export function deviceLines(libraryDir: string): string[] {
  openNative(libraryDir);
  const mib = (bytes: number) => Math.floor(bytes / 1024 ** 2);
  return devices().map(
    ({ name, description, totalBytes, freeBytes }) =>
      `${name}: ${description} (${mib(totalBytes)} MiB, ${mib(freeBytes)} MiB free)`,
  );
}
