import type { LoraScale } from "../core/calls.ts";
import type {
  Completion,
  GenerateEvent,
  GenerateRequest,
  PromptTokenProbability,
} from "../core/generate.ts";
import type { Answer } from "./answer.ts";
import type { Checkpoint } from "./checkpoints.ts";
import { type Extent, firstCells } from "./extents.ts";
import { TokenReport } from "./token-report.ts";
import type { TokenList } from "./tokens.ts";

/** Picks tokens for one sequence. Implemented by ffi's Sampler over the decoded batch. */
export interface TokenSampler extends Disposable {
  /** Samples from the logits of batch row `row` and accepts the token. */
  sample(row: number): number;
  /**
   * The probability of `token` after `row`, and the `n` likeliest candidates.
   * @param postSampling after the sampler chain instead of before it: of the token just sampled
   */
  probabilities(row: number, token: number, n: number, postSampling: boolean): Probabilities;
  /** Shows it a token that it did not sample: penalties see it, a grammar does not. */
  show(token: number): void;
  /** Ends the model's thinking at the next token. @returns false when it is not thinking */
  endReasoning(): boolean;
}

export interface Probabilities {
  prob: number;
  top: { token: number; prob: number }[];
}

/** LoRA adapters in use. Equal keys are equal sets, and only those share a batch. */
export interface LoraSet {
  /** "" for none. */
  key: string;
  /** Those with a scale other than 0. */
  scales: LoraScale[];
}

export const noLora: LoraSet = { key: "", scales: [] };

/** A request made ready to run: what `prepare` hands to the scheduler. */
export interface PreparedRequest {
  id: number;
  /**
   * As it came. `nCtx`, `contextShift`, `endsLoops`, `slot`, `nDiscard`, `nIndent`, `maxDecodeMs`,
   * `report` and `tag` are used.
   */
  asked: Omit<GenerateRequest, "prompt">;
  tokens: TokenList;
  /** What `truncate` left out of the prompt, if anything. */
  dropped?: Pick<Completion, "nMessagesDropped" | "nPromptDropped">;
  /** Tokens to sample at most; Infinity: no limit. */
  nPredict: number;
  /** Tokens from the start on that a context shift keeps, BOS included. */
  nKeep: number;
  cachePrompt: boolean;
  lora: LoraSet;
  /** The first token that the adapters are used for; before it, the model is as it is. */
  loraFrom: number;
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
  /** The prompt's text tokens, media left out. */
  readonly promptTokens: Int32Array;
  /** Tokens that it may hold. */
  readonly nCtx: number;
  readonly report: TokenReport;
  /** Probabilities of the prompt's first tokens, if they are wanted: all, after prefill. */
  readonly promptProbs: PromptTokenProbability[] = [];
  /** Its row in the KV cache; -1 while it waits. */
  seqId = -1;
  /** The slot that it runs in; -1 while it waits. */
  slot = -1;
  nCached = 0;
  /** Prompt tokens that a donor saved it. */
  nShared = 0;
  nPredicted = 0;
  nDrafted = 0;
  nDraftAccepted = 0;
  /** Tokens that context shifts dropped. */
  nShifted = 0;
  /** Steps in a row in which shorter prompts went before its own. */
  nPassedOver = 0;
  hasNewLine = false;
  /** Where its row can be cut, if not anywhere, in order. */
  checkpoints: readonly Checkpoint[] = [];
  /** Where checkpoints are to be made, and steps to end, in any order. */
  checkpointsWanted: number[] = [];
  /** Cells that it has from others, and what its own are told by. */
  #shared: Extent[] = [];
  #source = {};
  /** It may not be admitted before `donor` has decoded `nWanted` tokens that both begin with. */
  waitsFor: { donor: Sequence; nWanted: number } | null = null;
  /** It is refused when it waits for longer; Infinity once it has run: it may be preempted. */
  lateAt = Number.POSITIVE_INFINITY;
  #startedAt: number | null = null;
  #prefilledAt: number | null = null;

  /** @param nCtxSeq tokens that any sequence may hold */
  constructor(request: PreparedRequest, nCtxSeq: number) {
    this.request = request;
    this.nCtx = nCtxOf(request.asked, nCtxSeq);
    this.nPrompt = request.tokens.length;
    this.promptTokens = request.tokens.textTokens;
    this.report = new TokenReport(request.asked.report ?? {});
  }

  get id(): number {
    return this.request.id;
  }

  get tokens(): TokenList {
    return this.request.tokens;
  }

  get lora(): LoraSet {
    return this.request.lora;
  }

