import type { AppError } from "../core/errors.ts";
import type { GenerateEvent } from "../core/generate.ts";
import type { HostLimits } from "./host-cache.ts";

/** Where a scheduler's results go. */
export interface Outbox {
  event(id: number, event: GenerateEvent): void;
  error(id: number, error: AppError): void;
}

/** What a scheduler keeps to. */
export interface Limits {
  /** Sequences that run at once. */
  nParallel: number;
  /** Tokens that one sequence may hold. */
  nCtxSeq: number;
  /** A full sequence drops its middle and goes on, unless its request says otherwise. */
  contextShift: boolean;
  /** What is kept outside of the KV cache. */
  host: HostLimits;
  /** Shortest stretch of a slot's cache that is moved for a new prompt, tokens; 0: none is. */
  cacheReuse: number;
  /** An idle slot that shares more than this part of a prompt is preferred for it. */
  slotPromptSimilarity: number;
  /** Longest that prefill may hold up running streams, milliseconds; null: see Pace. */
  maxStallMs: number | null;
}
