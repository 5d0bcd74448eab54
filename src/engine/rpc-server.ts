import { writeSync } from "node:fs";
import { dieWithParent, type LogLevel, loadBackends, openNative } from "../../ffi/native.ts";
import { type SharingOptions, serveAsWorker, sharedDevices } from "../../ffi/workers.ts";
import type { RpcServerSpec } from "../core/rpc-server.ts";
import { deviceLine, devicesNamed } from "./list-devices.ts";

/**
 * The process that computes for one connection of a worker: ggml's RPC server, which trusts
 * whatever it is sent. Writes what it shares to its standard output, a line of JSON, and never
 * returns: its worker ends it.
 */
export function runRpcServer(json: string): void {
  try {
    serve(JSON.parse(json));
  } catch (error) {
    writeSync(2, `error: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  }
}

function serve(spec: RpcServerSpec): never {
  dieWithParent(spec.libraryDir);
  openNative(spec.libraryDir, spec.logLevel as LogLevel);
  loadBackends(spec.backends);
  const options = sharingOptions(spec);
  const shared = devicesNamed(sharedDevices(options)).map(deviceLine);
  writeSync(1, `${JSON.stringify(shared)}\n`); // at once: nothing else of ours runs from here on
  return serveAsWorker(spec.endpoint, options);
}

function sharingOptions({ devices, nThreads, cacheDir }: RpcServerSpec): SharingOptions {
  return {
    ...(devices && { devices }),
    ...(nThreads !== null && { n_threads: nThreads }),
    ...(cacheDir !== null && { cache_dir: cacheDir }),
  };
}
