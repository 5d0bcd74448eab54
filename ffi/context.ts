import { type Pointer, toArrayBuffer } from "bun:ffi";
import type {
  ContextOptions as LoadContextOptions,
  Pooling,
  ThreadOptions,
} from "../src/core/load.ts";
import type { LoraAdapter } from "./adapter.ts";
import type { Batch } from "./batch.ts";
import { type ContextPtr, type MemoryPtr, Owned, type ThreadsPtr } from "./handle.ts";
import { type Model, poolingOf } from "./model.ts";
import {
  cString,
  lastError,
  NativeError,
  native,
  type RawPointer,
  takeText,
  unwrap,
} from "./native.ts";
import {
  restoreStates,
  type SequenceState,
  type StatePart,
  saveStates,
  stateBytes,
} from "./sequence-state.ts";

/** Options of a context, by the shim's names: see `shim_context_init` in hutch-shim.h. */
export interface ContextOptions extends LoadContextOptions {
  /** KV cells in all. */
  n_ctx: number;
  n_batch: number;
  n_ubatch: number;
  n_seq_max: number;
  /** Most rows of one step that ask for logits; 0: any number. */
  n_outputs_max: number;
  /** Most of these rows that belong to one sequence; absent or 0: n_outputs_max. */
  n_outputs_max_per_seq?: number;
  /** 0: as many as llama.cpp's own programs would use. */
  n_threads: number;
  n_threads_batch?: number;
  kv_unified: boolean;
  /** Pooling of embeddings; absent: the model's own. */
  pooling?: Pooling;
  /** Compute embeddings: of each output row, or, with a pooling, of each sequence. */
  embeddings?: boolean;
}

/** Memory of one kind, bytes, by the shim's names: see `shim_memory` in hutch-shim.h. */
export interface Buffers {
  /** Such as "CPU", "CPU_Mapped", "CUDA0". */
  name: string;
  /** It is a GPU's. */
  gpu: boolean;
  model: number;
  context: number;
  compute: number;
}

/** A context: the KV cache of all sequences, and decode. */
export class Context implements Disposable {
  readonly #owned: Owned<ContextPtr>;
  /** Null for encoders, which remember nothing. */
  readonly #memory: MemoryPtr | null;
  /** Draft contexts, which hold the same sequences, and their memories. */
  readonly #followers = new Map<ContextPtr, MemoryPtr>();
  #threads: Owned<ThreadsPtr> | null = null;
  #around = (step: () => number) => step();

  /** @throws NativeError, most often because memory is short */
  constructor(model: Model, options: ContextOptions) {
    const ptr = unwrap<ContextPtr>(
      native().shim.shim_context_init(model.ptr, cString(JSON.stringify(options))),
    );
    this.#owned = new Owned(ptr, "llama_context");
    this.#memory = memoryOf(ptr);
  }

  get ptr(): ContextPtr {
    return this.#owned.ptr;
  }

  /** KV cells in all. */
  get nCtx(): number {
    return native().llama.llama_n_ctx(this.ptr);
  }

  /** What it takes, and its model with it, of each kind of memory. */
  get buffers(): Buffers[] {
    return JSON.parse(takeText(native().shim.shim_memory(this.ptr)));
  }

  /** CPU threads of a step of one row, and of a step of several. */
  get nThreads(): { decode: number; batch: number } {
    const { llama_n_threads, llama_n_threads_batch } = native().llama;
    return { decode: llama_n_threads(this.ptr), batch: llama_n_threads_batch(this.ptr) };
  }

