import type { Pointer } from "bun:ffi";

declare const kind: unique symbol;

/** A native pointer that remembers which C struct it points to: two of them cannot be swapped. */
export type Handle<Struct extends string> = Pointer & { readonly [kind]: Struct };

export type ModelPtr = Handle<"llama_model">;
export type VocabPtr = Handle<"llama_vocab">;
export type ContextPtr = Handle<"llama_context">;
export type MemoryPtr = Handle<"llama_memory_i">;
export type HugePagesPtr = Handle<"shim_huge_pages">;
export type SamplerPtr = Handle<"shim_sampler">;
export type ThreadsPtr = Handle<"shim_threads">;
export type LoraPtr = Handle<"llama_adapter_lora">;
export type QuantizationPtr = Handle<"shim_quantization">;
export type SpeculationPtr = Handle<"shim_speculation">;
export type ChatTemplatesPtr = Handle<"shim_chat_templates">;
export type ChatParserPtr = Handle<"shim_chat_parser">;
export type MtmdPtr = Handle<"mtmd_context">;
export type BitmapPtr = Handle<"mtmd_bitmap">;
export type ChunksPtr = Handle<"mtmd_input_chunks">;
export type ChunkPtr = Handle<"mtmd_input_chunk">;
export type MediaBatchPtr = Handle<"mtmd_batch">;

/** A pointer slot of an owner class: loud after disposal instead of a use-after-free. */
export class Owned<H extends Pointer> {
  #ptr: H | null;
  readonly #what: string;

  constructor(ptr: H, what: string) {
    this.#ptr = ptr;
    this.#what = what;
  }

  /** @throws Error after `take` */
  get ptr(): H {
    if (this.#ptr === null) throw new Error(`${this.#what} used after dispose`);
    return this.#ptr;
  }

  /**
   * The pointer for its one release; null from the second call on, so that dispose is idempotent.
   */
  take(): H | null {
    const ptr = this.#ptr;
    this.#ptr = null;
    return ptr;
  }
}
