import { type Pointer, toArrayBuffer } from "bun:ffi";
import { type LoraPtr, Owned } from "./handle.ts";
import type { Model } from "./model.ts";
import { cString, native, readText, unwrap } from "./native.ts";

/** A LoRA adapter for a model, which must outlive it. */
export class LoraAdapter implements Disposable {
  readonly #owned: Owned<LoraPtr>;

  /** @throws NativeError naming the file when it is no adapter, or one for another model */
  constructor(model: Model, path: string) {
    const ptr = native().shim.shim_lora_load(model.ptr, cString(path));
    this.#owned = new Owned(unwrap<LoraPtr>(ptr), "llama_adapter_lora");
  }

  get ptr(): LoraPtr {
    return this.#owned.ptr;
  }

  /** What it was trained for; "" when the file does not say. */
  get taskName(): string {
    return this.#metaString("adapter.lora.task_name");
  }

  /** What its prompts begin with; "" when the file does not say. */
  get promptPrefix(): string {
    return this.#metaString("adapter.lora.prompt_prefix");
  }

  /** An "activated" LoRA's: it applies from the last of these tokens in a prompt on. Else empty. */
  get invocationTokens(): Int32Array {
    const { llama } = native();
    const n = Number(llama.llama_adapter_get_alora_n_invocation_tokens(this.ptr));
    if (n === 0) return new Int32Array(0);
    const tokens = unwrap<Pointer>(llama.llama_adapter_get_alora_invocation_tokens(this.ptr));
    return new Int32Array(toArrayBuffer(tokens, 0, n * Int32Array.BYTES_PER_ELEMENT)).slice();
  }

  [Symbol.dispose](): void {
    const ptr = this.#owned.take();
    if (ptr !== null) native().llama.llama_adapter_lora_free(ptr);
  }

  #metaString(key: string): string {
    const read = native().llama.llama_adapter_meta_val_str;
    return readText((buffer, size) => read(this.ptr, cString(key), buffer, size)) ?? "";
  }
}
