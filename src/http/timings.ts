import { type Static, Type } from "@sinclair/typebox";
import type { Completion } from "../core/generate.ts";
import { object } from "./wire.ts";

/** What the answer took, as llama-server reports it. */
export const Timings = object(
  {
    cache_n: Type.Integer({ description: "Prompt tokens reused from the cache." }),
    prompt_n: Type.Integer({ description: "Prompt tokens processed." }),
    prompt_ms: Type.Number(),
    prompt_per_token_ms: Type.Number(),
    prompt_per_second: Type.Number(),
    predicted_n: Type.Integer({ description: "Tokens generated." }),
    predicted_ms: Type.Number(),
    predicted_per_token_ms: Type.Number(),
    predicted_per_second: Type.Number(),
    draft_n: Type.Optional(Type.Integer({ description: "Tokens that speculation proposed." })),
    draft_n_accepted: Type.Optional(Type.Integer({ description: "Of these, those taken." })),
  },
  { title: "Timings" },
);
export type Timings = Static<typeof Timings>;

/** A `done`, or how far a generation is in its middle. */
export type Progress = Pick<
  Completion,
  "nPrompt" | "nCached" | "prefillMs" | "nPredicted" | "decodeMs"
> &
  Partial<Pick<Completion, "nDrafted" | "nDraftAccepted">>;

export function toTimings(done: Progress): Timings {
  const { nDrafted = 0, nDraftAccepted = 0 } = done;
  const nProcessed = done.nPrompt - done.nCached;
  // The first token comes out of prefill, so decoding made one token less. As llama-server has it.
  const nDecoded = Math.max(done.nPredicted - 1, 0);
  return {
    cache_n: done.nCached,
    prompt_n: nProcessed,
    prompt_ms: done.prefillMs,
    prompt_per_token_ms: per(done.prefillMs, nProcessed),
    prompt_per_second: per(nProcessed * 1000, done.prefillMs),
    predicted_n: done.nPredicted,
    predicted_ms: done.decodeMs,
    predicted_per_token_ms: per(done.decodeMs, nDecoded),
    predicted_per_second: per(nDecoded * 1000, done.decodeMs),
    ...(nDrafted > 0 && { draft_n: nDrafted, draft_n_accepted: nDraftAccepted }),
  };
}

const per = (amount: number, count: number) => (count > 0 ? amount / count : 0);
