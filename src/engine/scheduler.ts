import assert from "node:assert";
import { Batch } from "../../ffi/batch.ts";
import type { EngineMetrics, SlotFile, SlotState } from "../core/calls.ts";
import { AppError, asAppError } from "../core/errors.ts";
import { HostMemory } from "./host-memory.ts";
import type { Limits, Outbox } from "./limits.ts";
import { LoraTurns } from "./lora-turns.ts";
import { nextMedia } from "./media-step.ts";
import { Meter } from "./meter.ts";
import { Pace } from "./pace.ts";
import { fillBatch, plan, type Slice } from "./plan.ts";
import { Queue } from "./queue.ts";
import { Rows } from "./rows.ts";
import type { Runner } from "./runner.ts";
import { type LoraSet, type PreparedRequest, Sequence } from "./sequence.ts";
import { canShift, shift } from "./shift.ts";
import { SlotJobs } from "./slot-jobs.ts";
import { SlotRows } from "./slot-rows.ts";
import { Slots } from "./slots.ts";
import { type Chosen, Speculator } from "./speculate.ts";
import { UnusedRows } from "./unused-rows.ts";
import { type Ending, Writer } from "./writer.ts";

/** Most rows that drafts take in a step that also prefills: a prompt has more use for them. */
const nDraftedBesidePrompts = 16;

/**
 * Who runs: admission, prefix sharing, steps, preemption. Touches native code through `Runner`
 * only.
 */
export class Scheduler {
  readonly #runner: Runner;
  readonly #outbox: Outbox;
  readonly #limits: Limits;
  readonly #slots: Slots;
  readonly #rows: Rows;
  readonly #unusedRows: UnusedRows;
  readonly #jobs: SlotJobs;
  readonly #batch: Batch;
  readonly #pace: Pace;
  readonly #turns = new LoraTurns();
  readonly #speculator: Speculator | null;
  readonly #writer: Writer;
  readonly #meter: Meter;
  readonly #now: () => number;
  readonly #waiting = new Queue();
  /** In order of admission. */
  readonly #running: Sequence[] = [];
  #loraKey: string | null = null;
  /** False for one step, when the KV cache had no room for the last one's drafts. */
  #draftsFit = true;

  constructor(runner: Runner, outbox: Outbox, limits: Limits, now = () => performance.now()) {
    const { drafter } = runner;
    const isEog = (token: number) => runner.isEog(token);
    this.#runner = runner;
    this.#outbox = outbox;
    this.#limits = limits;
    const { nParallel, slotPromptSimilarity: similarity } = limits;
    const host = new HostMemory(runner, limits.host);
    this.#slots = new Slots(nParallel, similarity, (slot) => host.rowOf(slot));
    this.#rows = new Rows(runner, this.#slots, this.#running, host, limits.cacheReuse);
    this.#unusedRows = new UnusedRows(this.#rows);
    this.#jobs = new SlotJobs(this.#slots, new SlotRows(runner, this.#rows, host), now);
    this.#batch = new Batch(runner.nBatch);
    this.#pace = new Pace(runner.msPerRowGuess, limits.maxStallMs);
    this.#speculator = drafter && runner.canCut ? new Speculator(drafter, isEog, now) : null;
    this.#writer = new Writer(runner, outbox, limits, now);
    this.#meter = new Meter(drafter?.nMax ?? 0);
    this.#now = now;
  }

  get isIdle(): boolean {
    return this.#running.length === 0 && this.#waiting.length === 0 && this.#jobs.isEmpty;
  }

  /** What the prompts that wait to run may take to prefill, milliseconds, if they share nothing. */
  get waitingMs(): number {
    return this.#waiting.nTokens * this.#pace.rowMs;
  }

  add(request: PreparedRequest): void {
    this.#waiting.add(new Sequence(request, this.#limits.nCtxSeq), this.#now());
  }

  /** Ends a request that nobody waits for any more. What it computed stays as a prefix donor. */
  abort(id: number): void {
    const sequence = this.#running.find((one) => one.id === id) ?? this.#waiting.find(id);
    if (sequence) this.#end(sequence);
  }

