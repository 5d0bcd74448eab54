import assert from "node:assert";
import { Batch } from "../../ffi/batch.ts";
import { AppError } from "../core/errors.ts";
import type { Completion, GenerateEvent } from "../core/generate.ts";
import { Pace } from "./pace.ts";
import { plan, type Slice } from "./plan.ts";
import { PrefixCache } from "./prefix-cache.ts";
import { type PreparedRequest, Sequence } from "./sequence.ts";
import type { MediaSpan } from "./tokens.ts";

/** The native side of a step. Implemented by NativeRunner, and by a simulation in the tests. */
export interface Runner {
  /** Most rows of one decode. */
  readonly nBatch: number;
  /** KV cells in all. */
  readonly nCells: number;
  readonly nSeqMax: number;
  /** Cells can be dropped from a row's end: false for recurrent state. */
  readonly canCut: boolean;
  /** "no_room": the KV cache is full and nothing was decoded. */
  decode(batch: Batch): "done" | "no_room";
  /** Encodes (once) and decodes a media span. "no_room": some cells may have been written. */
  decodeMedia(span: MediaSpan, pos: number, seqId: number): "done" | "no_room";
  /** Forgets a row's cells from position `from` on. */
  removeCells(seqId: number, from: number): void;
  /** Makes the cells of `source` below position `to` (-1: all) also `target`'s. */
  shareCells(source: number, target: number, to: number): void;
  isEog(token: number): boolean;
  /** The bytes of a token; a view, dead after the next call. */
  pieceView(token: number, request: PreparedRequest): Uint8Array;
}

/** Where a scheduler's results go. */
export interface Outbox {
  event(id: number, event: GenerateEvent): void;
  error(id: number, error: AppError): void;
}

export interface Limits {
  /** Sequences that run at once. */
  nParallel: number;
  /** Tokens that one sequence may hold. */
  nCtxSeq: number;
}

/** Sharing fewer cells than this is not worth waiting for another request's prefill. */
const nSharedWorthWaiting = 64;

/**
 * Who runs: admission, prefix sharing, steps, preemption. Touches native code through `Runner`
 * only.
 */
export class Scheduler {
  readonly #runner: Runner;
  readonly #outbox: Outbox;
  readonly #limits: Limits;
  readonly #rows: PrefixCache;
  readonly #batch: Batch;
  readonly #pace = new Pace();
  readonly #now: () => number;
  /** In arrival order; a preempted sequence returns to the front. */
  readonly #waiting: Sequence[] = [];
  /** In order of admission. */
  readonly #running: Sequence[] = [];

  constructor(runner: Runner, outbox: Outbox, limits: Limits, now = () => performance.now()) {
    this.#runner = runner;
    this.#outbox = outbox;
    this.#limits = limits;
    this.#rows = new PrefixCache(runner.nSeqMax, runner.canCut);
    this.#batch = new Batch(runner.nBatch);
    this.#now = now;
  }

  get isIdle(): boolean {
    return this.#running.length === 0 && this.#waiting.length === 0;
  }

  add(request: PreparedRequest): void {
    this.#waiting.push(new Sequence(request, this.#now()));
  }

  /** Ends a request that nobody waits for any more. What it computed stays as a prefix donor. */
  abort(id: number): void {
    const isIt = (sequence: Sequence) => sequence.id === id;
    const sequence = this.#running.find(isIt) ?? this.#waiting.find(isIt);
    if (sequence) this.#end(sequence);
  }

