import type { CallAnswer, CallQuestion, EngineCallName } from "./calls.ts";
import { AppError, asAppError, type ErrorCode } from "./errors.ts";
import type { GenerateEvent, GenerateRequest, ModelInfo } from "./generate.ts";
import type { LoadSpec } from "./load.ts";

/** A library that ggml cannot use as a backend. */
export interface BackendFailure {
  path: string;
  /** The loader's or ggml's own words. */
  reason: string;
}

/** Server → engine. */
export type ToEngine =
  | { type: "load"; spec: LoadSpec }
  /** `isWhole`: text comes in as few events as possible, together with `done`. */
  | { type: "generate"; id: number; request: GenerateRequest; isWhole: boolean }
  | CallMessage
  | { type: "abort"; id: number }
  /** To be answered with `alive`, between two steps. */
  | { type: "ping" }
  /** How many engines compute now, this one included: they share the cores out. */
  | { type: "share"; nSharers: number };

/** An event of the request with this id. */
export interface SentEvent {
  id: number;
  event: GenerateEvent;
}

/** A question of `EngineCalls`. */
export type CallMessage = {
  [Name in EngineCallName]: { type: "call"; id: number; name: Name; question: CallQuestion<Name> };
}[EngineCallName];

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
 * Engine → server. Every `generate` is answered by events ending in `done`, every `call` by one
 * `answer`, or either by one `error`. Never by silence; after an `abort` nothing more is owed.
 */
export type FromEngine =
  | { type: "progress"; fraction: number }
  | { type: "ready"; info: ModelInfo; backendFailures: BackendFailure[] }
  | { type: "failed"; error: WireError }
  | { type: "alive" }
  /** It has this request, or question, and all that were sent before it: nobody else may. */
  | { type: "heard"; id: number }
  /** So much of `MemoryUse.mapped` is memory of its own now. */
  | { type: "unmapped"; nBytes: number }
  /**
   * Everything that one step of the engine produced, for all sequences. As JSON where that can say
   * it: many small objects are cheaper to send as one text.
   */
  | { type: "events"; events: SentEvent[] | string }
  | { type: "answer"; id: number; answer: CallAnswer<EngineCallName> }
  | { type: "error"; id: number; error: WireError };
