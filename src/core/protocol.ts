import { AppError, asAppError, type ErrorCode } from "./errors.ts";
import type { GenerateEvent, GenerateRequest, ModelInfo } from "./generate.ts";

/** What to load and how. Sent to an engine process once, as its first message. */
export interface LoadSpec {
  /** Folder with the shim, libllama, libmtmd and the ggml backends side by side. */
  libraryDir: string;
  modelPath: string;
  mmprojPath?: string | undefined;
  /** Tokens per sequence; absent: the model's own training context, up to a default cap. */
  nCtxSeq?: number | undefined;
  /** Sequences that run at once. */
  nParallel?: number | undefined;
  /** Rows per llama_decode call. */
  nBatch?: number | undefined;
  /** Rows per graph run. */
  nUbatch?: number | undefined;
  nThreads?: number | undefined;
  /** Layers in GPU memory; absent: as many as fit. */
  nGpuLayers?: number | undefined;
}

/** Server → engine. */
export type ToEngine =
  | { type: "load"; spec: LoadSpec }
  | { type: "generate"; id: number; request: GenerateRequest }
  | { type: "abort"; id: number };

/** An AppError that crosses a process boundary. */
export interface WireError {
  code: ErrorCode;
  message: string;
  param?: string | undefined;
  details: Record<string, number>;
}

export function toWire(error: unknown): WireError {
  const { code, message, param, details } = asAppError(error);
  return { code, message, param, details };
}

export function fromWire({ code, message, param, details }: WireError): AppError {
  return new AppError(code, message, param === undefined ? { details } : { param, details });
}

/**
 * Engine → server. Every `generate` is answered by events ending in `done`, or by one `error`.
 * Never by silence; after an `abort` nothing more is owed.
 */
export type FromEngine =
  | { type: "progress"; fraction: number }
  | { type: "ready"; info: ModelInfo }
  | { type: "failed"; error: WireError }
  /** Everything that one step of the engine produced, for all sequences. */
  | { type: "events"; events: { id: number; event: GenerateEvent }[] }
  | { type: "error"; id: number; error: WireError };