  /** One step: admit → decode at most one picture → decode a batch → sample → emit. */
  step(): void {
    this.#admit();
    this.#decodeNextMedia();
    const nDecoding = this.#running.filter((sequence) => sequence.isDecoding).length;
    const nPrefilling = this.#running.length - nDecoding;
    const nPrefillMax = this.#pace.nPrefillMax(nDecoding, nPrefilling, this.#runner.nBatch);
    const slices = plan(this.#running, this.#runner.nBatch, nPrefillMax);
    if (slices.length === 0) return;
    const rows = this.#fillBatch(slices);
    const startedAt = this.#now();
    if (!this.#guard(slices, () => this.#decode())) return;
    this.#pace.observe(this.#batch.nTokens, this.#now() - startedAt);
    for (const [i, slice] of slices.entries()) this.#advance(slice, rows[i] ?? -1);
  }

  /** Every sequence id is free, cached or running, exactly once. Proved when idle. */
  checkIntegrity(): void {
    const { nFree, nCachedRows, nSeqMax } = this.#rows;
    assert.equal(nFree + nCachedRows + this.#running.length, nSeqMax, "sequence ids are lost");
  }

  /**
   * Lets waiting sequences in, in order, while they fit; one that waits for a donor holds up
   * nobody.
   */
  #admit(): void {
    for (let i = 0; i < this.#waiting.length; ) {
      if (this.#running.length >= this.#limits.nParallel) return;
      const sequence = this.#waiting[i];
      assert(sequence);
      if (this.#mustWait(sequence)) {
        i++;
        continue;
      }
      // Reserves what everything that runs already holds. Shared cells count twice: on the safe
      // side.
      const nHeld = this.#running.reduce((n, { tokens }) => n + tokens.length, 0);
      if (this.#running.length > 0 && nHeld + sequence.tokens.length > this.#runner.nCells) return;
      this.#waiting.splice(i, 1);
      this.#start(sequence);
    }
  }

  /** True while a running prefill computes a prefix that this sequence could share. */
  #mustWait(sequence: Sequence): boolean {
    if (!sequence.request.cachePrompt || !this.#runner.canCut) return false;
    if (sequence.waitsFor) {
      const { donor, nWanted } = sequence.waitsFor;
      if (this.#running.includes(donor) && donor.nCached < nWanted) return true;
      sequence.waitsFor = null;
    }
    const have = this.#rows.donorFor(sequence.tokens, this.#running)?.n ?? 0;
    for (const donor of this.#running) {
      if (donor.isPrefilled || !donor.request.cachePrompt) continue;
      const common = sequence.tokens.commonPrefix(donor.tokens, donor.nPrompt);
      const nWanted = Math.min(common, sequence.tokens.length - 1);
      if (nWanted < have + nSharedWorthWaiting || donor.nCached >= nWanted) continue;
      sequence.waitsFor = { donor, nWanted };
      return true;
    }
    return false;
  }

  #start(sequence: Sequence): void {
    const donor = sequence.request.cachePrompt
      ? this.#rows.donorFor(sequence.tokens, this.#running)
      : null;
    const seqId = this.#takeRow(donor?.row.seqId);
    sequence.seqId = seqId;
    if (donor) {
      const isWhole = donor.n === donor.row.nCached;
      const to = isWhole ? -1 : sequence.tokens.positionOf(donor.n);
      this.#runner.shareCells(donor.row.seqId, seqId, to);
      this.#rows.touch(donor.row.seqId);
      sequence.nCached = donor.n;
    }
    if (!sequence.isPrefilled) sequence.nShared = sequence.nCached;
    this.#running.push(sequence);
  }

  /** A free row, evicting the oldest donor (but for `except`) when there is none. */
  #takeRow(except?: number): number {
    let seqId = this.#rows.take();
    if (seqId === null) {
      assert(this.#evict(except), "more sequences run than the context has rows");
      seqId = this.#rows.take();
    }
    assert(seqId !== null);
    return seqId;
  }

  /** Frees the cells of the donor that was unused for longest. @returns false when there is none */
  #evict(except?: number): boolean {
    const seqId = this.#rows.evictOldest(except);
    if (seqId === null) return false;
    this.#runner.removeCells(seqId, 0);
    this.#rows.giveBack(seqId);
    return true;
  }

  /**
   * Decodes the next picture of the sequence admitted first. One a step, with a batch after it,
   * bounds how long running streams wait.
   */
  #decodeNextMedia(): void {
    for (const sequence of this.#running) {
      const span = sequence.tokens.mediaAt(sequence.nCached);
      if (!span) continue;
      const pos = sequence.tokens.positionOf(span.start);
      const decode = () => {
        const result = this.#runner.decodeMedia(span, pos, sequence.seqId);
        if (result === "no_room") this.#runner.removeCells(sequence.seqId, pos);
        return result;
      };
      const slice = { sequence, from: span.start, to: span.start, wantsLogits: false };
      if (this.#guard([slice], () => this.#withRoom(decode))) {
        sequence.nCached = span.start + span.chunk.nTokens;
      }
      return;
    }
  }

  #fillBatch(slices: Slice[]): number[] {
    const batch = this.#batch;
    batch.clear();
    return slices.map(({ sequence, from, to, wantsLogits }) => {
      let row = -1;
      const shift = sequence.tokens.positionOf(from) - from;
      for (let i = from; i < to; i++) {
        const token = sequence.tokens.keys[i] ?? -1;
        row = batch.add(token, i + shift, sequence.seqId, wantsLogits && i === to - 1);
      }
      return row;
    });
  }

  #decode(): boolean {
    return this.#withRoom(() => this.#runner.decode(this.#batch));
  }

