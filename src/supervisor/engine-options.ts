import type { LoadOptions } from "../core/load.ts";
import type { BackendFailure } from "../core/protocol.ts";
import type { Crash } from "./crash.ts";

/** What every engine is loaded with; the model's own options and paths come from the catalog. */
export interface EngineOptions extends LoadOptions {
  /** Folder with the shim, libllama, libmtmd and the ggml backends side by side. */
  libraryDir: string;
  /** Paths of ggml backends that lie elsewhere. */
  backends?: readonly string[] | undefined;
  /** Told of those that an engine cannot load, and does without. */
  onBackendFailure?: ((failure: BackendFailure) => void) | undefined;
  /** Told every line that an engine writes to stderr: llama.cpp's log, from `logLevel` upwards. */
  onLog?: ((line: string) => void) | undefined;
  /** Told of every engine that ends without being asked to. */
  onCrash?: ((crash: Crash) => void) | undefined;
  /** An engine that takes longer for one step hangs, and is ended; absent or 0: none does. */
  stepTimeoutSeconds?: number | undefined;
}

/** What of it is the server's business, and not the engine's. */
export type Care = Pick<
  EngineOptions,
  "onLog" | "onCrash" | "onBackendFailure" | "stepTimeoutSeconds" | "limits" | "workers"
>;
