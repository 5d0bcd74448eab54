import { cString, lastError, native, takeText } from "./native.ts";

/** What a worker shares, and how: `shim_worker_serve`'s options, by its names. */
export interface SharingOptions {
  /** Devices by ggml's names; absent: all but the CPU, or else the CPU. */
  devices?: string[];
  /** Threads of the CPU; 0 or absent: what llama.cpp's own programs use here. */
  n_threads?: number;
  /** Folder for weights, so that they are not sent again. */
  cache_dir?: string;
}

/**
 * Adds the devices of the worker at `endpoint` (`host:port`) to those that models are loaded to.
 * Ends this process when nobody answers there.
 * @throws NativeError when it shares nothing, or this build has no RPC backend
 */
export function addWorker(endpoint: string): void {
  if (native().shim.shim_worker_add(cString(endpoint)) < 0) throw lastError();
}

/** The endpoint of a worker that has closed its connection, or null. */
export function lostWorker(): string | null {
  return String(native().shim.shim_worker_lost()) || null;
}

/** ggml's names of what would be shared. @throws NativeError for a device that is not there */
export function sharedDevices(options: SharingOptions): string[] {
  return JSON.parse(takeText(native().shim.shim_worker_devices(cString(JSON.stringify(options)))));
}

/**
 * Computes for whoever connects to `endpoint`, for ever. Blocks.
 * @throws NativeError when it cannot begin
 */
export function serveAsWorker(endpoint: string, options: SharingOptions): never {
  native().shim.shim_worker_serve(cString(endpoint), cString(JSON.stringify(options)));
  throw lastError();
}
