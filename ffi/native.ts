import { CString, dlopen, type Pointer } from "bun:ffi";
import { join } from "node:path";
import type { BackendFailure } from "../src/core/protocol.ts";
import { loadCxxRuntime } from "./cxx-runtime.ts";
import { llamaSymbols } from "./llama.symbols.ts";
import { mtmdSymbols } from "./mtmd.symbols.ts";
import { shimSymbols } from "./shim.symbols.ts";

/** Lowest level of native log lines that reach stderr (ggml_log_level); 5 is silence. */
export type LogLevel = 1 | 2 | 3 | 4 | 5;

const open = (dir: string) => ({
  // First: its $ORIGIN run path brings in every other library from the same folder.
  shim: dlopen(join(dir, "libhutch-shim.so"), shimSymbols).symbols,
  llama: dlopen(join(dir, "libllama.so.0"), llamaSymbols).symbols,
  mtmd: dlopen(join(dir, "libmtmd.so.0"), mtmdSymbols).symbols,
});

type Libraries = ReturnType<typeof open>;

let opened: Libraries | null = null;
let libraries: Libraries | null = null;

/**
 * Opens the native libraries in `dir`, where they lie side by side, which takes some milliseconds.
 */
function openOnce(dir: string): Libraries {
  if (opened) return opened;
  loadCxxRuntime(dir);
  opened = open(dir);
  return opened;
}

/**
 * Opens the native libraries in `dir`, so that openNative() finds it done, and has the system end
 * this process with the one that started it, however that ends. @throws Error when one is missing
 */
export function dieWithParent(dir: string): void {
  openOnce(dir).shim.shim_die_with(process.ppid);
}

/**
 * Opens the native libraries in `dir` and starts libllama.
 * Once per process. @throws Error when a library is missing or no CPU backend fits this machine
 */
export function openNative(dir: string, logLevel: LogLevel = 4): void {
  if (libraries) return;
  const { shim } = openOnce(dir);
  if (shim.shim_init(cString(dir), logLevel) < 0) throw new Error(String(shim.shim_last_error()));
  libraries = opened;
}

/**
 * Loads ggml backends from libraries that lie elsewhere. One that fails does not keep the others,
 * or the CPU, from computing. Once per process, after openNative().
 */
export function loadBackends(paths: readonly string[]): BackendFailure[] {
  const { shim } = native();
  return paths.flatMap((path) => {
    if (shim.shim_load_backend(cString(path)) >= 0) return [];
    return [{ path, reason: String(shim.shim_last_error()) }];
  });
}

/** The opened libraries. @throws Error before openNative() */
export function native(): NonNullable<typeof libraries> {
  if (!libraries) throw new Error("native library used before openNative()");
  return libraries;
}

/** `enum ggml_numa_strategy` in ggml-cpu.h. */
const numaStrategies = { distribute: 1, isolate: 2, numactl: 3 };

/** Places threads on a machine of several memory nodes. Once, before any context is made. */
export function useNuma(strategy: keyof typeof numaStrategies): void {
  native().llama.llama_numa_init(numaStrategies[strategy]);
}

const encoder = new TextEncoder();

/** `text` as a NUL-terminated UTF-8 buffer. NULs inside would cut it short, so they are refused. */
export function cString(text: string): Uint8Array {
  if (text.includes("\0")) throw new NativeError("text contains a NUL character");
  return encoder.encode(`${text}\0`);
}

/** A native call failed in a way that its caller can explain to a client. */
export class NativeError extends Error {
  override name = "NativeError";
}

/**
 * What bun:ffi returns for a pointer: a bigint when it does not fit a number (tagged ARM pointers).
 */
export type RawPointer = Pointer | bigint | null;

/**
 * `pointer` as a handle, or a NativeError with the shim's message when it is null. The one check of
 * returned pointers. A handle is opaque: that it may be a bigint matters to nobody but bun:ffi.
 */
export function unwrap<H extends Pointer>(pointer: RawPointer): H {
  if (pointer === null) throw lastError();
  return pointer as unknown as H;
}

/** The error that explains the last failed shim call. */
export function lastError(): NativeError {
  return new NativeError(String(native().shim.shim_last_error()) || "unknown native error");
}

/** Room for a metadata value in the first attempt, bytes. Chat templates are longer. */
const metadataBytes = 1024;

/**
 * The text that `write` puts into a buffer as C's snprintf does, asked again when it is longer than
 * the buffer; null when `write` says that there is none.
 */
export function readText(write: (buffer: Uint8Array, size: number) => number): string | null {
  let buffer = new Uint8Array(metadataBytes);
  let n = write(buffer, buffer.length);
  if (n >= buffer.length) {
    buffer = new Uint8Array(n + 1);
    n = write(buffer, buffer.length);
  }
  return n < 0 ? null : new TextDecoder().decode(buffer.subarray(0, n));
}

/** The text of a `char *` that the shim allocated, which is freed. @throws NativeError when null */
export function takeText(pointer: RawPointer): string {
  const owned = unwrap<Pointer>(pointer);
  try {
    return String(new CString(owned));
  } finally {
    native().shim.shim_free(owned);
  }
}