  /**
   * Runs `decode`, freeing donors while the KV cache is full; when there are none left, preempts
   * the sequence admitted last: its cells are dropped and computed again later.
   * @returns false when a sequence was preempted: the step must be planned anew
   */
  #withRoom(decode: () => "done" | "no_room"): boolean {
    while (decode() === "no_room") {
      if (this.#evict()) continue;
      const last = this.#running.at(-1);
      assert(last);
      if (this.#running.length === 1) {
        const { nCells } = this.#runner;
        const message = `the KV cache of ${nCells} cells cannot hold ${last.tokens.length} tokens`;
        throw new AppError("overloaded", message);
      }
      this.#preempt(last);
      return false;
    }
    return true;
  }

  #preempt(sequence: Sequence): void {
    this.#leave(sequence);
    this.#runner.removeCells(sequence.seqId, 0);
    this.#rows.giveBack(sequence.seqId);
    sequence.seqId = -1;
    sequence.nCached = 0;
    this.#waiting.unshift(sequence);
  }

  /** Runs part of a step; an error ends the sequences it was for, and no others. */
  #guard(slices: Slice[], part: () => boolean): boolean {
    try {
      return part();
    } catch (error) {
      for (const { sequence } of slices) this.#fail(sequence, error);
      return false;
    }
  }

  #advance({ sequence, to, wantsLogits }: Slice, row: number): void {
    sequence.nCached = to;
    if (to < sequence.tokens.length) return;
    const prefilled = sequence.markPrefilled(this.#now());
    if (prefilled) this.#outbox.event(sequence.id, prefilled);
    if (!wantsLogits) {
      this.#finish(sequence, "length", "", false);
      return;
    }
    try {
      this.#accept(sequence, sequence.request.sampler.sample(row));
    } catch (error) {
      this.#fail(sequence, error);
    }
  }

  #accept(sequence: Sequence, token: number): void {
    const { request, tokens } = sequence;
    sequence.nPredicted++;
    if (this.#runner.isEog(token)) {
      this.#finish(sequence, "eos", "", false);
      return;
    }
    const emit = (event: GenerateEvent) => this.#outbox.event(request.id, event);
    const stop = request.answer.push(this.#runner.pieceView(token, request), emit);
    if (stop !== null) this.#finish(sequence, "stop", stop, false);
    else if (sequence.nPredicted >= request.nPredict) this.#finish(sequence, "length", "", false);
    else if (tokens.length >= this.#limits.nCtxSeq) this.#finish(sequence, "length", "", true);
    else tokens.keys.push(token);
  }

  #finish(sequence: Sequence, reason: Completion["reason"], stop: string, cut: boolean): void {
    const { id, answer } = sequence.request;
    answer.finish(reason === "length", (event) => this.#outbox.event(id, event));
    const told = reason === "eos" && answer.hasToolCalls ? "tool_calls" : reason;
    const completion = sequence.completion(told, stop, cut, this.#now());
    this.#outbox.event(id, { type: "done", ...completion });
    this.#end(sequence);
  }

  #fail(sequence: Sequence, error: unknown): void {
    const message = error instanceof Error ? error.message : String(error);
    const told =
      error instanceof AppError ? error : new AppError("internal", message, { cause: error });
    this.#outbox.error(sequence.id, told);
    // The step may have stopped half-way: what the row holds is unknown, so it is no donor.
    sequence.nCached = 0;
    this.#end(sequence);
  }

  /** Takes a sequence out; its row stays as a donor if it holds anything worth sharing. */
  #end(sequence: Sequence): void {
    this.#leave(sequence);
    const { seqId, nCached, tokens, request } = sequence;
    if (seqId >= 0) {
      if (nCached > 0 && request.cachePrompt) this.#rows.keep({ seqId, tokens, nCached });
      else {
        this.#runner.removeCells(seqId, 0);
        this.#rows.giveBack(seqId);
      }
    }
    request[Symbol.dispose]();
  }

  #leave(sequence: Sequence): void {
    for (const list of [this.#running, this.#waiting]) {
      const at = list.indexOf(sequence);
      if (at >= 0) list.splice(at, 1);
    }
  }
}
