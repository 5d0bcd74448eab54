import type { Batch } from "../../ffi/batch.ts";
import type { DraftRequest } from "../../ffi/speculation.ts";
import type { TokenProbability } from "../core/generate.ts";
import { Acceptance, guessedRates } from "./acceptance.ts";
import { draftLengths } from "./draft-lengths.ts";
import type { Drafter } from "./runner.ts";
import type { Sequence } from "./sequence.ts";
import { StepCost } from "./step-cost.ts";

/** A token that follows in a sequence; `prob` where it was asked for. */
export interface Chosen {
  token: number;
  prob: TokenProbability | null;
}

/** What is known of a sequence that decodes. */
interface State {
  seqId: number;
  history: History;
  acceptance: Acceptance;
  /** What its drafter said last, whether it was decoded or not, and the depth it begins at. */
  proposal: { tokens: Int32Array; depth: number } | null;
  /** Steps without a draft, and how many of them there are until one is tried again. */
  nIdle: number;
  patience: number;
  random: () => number;
}

/** Steps until a drafter whose drafts do not pay is tried again: at first, and at last. */
const patience = { first: 32, last: 256 };
/** Tokens of such a trial. */
const nTried = 2;
/** Drafting that takes less than this part of a step is taken for free. */
const freePart = 0.02;
/** Weight of the newest measurement of drafting. */
const newest = 0.2;

/**
 * Drafts for sequences that decode, as long as they pay, and which of their tokens the model would
 * have chosen.
 */
export class Speculator {
  readonly #drafter: Drafter;
  readonly #isEog: (token: number) => boolean;
  readonly #now: () => number;
  readonly #cost = new StepCost();
  /** Of all sequences: what a new one is expected to be like. */
  readonly #overall: Acceptance;
  readonly #states = new WeakMap<Sequence, State>();
  #msPerDraftToken = 0;

