import type { Batch } from "./batch.ts";
import { type ContextPtr, type MemoryPtr, Owned } from "./handle.ts";
import type { Model } from "./model.ts";
import { cString, lastError, native, unwrap } from "./native.ts";

/** Options of a context, by the shim's names: see `shim_context_init` in hutch-shim.h. */
export interface ContextOptions {
  /** KV cells in all. */
  n_ctx: number;
  n_batch: number;
  n_ubatch: number;
  n_seq_max: number;
  /** Most rows of one step that ask for logits. */
  n_outputs_max: number;
  /** 0: as many as llama.cpp's own programs would use. */
  n_threads: number;
  kv_unified: boolean;
  swa_full: boolean;
}

/** A context: the KV cache of all sequences, and decode. */
export class Context implements Disposable {
  readonly #owned: Owned<ContextPtr>;
  readonly #memory: MemoryPtr;

  /** @throws NativeError, most often because memory is short */
  constructor(model: Model, options: ContextOptions) {
    const ptr = unwrap<ContextPtr>(
      native().shim.shim_context_init(model.ptr, cString(JSON.stringify(options))),
    );
    this.#owned = new Owned(ptr, "llama_context");
    this.#memory = unwrap<MemoryPtr>(native().llama.llama_get_memory(ptr));
  }

  get ptr(): ContextPtr {
    return this.#owned.ptr;
  }

  /** KV cells in all. */
  get nCtx(): number {
    return native().llama.llama_n_ctx(this.ptr);
  }

  /**
   * Runs one step.
   * @returns "no_room" when the KV cache is full: nothing was decoded, so free cells and retry
   * @throws NativeError when the step failed; the batch's sequences are then in an unknown state
   * Source: `llama_decode` in include/llama.h.
   */
  decode(batch: Batch): "done" | "no_room" {
    const code = native().shim.shim_decode(
      this.ptr,
      batch.nTokens,
      batch.token,
      batch.pos,
      batch.seqId,
      batch.output,
    );
    if (code === 0) return "done";
    if (code === 1) return "no_room";
    throw lastError();
  }

  /**
   * Forgets cells [from, to) of a sequence; `to` -1: to its end. @returns false if it cannot be cut
   */
  removeCells(seqId: number, from: number, to = -1): boolean {
    return native().llama.llama_memory_seq_rm(this.#live, seqId, from, to);
  }

  /**
   * Makes cells [0, to) of `source` also `target`'s; -1: all of them. In a unified cache nothing is
   * copied: a cell then belongs to both.
   */
  shareCells(source: number, target: number, to: number): void {
    native().llama.llama_memory_seq_cp(this.#live, source, target, 0, to);
  }

  /** Highest position that the sequence holds, -1 when it holds none. */
  lastPosition(seqId: number): number {
    return native().llama.llama_memory_seq_pos_max(this.#live, seqId);
  }

  [Symbol.dispose](): void {
    const ptr = this.#owned.take();
    if (ptr !== null) native().llama.llama_free(ptr);
  }

  /** The memory, which dies with the context. */
  get #live(): MemoryPtr {
    void this.ptr;
    return this.#memory;
  }
}