  /** Changes the numbers of threads from the next step on, those of draft contexts too. */
  set nThreads({ decode, batch }: { decode: number; batch: number }) {
    for (const context of [this.ptr, ...this.#followers.keys()]) {
      native().llama.llama_set_n_threads(context, decode, batch);
    }
  }

  /** Runs every step through `around`, which does something before it or after it. */
  wrapSteps(around: (step: () => number) => number): void {
    this.#around = around;
  }

  /** Cells that one sequence may take. */
  get nCtxSeq(): number {
    return native().llama.llama_n_ctx_seq(this.ptr);
  }

  /** False for encoders: each batch is on its own, and no cell can be kept, shared or moved. */
  get hasMemory(): boolean {
    return this.#memory !== null;
  }

  /** How embeddings are pooled here: the model's own way unless the options named another. */
  get pooling(): Pooling {
    return poolingOf(native().llama.llama_pooling_type(this.ptr)) ?? "none";
  }

  /**
   * Runs one step.
   * @returns "no_room" when the KV cache is full: nothing was decoded, so free cells and retry
   * @throws NativeError when the step failed; the batch's sequences are then in an unknown state
   * Source: `llama_decode` in include/llama.h.
   */
  decode(batch: Batch): "done" | "no_room" {
    const { shim_decode } = native().shim;
    const { nTokens, token, pos, seqId, output } = batch;
    const code = this.#around(() => shim_decode(this.ptr, nTokens, token, pos, seqId, output));
    if (code === 0) return "done";
    if (code === 1) return "no_room";
    throw lastError();
  }

  /**
   * Runs one step of a model without a decoder; nothing is kept of it.
   * @throws NativeError when the step failed
   */
  encode(batch: Batch): void {
    const { shim_encode } = native().shim;
    const { nTokens, token, pos, seqId, output } = batch;
    const code = this.#around(() => shim_encode(this.ptr, nTokens, token, pos, seqId, output));
    if (code !== 0) throw lastError();
  }

  /**
   * An empty run, so that the first real one is as fast as the next. Clears the KV cache.
   * @throws NativeError when llama.cpp fails
   */
  warmup(): void {
    if (native().shim.shim_warmup(this.ptr) !== 0) throw lastError();
  }

  /**
   * Gives the context threads of its own: for steps of one token, and for longer ones, which take
   * what `batch` leaves out from `decode`.
   * @throws NativeError when an option is out of range
   */
  setThreads(decode: ThreadOptions, batch: ThreadOptions = {}): void {
    const options = { decode, batch: { ...decode, ...batch } };
    const made = unwrap<ThreadsPtr>(
      native().shim.shim_set_threads(this.ptr, cString(JSON.stringify(options))),
    );
    this.#freeThreads();
    this.#threads = new Owned(made, "shim_threads");
  }

  /** Makes these the LoRA adapters of the following steps. @throws NativeError */
  setAdapters(adapters: readonly { adapter: LoraAdapter; scale: number }[]): void {
    const pointers = new BigUint64Array(Math.max(1, adapters.length));
    const scales = new Float32Array(Math.max(1, adapters.length));
    for (const [i, { adapter, scale }] of adapters.entries()) {
      pointers[i] = BigInt(adapter.ptr);
      scales[i] = scale;
    }
    const code = native().shim.shim_set_loras(this.ptr, adapters.length, pointers, scales);
    if (code !== 0) throw lastError();
  }

  /**
   * Adds these control vectors, scaled, to the layers [first, last] in the following steps; without
   * `layers` to all. None: takes them away.
   * @throws NativeError when a file is no control vector, or is one for another model
   */
  setControlVectors(
    vectors: readonly { path: string; scale: number }[],
    layers?: readonly [first: number, last: number],
  ): void {
    const range = layers ? { first_layer: layers[0], last_layer: layers[1] } : {};
    const options = cString(JSON.stringify({ vectors, ...range }));
    if (native().shim.shim_set_control_vectors(this.ptr, options) !== 0) throw lastError();
  }

  /**
   * Writes the cells of a sequence to a file, with `payload` to describe them. The format is
   * llama-server's.
   * @returns bytes of the file
   * @throws NativeError when it cannot be written
   */
  saveSequence(path: string, seqId: number, payload: Int32Array): number {
    const given = payload.length === 0 ? new Int32Array(1) : payload;
    const nBytes = native().shim.shim_sequence_save(
      this.ptr,
      cString(path),
      seqId,
      given,
      payload.length,
    );
    if (nBytes < 0) throw lastError();
    return Number(nBytes);
  }

  /**
   * Reads the cells of a file into a sequence, instead of what it holds.
   * @param nPayloadMax longest payload to accept
   * @throws NativeError when the file is none, is too long, or is of another model, or when the
   *   cache has no room; the sequence is empty then
   */
  restoreSequence(
    path: string,
    seqId: number,
    nPayloadMax: number,
  ): { payload: Int32Array; nBytes: number } {
    const { shim } = native();
    this.removeCells(seqId, 0);
    const nPayload = Number(shim.shim_sequence_payload_size(cString(path)));
    if (nPayload < 0) throw lastError();
    if (nPayload > nPayloadMax) {
      throw new NativeError(`${path} describes more than fits: ${nPayload} > ${nPayloadMax}`);
    }
    const payload = new Int32Array(Math.max(1, nPayload));
    const nBytes = Number(
      shim.shim_sequence_restore(this.ptr, cString(path), seqId, payload, nPayload),
    );
    if (nBytes < 0) throw lastError();
    return { payload: payload.subarray(0, nPayload), nBytes };
  }

  /** Bytes that `saveState` would copy. */
  stateBytes(seqId: number, part: StatePart): number {
    return stateBytes(this.#contexts(part), seqId, part);
  }

  /** Copies what a sequence holds. */
  saveState(seqId: number, part: StatePart): SequenceState {
    return saveStates(this.#contexts(part), seqId, part);
  }

  /**
   * Gives a sequence what `saveState` copied, in place of what it has.
   * @returns false when the cache has no room; what the sequence holds is then of no use
   */
  restoreState(seqId: number, state: SequenceState, part: StatePart): boolean {
    return restoreStates(this.#contexts(part), seqId, state, part);
  }

  /** Makes the following steps compute embeddings, or logits only. */
  setEmbeddings(on: boolean): void {
    native().llama.llama_set_embeddings(this.ptr, on);
  }

  /**
   * The embedding of batch row `row` of the last step, copied.
   * @param width floats of it: the model's nEmbdOutput
   * @throws NativeError when the row asked for no output, or embeddings are off
   */
  rowEmbedding(row: number, width: number): Float32Array {
    return copyFloats(native().llama.llama_get_embeddings_ith(this.ptr, row), width);
  }

  /**
   * The pooled embedding of a sequence of the last step, copied.
   * @param width floats of it: the model's nEmbdOutput, with rank pooling its nClsOut
   * @throws NativeError when the sequence was not in the step, or nothing is pooled
   */
  sequenceEmbedding(seqId: number, width: number): Float32Array {
    return copyFloats(native().llama.llama_get_embeddings_seq(this.ptr, seqId), width);
  }

  /** True when cells can be given other positions: what a context shift needs. */
  get canMoveCells(): boolean {
    const memory = this.#live;
    return memory !== null && native().llama.llama_memory_can_shift(memory);
  }

  /**
   * Forgets cells [from, to) of a sequence; `to` -1: to its end. @returns false if it cannot be cut
   */
  removeCells(seqId: number, from: number, to = -1): boolean {
    const { llama } = native();
    for (const memory of this.#followers.values()) {
      // What cannot be cut is decoded anew from the next step on.
      if (llama.llama_memory_seq_rm(memory, seqId, from, to)) continue;
      llama.llama_memory_seq_rm(memory, seqId, -1, -1);
    }
    return llama.llama_memory_seq_rm(this.#live, seqId, from, to);
  }

  /**
   * Makes cells [0, to) of `source` also `target`'s; -1: all of them. In a unified cache nothing is
   * copied: a cell then belongs to both.
   */
  shareCells(source: number, target: number, to: number): void {
    for (const memory of this.#memories) {
      native().llama.llama_memory_seq_cp(memory, source, target, 0, to);
    }
  }

  /** Adds `by` to the positions of cells [from, to) of a sequence; `to` -1: to its end. */
  moveCells(seqId: number, from: number, to: number, by: number): void {
    for (const memory of this.#memories) {
      native().llama.llama_memory_seq_add(memory, seqId, from, to, by);
    }
  }

  /** Forgets everything. */
  clear(): void {
    for (const memory of this.#memories) native().llama.llama_memory_clear(memory, true);
  }

  /** Lowest position that the sequence holds whole, -1 when it holds none; above 0 in a window. */
  firstPosition(seqId: number): number {
    return native().llama.llama_memory_seq_pos_min(this.#live, seqId);
  }

  /** Highest position that the sequence holds, -1 when it holds none. */
  lastPosition(seqId: number): number {
    return native().llama.llama_memory_seq_pos_max(this.#live, seqId);
  }

  /** True when the sequence holds no cell, in draft contexts neither. */
  isEmpty(seqId: number): boolean {
    const { llama } = native();
    return this.#memories.every((memory) => llama.llama_memory_seq_pos_max(memory, seqId) < 0);
  }

  /** From now on does to a draft context's cells what is done to these. @returns an end to it */
  leadsCellsOf(draft: ContextPtr): Disposable {
    const memory = memoryOf(draft);
    if (memory !== null) this.#followers.set(draft, memory);
    return { [Symbol.dispose]: () => void this.#followers.delete(draft) };
  }

  [Symbol.dispose](): void {
    const ptr = this.#owned.take();
    if (ptr === null) return;
    native().llama.llama_free(ptr);
    this.#freeThreads();
  }

  #freeThreads(): void {
    const threads = this.#threads?.take() ?? null;
    if (threads !== null) native().shim.shim_threads_free(threads);
  }

  /** The memory, which dies with the context. */
  get #live(): MemoryPtr | null {
    void this.ptr;
    return this.#memory;
  }

  get #memories(): (MemoryPtr | null)[] {
    return [this.#live, ...this.#followers.values()];
  }

  /** Those that a state is of: where it is only a part, draft contexts cut themselves. */
  #contexts(part: StatePart): ContextPtr[] {
    return part === "whole" ? [this.ptr, ...this.#followers.keys()] : [this.ptr];
  }
}

function memoryOf(context: ContextPtr): MemoryPtr | null {
  const memory: RawPointer = native().llama.llama_get_memory(context);
  return memory === null ? null : unwrap<MemoryPtr>(memory);
}

function copyFloats(pointer: RawPointer, n: number): Float32Array {
  if (pointer === null) throw new NativeError("the last step computed no such embedding");
  const nBytes = n * Float32Array.BYTES_PER_ELEMENT;
  return new Float32Array(toArrayBuffer(unwrap<Pointer>(pointer), 0, nBytes)).slice();
}