  constructor(drafter: Drafter, isEog: (token: number) => boolean, now: () => number) {
    this.#drafter = drafter;
    this.#isEog = isEog;
    this.#now = now;
    this.#overall = new Acceptance(
      drafter.matched ? guessedRates.byMatch : guessedRates.byPosition,
    );
  }

  /** All tokens of a sequence are prefilled: it decodes from now on. */
  begin(sequence: Sequence): void {
    if (this.#states.has(sequence)) return;
    if (sequence.tokens.media.length > 0 && !this.#drafter.followsMedia) return;
    const history = new History();
    const seed = sequence.request.asked.sampling.seed ?? Math.floor(Math.random() * 2 ** 32);
    const { seqId } = sequence;
    this.#states.set(sequence, {
      seqId,
      history,
      acceptance: new Acceptance(this.#overall.rates),
      proposal: null,
      nIdle: 0,
      patience: 0,
      random: randomNumbers(seed),
    });
    this.#drafter.begin(seqId, history.of(sequence));
  }

  /** Follows what the model decodes. */
  process(batch: Batch): void {
    this.#drafter.process(batch);
  }

  /** Learns what a step took, all of whose rows were of sequences that decode. */
  observeStep(nRows: number, ms: number): void {
    this.#cost.observe(nRows, ms);
  }

  /** A sequence has to prefill again, or ends. */
  forget(sequence: Sequence): void {
    const state = this.#states.get(sequence);
    if (!state) return;
    this.#drafter.forget?.(state.seqId);
    this.#states.delete(sequence);
  }

  /**
   * Drafts for those of `decoding` that have room for one, where they pay.
   * @param nRows rows of the step that drafts may take
   */
  propose(decoding: Sequence[], nRows: number): Map<Sequence, Int32Array> {
    const requests = nRows > 0 ? this.#requestsFor(decoding) : [];
    if (requests.length === 0) return new Map();
    return this.#drafter.matched
      ? this.#fromText(requests, decoding.length, nRows)
      : this.#fromDrafter(requests, decoding.length, nRows);
  }

  /**
   * The tokens that follow a sequence: those of its draft that are right, and one more.
   * @param row where the logits of its last token are; those of the draft's tokens follow
   * @param sample samples from the logits of a row
   */
  verify(
    sequence: Sequence,
    draft: Int32Array,
    row: number,
    sample: (row: number) => Chosen,
  ): Chosen[] {
    const chosen = this.#follow(sequence, draft, row, sample);
    if (draft.length > 0) this.#drafter.accept(sequence.seqId, chosen.length - 1);
    this.#learn(sequence, chosen);
    return chosen;
  }

  #requestsFor(decoding: Sequence[]): Asked[] {
    const requests: Asked[] = [];
    for (const sequence of decoding) {
      // The token after the draft needs a cell as well, and one stays free for a context shift.
      const nRoom = sequence.nCtx - sequence.nCached - 2;
      const nMax = Math.min(this.#drafter.nMax, nRoom, sequence.nRemain - 1);
      const state = this.#states.get(sequence);
      if (nMax <= 0 || !state) continue;
      state.proposal = null;
      const { seqId, nCached, tokens } = sequence;
      const lastToken = tokens.keys[nCached] ?? -1;
      const history = state.history.of(sequence);
      const request = { seqId, position: nCached, lastToken, tokens: history, nMax };
      requests.push({ sequence, state, request });
    }
    return requests;
  }

  /** Looking up costs nothing: all are asked, and as much is tried of what they say as pays. */
  #fromText(requests: Asked[], nDecoding: number, nRows: number): Map<Sequence, Int32Array> {
    const drafts = new Map<Sequence, Int32Array>();
    const proposed = this.#drafter.draft(requests.map(({ request }) => request));
    const candidates = requests.map(({ state }, i) => {
      const tokens = proposed[i] ?? noDraft;
      const depth = this.#drafter.matched?.(state.seqId) ?? 0;
      state.proposal = { tokens, depth };
      const rateAt = (at: number) => state.acceptance.rate(depth + at);
      return { nMax: tokens.length, rateAt };
    });
    const lengths = draftLengths(candidates, nDecoding, nRows, this.#price);
    for (const [i, { sequence }] of requests.entries()) {
      const draft = this.#cut(proposed[i] ?? noDraft, lengths[i] ?? 0);
      if (draft.length > 0 && draft.length >= this.#drafter.nMin) drafts.set(sequence, draft);
    }
    return drafts;
  }

  /** Where drafting costs time, only those are asked whose drafts pay, and others now and then. */
  #fromDrafter(requests: Asked[], nDecoding: number, nRows: number): Map<Sequence, Int32Array> {
    const drafts = new Map<Sequence, Int32Array>();
    const asked = this.#asked(requests, nDecoding, nRows);
    if (asked.length === 0) return drafts;
    const startedAt = this.#now();
    const proposed = this.#drafter.draft(asked.map(({ request }) => request));
    const longest = proposed.reduce((n, { length }) => Math.max(n, length), 0);
    if (longest > 0) {
      const ms = (this.#now() - startedAt) / longest;
      this.#msPerDraftToken += newest * (ms - this.#msPerDraftToken);
    }
    let nLeft = nRows;
    for (const [i, { sequence, state }] of asked.entries()) {
      const draft = this.#cut(proposed[i] ?? noDraft, nLeft);
      if (draft.length === 0) continue;
      nLeft -= draft.length;
      state.proposal = { tokens: draft, depth: 1 };
      drafts.set(sequence, draft);
    }
    return drafts;
  }

  /** Who is asked for a draft, and of how many tokens. */
  #asked(requests: Asked[], nDecoding: number, nRows: number): Asked[] {
    // The test aid wants drafts that depend on nothing that was measured.
    if (this.#drafter.synthProbability(0) !== null) return requests;
    const candidates = requests.map(({ state, request: { nMax } }) => {
      return { nMax, rateAt: (at: number) => state.acceptance.rate(1 + at) };
    });
    const lengths = draftLengths(candidates, nDecoding, nRows, this.#price);
    const isFree = this.#msPerDraftToken < freePart * this.#cost.msOf(1);
    const asked: Asked[] = [];
    for (const [i, { sequence, state, request }] of requests.entries()) {
      const length = lengths[i] || (isDue(state) ? nTried : 0);
      if (length === 0) continue;
      if (lengths[i]) state.patience = patience.first;
      const nWanted = isFree ? request.nMax : Math.max(length, this.#drafter.nMin);
      const nMax = Math.min(nWanted, request.nMax);
      asked.push({ sequence, state, request: { ...request, nMax } });
    }
    return asked;
  }

  get #price() {
    const msOf = (nRows: number) => this.#cost.msOf(nRows);
    return { msOf, msPerDraftToken: this.#msPerDraftToken };
  }

  /** At most `nMax` tokens of a draft; nothing follows the end of an answer. */
  #cut(draft: Int32Array, nMax: number): Int32Array {
    const cut = draft.subarray(0, nMax);
    const end = cut.findIndex((token) => this.#isEog(token));
    return end < 0 ? cut : cut.subarray(0, end);
  }

  #follow(
    sequence: Sequence,
    draft: Int32Array,
    row: number,
    sample: (row: number) => Chosen,
  ): Chosen[] {
    const chosen: Chosen[] = [];
    for (const [i, drafted] of draft.entries()) {
      const rate = this.#drafter.synthProbability(i);
      if (rate !== null && this.#isTaken(sequence, drafted, rate)) {
        sequence.request.sampler.show(drafted);
        chosen.push({ token: drafted, prob: null });
        continue;
      }
      const sampled = sample(row + i);
      chosen.push(sampled);
      if (rate !== null || sampled.token !== drafted) return chosen;
    }
    chosen.push(sample(row + draft.length));
    return chosen;
  }

  /** Compares what was proposed with what came, as far as that is known. */
  #learn(sequence: Sequence, chosen: Chosen[]): void {
    const state = this.#states.get(sequence);
    if (!state?.proposal) return;
    const { tokens, depth } = state.proposal;
    for (const [i, { token }] of chosen.entries()) {
      if (i >= tokens.length) return;
      const isRight = tokens[i] === token;
      state.acceptance.observe(depth + i, isRight);
      this.#overall.observe(depth + i, isRight);
      if (!isRight) return;
    }
  }

  /** A test aid of llama.cpp's: drafted tokens are taken at a given rate, right or wrong. */
  #isTaken(sequence: Sequence, token: number, rate: number): boolean {
    const random = this.#states.get(sequence)?.random ?? Math.random;
    // The end of an answer is never taken unseen.
    return random() < rate && !this.#isEog(token);
  }
}

/** A sequence that may be asked for a draft. */
interface Asked {
  sequence: Sequence;
  state: State;
  request: DraftRequest;
}

const noDraft = new Int32Array(0);

/** Counts a step without a draft. @returns whether one is tried all the same, ever more seldom */
function isDue(state: State): boolean {
  if (state.nIdle++ < state.patience) return false;
  state.nIdle = 0;
  state.patience = Math.min(patience.last, Math.max(patience.first, 2 * state.patience));
  return true;
}

/** A sequence's tokens but the last in one growing array: copying them for each draft is slow. */
class History {
  #tokens = new Int32Array(256);
  #n = 0;

  of({ tokens: { keys }, nCached }: Sequence): Int32Array {
    if (nCached > this.#tokens.length) {
      const larger = new Int32Array(2 * nCached);
      larger.set(this.#tokens.subarray(0, this.#n));
      this.#tokens = larger;
    }
    for (; this.#n < nCached; this.#n++) this.#tokens[this.#n] = keys[this.#n] ?? -1;
    return this.#tokens.subarray(0, nCached);
  }
}

/** Random numbers from 0 to 1, the same for the same seed. Source: mulberry32, public domain. */
function randomNumbers(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
