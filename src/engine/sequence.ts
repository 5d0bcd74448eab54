import type { Completion, GenerateEvent } from "../core/generate.ts";
import type { Answer } from "./answer.ts";
import type { TokenList } from "./tokens.ts";

/** Picks tokens for one sequence. Implemented by ffi's Sampler over the decoded batch. */
export interface TokenSampler extends Disposable {
  /** Samples from the logits of batch row `row` and accepts the token. */
  sample(row: number): number;
}

/** A request made ready to run: what `prepare` hands to the scheduler. */
export interface PreparedRequest {
  id: number;
  tokens: TokenList;
  /** Tokens to sample at most. */
  nPredict: number;
  cachePrompt: boolean;
  sampler: TokenSampler;
  answer: Answer;
  /** Special tokens that are part of the answer's form, such as "<tool_call>": shown as text. */
  shownSpecials: ReadonlySet<number>;
  /** Frees whatever else the request holds (media chunks, parser). */
  [Symbol.dispose](): void;
}

/**
 * One generation and its row in the KV cache.
 *
 * tokens: [0, nCached)        in the KV cache: copied from a donor, or decoded
 *         [nCached, length)   to decode: a prefill's rest, or the one token sampled last
 */
export class Sequence {
  readonly request: PreparedRequest;
  readonly nPrompt: number;
  /** Its row in the KV cache; -1 while it waits. */
  seqId = -1;
  nCached = 0;
  /** Prompt tokens that a donor saved it. */
  nShared = 0;
  nPredicted = 0;
  /** It may not be admitted before `donor` has decoded `nWanted` tokens that both begin with. */
  waitsFor: { donor: Sequence; nWanted: number } | null = null;
  readonly #acceptedAt: number;
  #prefilledAt: number | null = null;

  constructor(request: PreparedRequest, now: number) {
    this.request = request;
    this.nPrompt = request.tokens.length;
    this.#acceptedAt = now;
  }

  get id(): number {
    return this.request.id;
  }

  get tokens(): TokenList {
    return this.request.tokens;
  }

  /** Sampling has begun, and one token waits to be decoded. */
  get isDecoding(): boolean {
    return this.nPredicted > 0 && this.tokens.length - this.nCached === 1;
  }

  get isPrefilled(): boolean {
    return this.#prefilledAt !== null;
  }

  /** Notes the end of prefill. A preempted sequence is prefilled twice; only the first counts. */
  markPrefilled(now: number): GenerateEvent | null {
    if (this.#prefilledAt !== null) return null;
    this.#prefilledAt = now;
    return { type: "prefilled", nPrompt: this.nPrompt, nCached: this.nShared };
  }

  completion(
    reason: Completion["reason"],
    stoppingText: string,
    truncated: boolean,
    now: number,
  ): Completion {
    const prefilledAt = this.#prefilledAt ?? now;
    return {
      reason,
      stoppingText,
      truncated,
      nPrompt: this.nPrompt,
      nCached: this.nShared,
      nPredicted: this.nPredicted,
      nReasoning: this.request.answer.nReasoning,
      prefillMs: prefilledAt - this.#acceptedAt,
      decodeMs: now - prefilledAt,
    };
  }
}