  /** Ends the thinking of the running request with this tag. @returns false if nothing thinks */
  endReasoning(tag: string): boolean {
    const sequence = this.#running.find(({ request }) => request.asked.tag === tag);
    return sequence?.request.sampler.endReasoning() ?? false;
  }

  slots(): SlotState[] {
    const textOf = (tokens: Int32Array) => this.#runner.detokenize(tokens);
    return this.#slots.states(this.#limits.nCtxSeq, this.#speculator !== null, textOf);
  }

  metrics(): EngineMetrics {
    const nProcessing = this.#running.length;
    return { ...this.#meter.counters, nProcessing, nDeferred: this.#waiting.length };
  }

  /** Writes what a slot holds to a file, once it is idle. Rejects with an AppError. */
  saveSlot({ slot, path }: { slot: number; path: string }): Promise<SlotFile> {
    return this.#jobs.save(slot, path);
  }

  /**
   * Fills a slot from a file, once it is idle. Rejects with an AppError; the slot is empty then.
   * @param lora the adapters that the file's cells are taken to be computed with
   */
  restoreSlot({ slot, path }: { slot: number; path: string }, lora: LoraSet): Promise<SlotFile> {
    return this.#jobs.restore(slot, path, lora, this.#limits.nCtxSeq);
  }

  /** Empties a slot, once it is idle. Rejects with an AppError. */
  eraseSlot({ slot }: { slot: number }): Promise<{ nErased: number }> {
    return this.#jobs.erase(slot);
  }

  /**
   * Lends `n` empty rows of the KV cache for one synchronous use with these adapters.
   * @param use returns "no_room" when the cache is full; it is called again with more room
   * @throws AppError overloaded, when there is no more
   */
  lendRows<Result>(
    n: number,
    lora: LoraSet,
    use: (seqIds: number[]) => Result | "no_room",
  ): Result {
    this.#useLora(lora);
    return this.#rows.lend(n, use);
  }

  /** Counts prompts that were decoded together outside of steps, for their embeddings. */
  countPrompts(lengths: readonly number[], nDecodes: number, ms: number): void {
    const nBusy = this.#running.length + lengths.length;
    const nTokensMax = Math.max(...lengths);
    for (let i = 0; i < nDecodes; i++) this.#meter.countDecode(nBusy, nTokensMax);
    const nTokens = lengths.reduce((sum, length) => sum + length, 0);
    this.#meter.countPrompt(nTokens, ms);
  }

  /** One step: admit → decode at most one picture → decode a batch → sample → emit. */
  step(): void {
    this.#jobs.runIdle();
    this.#admit();
    this.#decodeNextMedia();
    const slices = this.#plan();
    if (slices.length === 0) return;
    const nPrompt = slices.reduce((n, slice) => n + nPromptRows(slice), 0);
    const nPrefilled = slices.reduce((n, slice) => n + nPrefillRows(slice), 0);
    const rows = fillBatch(this.#batch, slices);
    const startedAt = this.#now();
    const sequences = slices.map(({ sequence }) => sequence);
    if (!this.#guard(sequences, () => this.#decode(slices))) return;
    this.#meter.countPrompt(nPrompt, this.#now() - startedAt);
    for (const [i, slice] of slices.entries()) this.#advance(slice, rows[i] ?? -1);
    // Sampling counts as well: on a GPU, decode() returns before its work is done.
    const ms = this.#now() - startedAt;
    this.#pace.observe(this.#batch.nTokens - nPrefilled, nPrefilled, ms);
    if (nPrefilled === 0) this.#speculator?.observeStep(this.#batch.nTokens, ms);
    this.#unusedRows.afterStep();
  }

  /**
   * While nobody asks anything: takes one of the rows that have ended out of the KV cache, if there
   * is one to take. @returns false when there is none
   */
  makeRoom(): boolean {
    return this.#unusedRows.makeRoom();
  }

  /** Every cell is accounted for, by our books and by llama.cpp's. Proved when idle. */
  checkIntegrity(): void {
    this.#rows.checkIntegrity(this.#running.length);
    this.#meter.countCellProof();
  }

  #admit(): void {
    const place = {
      rows: this.#rows,
      slots: this.#slots,
      running: this.#running,
      nCells: this.#runner.nCells,
    };
    const wasIdle = this.#running.length === 0;
    for (let next = this.#waiting.next(place); next; next = this.#waiting.next(place)) {
      const { sequence, slot } = next;
      this.#rows.assign(sequence, slot);
      this.#running.push(sequence);
      if (!sequence.markStarted(this.#now())) continue;
      this.#meter.countCached(sequence.nShared);
      this.#writer.progress(sequence);
    }
    for (const { sequence, error } of this.#waiting.late(this.#now())) this.#fail(sequence, error);
    if (wasIdle && this.#running.length > 0) this.#unusedRows.makeWay();
  }

  #plan(): Slice[] {
    const group = this.#turns.next(this.#running);
    const decoding = group.filter((sequence) => sequence.isDecoding);
    const { nBatch, nOutputsMax } = this.#runner;
    const nFree = Math.min(nBatch - decoding.length, nOutputsMax - group.length);
    const nDraftMax = decoding.length < group.length ? nDraftedBesidePrompts : nFree;
    const nRows = this.#draftsFit ? Math.min(nFree, nDraftMax) : 0;
    this.#draftsFit = true;
    const propose = () => this.#speculator?.propose(decoding, nRows);
    const drafts = this.#guard(decoding, propose);
    if (drafts === null) return [];
    let nDecoded = decoding.length;
    for (const draft of drafts?.values() ?? []) nDecoded += draft.length;
    const hasStreams = this.#running.some(({ isDecoding }) => isDecoding);
    const prompts = group.filter(({ isDecoding }) => !isDecoding);
    const nRest = prompts.reduce((n, { tokens, nCached }) => n + tokens.length - nCached, 0);
    const ahead = { nDecoded, hasStreams, nPrompts: prompts.length, nRest, nBatch };
    const nPrefillMax = this.#pace.nPrefillMax(ahead);
    return plan(group, this.#runner, nPrefillMax, drafts);
  }

  /** Encodes or decodes the picture whose turn it is. */
  #decodeNextMedia(): void {
    const next = nextMedia(this.#running);
    if (!next) return;
    const { sequence, span, following, hasStreams } = next;
    const pos = sequence.tokens.positionOf(span.start);
    const decode = () => {
      const result = this.#runner.decodeMedia(span, pos, sequence.seqId);
      if (result === "no_room") this.#runner.removeCells(sequence.seqId, pos);
      return result;
    };
    const startedAt = this.#now();
    this.#useLora(sequence.loraNow);
    const isDecoded = this.#guard([sequence], () => {
      const wasEncoded = this.#runner.encodeMedia(span, following);
      return !(wasEncoded && hasStreams) && this.#withRoom(decode);
    });
    if (isDecoded) sequence.nCached = span.start + span.chunk.nTokens;
    const nPrompt = isDecoded && !sequence.isPrefilled ? span.chunk.nTokens : 0;
    this.#meter.countPrompt(nPrompt, this.#now() - startedAt);
    if (isDecoded) this.#writer.progress(sequence);
  }

  #decode(slices: Slice[]): boolean {
    const [first] = slices;
    if (first) this.#useLora(first.sequence.loraNow);
    const hasDrafts = slices.some(({ draft }) => draft.length > 0);
    if (!this.#withRoom(() => this.#runner.decode(this.#batch), hasDrafts)) return false;
    this.#speculator?.process(this.#batch);
    const nTokensMax = slices.reduce((n, { to }) => Math.max(n, to), 0);
    this.#meter.countDecode(this.#running.length, nTokensMax);
    return true;
  }

  #useLora(lora: LoraSet): void {
    if (this.#loraKey === lora.key) return;
    this.#runner.setLora(lora);
    this.#loraKey = lora.key;
  }

  /**
   * Runs `decode`, freeing donors while the KV cache is full; when there are none left, gives up
   * drafts, or preempts the sequence admitted last: its cells are dropped and computed again later.
   * @returns false when the step must be planned anew
   */
  #withRoom(decode: () => "done" | "no_room", hasDrafts = false): boolean {
    while (decode() === "no_room") {
      if (this.#rows.evict()) continue;
      if (hasDrafts) {
        this.#draftsFit = false;
        return false;
      }
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
    this.#rows.putAside(sequence);
    this.#speculator?.forget(sequence);
    this.#waiting.addPreempted(sequence);
  }

  /** Runs part of a step; an error ends the sequences it was for, and no others. */
  #guard<Result>(sequences: Sequence[], part: () => Result): Result | null {
    try {
      return part();
    } catch (error) {
      for (const sequence of sequences) this.#fail(sequence, error);
      return null;
    }
  }

  #advance(slice: Slice, row: number): void {
    const { sequence, to, wantsLogits, isScored } = slice;
    sequence.nCached = to;
    this.#rows.makeCheckpoint(sequence);
    const score = () => this.#writer.score(sequence, slice, row);
    if (isScored && this.#guard([sequence], score) === null) return;
    this.#writer.progress(sequence);
    if (to < sequence.tokens.length) return;
    const prefilled = sequence.markPrefilled(this.#now());
    if (prefilled) this.#outbox.event(sequence.id, prefilled);
    this.#guard([sequence], () => {
      if (wantsLogits) this.#write(sequence, this.#choose(slice, row));
      else this.#finish(sequence, { reason: "length" });
    });
  }

  /** The tokens that follow a decoded slice: one, and with a draft maybe more. */
  #choose({ sequence, draft }: Slice, row: number): Chosen[] {
    const sample = (at: number) => this.#writer.sample(sequence, at);
    if (!this.#speculator) return [sample(row)];
    this.#speculator.begin(sequence);
    const chosen = this.#speculator.verify(sequence, draft, row, sample);
    if (draft.length === 0) return chosen;
    const right = chosen.slice(0, -1);
    for (const { token } of right) sequence.tokens.keys.push(token);
    sequence.nCached += right.length;
    if (right.length < draft.length) this.#runner.removeCells(sequence.seqId, sequence.nCached);
    sequence.nDrafted += draft.length;
    sequence.nDraftAccepted += right.length;
    this.#meter.countDraft(draft.length, right.length);
    return chosen;
  }

  /** Writes tokens into a sequence's answer; the last is decoded next, if the answer goes on. */
  #write(sequence: Sequence, chosen: Chosen[]): void {
    for (const next of chosen) {
      const ending = this.#writer.write(sequence, next);
      if (ending) {
        this.#finish(sequence, ending);
        return;
      }
    }
    sequence.tokens.keys.push(chosen.at(-1)?.token ?? -1);
    if (sequence.tokens.length < sequence.nCtx) return;
    if (!canShift(sequence, this.#limits, this.#runner.canCut)) return;
    this.#rows.cut(sequence, shift(sequence));
    this.#waiting.noteMoreRoom();
    this.#speculator?.forget(sequence);
  }

  #finish(sequence: Sequence, ending: Ending): void {
    this.#writer.finish(sequence, ending);
    this.#end(sequence);
  }

  #fail(sequence: Sequence, error: unknown): void {
    this.#outbox.error(sequence.id, asAppError(error));
    // The step may have stopped half-way: what the row holds is unknown, so it is no donor.
    sequence.nCached = 0;
    this.#end(sequence);
  }

  /** Takes a sequence out; its row stays as a donor if it holds anything worth sharing. */
  #end(sequence: Sequence): void {
    if (this.#leave(sequence)) {
      this.#rows.leave(sequence);
      this.#waiting.noteMoreRoom();
    }
    this.#waiting.remove(sequence);
    this.#speculator?.forget(sequence);
    this.#meter.countAnswer(sequence, sequence.decodeMs(this.#now()));
    sequence.request[Symbol.dispose]();
  }

  /** @returns false when the sequence was not running */
  #leave(sequence: Sequence): boolean {
    const at = this.#running.indexOf(sequence);
    if (at < 0) return false;
    this.#running.splice(at, 1);
    return true;
  }
}

/** Rows of a slice that are not a stream's next. */
function nPrefillRows({ sequence, from, to }: Slice): number {
  return sequence.isDecoding ? 0 : to - from;
}

/** Rows of a slice that belong to a prompt. */
function nPromptRows({ sequence, from, to }: Slice): number {
  return sequence.isPrefilled ? 0 : to - from;
}