  get loraFrom(): number {
    return this.request.loraFrom;
  }

  /** Whose cells it has, and will have when all its tokens are decoded. */
  get extents(): Extent[] {
    return [...this.#shared, { source: this.#source, to: this.tokens.length }];
  }

  /** Notes that it has its first `n` cells from a row, and computes others from there on. */
  goesOnFrom(row: readonly Extent[], n: number): void {
    this.nCached = n;
    this.#shared = firstCells(row, n);
    this.#source = {};
  }

  /** Tokens up to which it may be decoded in one go from `from` on. */
  nextStop(from: number): number {
    let stop = this.tokens.length;
    for (const n of this.checkpointsWanted) if (n > from && n < stop) stop = n;
    // Adapters that begin in the middle of a prompt begin with a step.
    if (this.lora.key !== "" && this.loraFrom > from) stop = Math.min(stop, this.loraFrom);
    return stop;
  }

  /** Its cells are for nobody else. */
  get isPrivate(): boolean {
    return !this.request.cachePrompt;
  }

  /** Probabilities of its prompt's tokens are wanted, and not all known. */
  get isScoring(): boolean {
    const isWanted = this.request.asked.report?.promptProbs !== undefined;
    return isWanted && this.promptProbs.length < this.nPrompt;
  }

  /** It may begin with cells that are there already: those that it scores it has to compute. */
  get sharesPrefix(): boolean {
    return this.request.cachePrompt && !this.isScoring;
  }

  /** The adapters that its next token is decoded with. */
  get loraNow(): LoraSet {
    return this.nCached < this.loraFrom ? noLora : this.lora;
  }

  /** Sampling has begun, and one token waits to be decoded. */
  get isDecoding(): boolean {
    return this.nPredicted > 0 && this.tokens.length - this.nCached === 1;
  }

  get isPrefilled(): boolean {
    return this.#prefilledAt !== null;
  }

  /** Prompt tokens that were computed for it. */
  get nProcessed(): number {
    return Math.max(0, Math.min(this.nCached, this.nPrompt) - this.nShared);
  }

  /** Tokens that it may still sample. */
  get nRemain(): number {
    return this.request.nPredict - this.nPredicted;
  }

  /** Notes that it got a row. @returns whether it is the first: a preempted sequence starts anew */
  markStarted(now: number): boolean {
    if (this.#startedAt !== null) return false;
    this.#startedAt = now;
    this.nShared = this.nCached;
    return true;
  }

  /** How far prefill is. */
  progress(now: number): GenerateEvent {
    const { nPrompt, nShared, nCached } = this;
    const ms = nCached > nShared ? now - (this.#startedAt ?? now) : 0;
    return { type: "progress", nPrompt, nCached: nShared, nProcessed: nCached, ms };
  }

  /** Notes the end of prefill. A preempted sequence is prefilled twice; only the first counts. */
  markPrefilled(now: number): GenerateEvent | null {
    if (this.#prefilledAt !== null) return null;
    this.#prefilledAt = now;
    const prefillMs = now - (this.#startedAt ?? now);
    return { type: "prefilled", nPrompt: this.nPrompt, nCached: this.nShared, prefillMs };
  }

  /** Milliseconds since the end of prefill. */
  decodeMs(now: number): number {
    return now - (this.#prefilledAt ?? now);
  }

  completion(
    reason: Completion["reason"],
    stoppingText: string,
    truncated: boolean,
    now: number,
  ): Completion {
    return {
      reason,
      stoppingText,
      truncated: truncated || this.nShifted > 0,
      nPrompt: this.nPrompt,
      nCached: this.nShared,
      nPredicted: this.nPredicted,
      nReasoning: this.request.answer.nReasoning,
      prefillMs: (this.#prefilledAt ?? now) - (this.#startedAt ?? now),
      decodeMs: this.decodeMs(now),
      slot: this.slot,
      nHeld: this.nCached,
      nDrafted: this.nDrafted,
      nDraftAccepted: this.nDraftAccepted,
      ...this.request.dropped,
      ...(this.nShifted > 0 && { nShifted: this.nShifted }),
      ...(this.request.asked.report?.promptProbs !== undefined && {
        promptProbs: this.promptProbs,
      }),
      ...this.report.take(Number.POSITIVE_INFINITY),
    };
  }
}

/** Tokens that the sequence of a request may hold. */
export function nCtxOf({ nCtx }: Pick<GenerateRequest, "nCtx">, nCtxSeq: number): number {
  return Math.min(nCtx ?? nCtxSeq, nCtxSeq);
}
