import { type Device, devices } from "../../ffi/devices.ts";
import { loadBackends, openNative } from "../../ffi/native.ts";
import { addWorker } from "../../ffi/workers.ts";
import type { BackendFailure } from "../core/protocol.ts";
import { whyUnused } from "./device-choice.ts";

/** A device, and whether models use it. */
export interface ListedDevice extends Device {
  /** Why models do not use it unless they are told to; null: they do. */
  unused: string | null;
}

/**
 * What ggml can compute on here. Loads the native libraries into this process.
 * @param backends paths of ggml backends that lie elsewhere
 * @param workers whose devices are listed, too: they must be there
 */
export function listDevices(
  libraryDir: string,
  backends: readonly string[],
  workers: readonly string[] = [],
): { devices: ListedDevice[]; failures: BackendFailure[] } {
  openNative(libraryDir, 5);
  const failures = loadBackends(backends);
  workers.forEach(addWorker);
  const all = devices();
  return { devices: all.map((one) => ({ ...one, unused: whyUnused(one, all) })), failures };
}

/** Those of these names, in their order. */
export function devicesNamed(names: readonly string[]): Device[] {
  const all = devices();
  return names.flatMap((name) => all.find((device) => device.name === name) ?? []);
}

const mib = (bytes: number) => Math.floor(bytes / 1024 ** 2);

/** In llama-server's words. */
export const deviceLine = ({ name, description, totalBytes, freeBytes }: Device) =>
  `${name}: ${description} (${mib(totalBytes)} MiB, ${mib(freeBytes)} MiB free)`;
