import { JSCallback } from "bun:ffi";
import { type ModelPtr, Owned, type VocabPtr } from "./handle.ts";
import { cString, NativeError, native, unwrap } from "./native.ts";

/** Options of a model load, by the shim's names: see `shim_model_load` in hutch-shim.h. */
export interface ModelOptions {
  n_gpu_layers?: number;
  vocab_only?: boolean;
  check_tensors?: boolean;
  load_mode?: "auto" | "none" | "mmap" | "mlock" | "mmap+mlock" | "dio";
}

/**
 * Longest text that a token stands for in the first attempt, bytes. Longer ones are asked for
 * again.
 */
const pieceBytes = 256;
/** Longest model description, bytes. */
const descriptionBytes = 256;

/** A loaded GGUF model and its vocabulary. */
export class Model implements Disposable {
  readonly #owned: Owned<ModelPtr>;
  readonly #vocab: VocabPtr;
  #piece = new Uint8Array(pieceBytes);
  #longestTokenBytes: number | null = null;

  private constructor(ptr: ModelPtr) {
    this.#owned = new Owned(ptr, "llama_model");
    this.#vocab = unwrap<VocabPtr>(native().llama.llama_model_get_vocab(ptr));
  }

  /**
   * Loads a GGUF file, telling `onProgress` a fraction from 0 to 1 on the way. Blocks.
   * @throws NativeError with llama.cpp's own explanation
   */
  static load(path: string, options: ModelOptions, onProgress: (fraction: number) => void): Model {
    using progress = callback(onProgress);
    return new Model(
      unwrap<ModelPtr>(
        native().shim.shim_model_load(
          cString(path),
          cString(JSON.stringify(options)),
          progress.ptr ?? null,
          null,
        ),
      ),
    );
  }

  get ptr(): ModelPtr {
    return this.#owned.ptr;
  }

  /** Context length that the model was trained with, tokens. */
  get nCtxTrain(): number {
    return native().llama.llama_model_n_ctx_train(this.ptr);
  }

  get nVocab(): number {
    return native().llama.llama_vocab_n_tokens(this.#live);
  }

  get nEmbd(): number {
    return native().llama.llama_model_n_embd(this.ptr);
  }

  /** Width of one input embedding, floats. */
  get nEmbdInput(): number {
    return native().llama.llama_model_n_embd_inp(this.ptr);
  }

  get nParams(): number {
    return Number(native().llama.llama_model_n_params(this.ptr));
  }

  /** Such as "llama 3B Q8_0". */
  get description(): string {
    const buffer = new Uint8Array(descriptionBytes);
    native().llama.llama_model_desc(this.ptr, buffer, buffer.length);
    return new TextDecoder().decode(buffer.subarray(0, buffer.indexOf(0)));
  }

  /** Bytes that K and V of one cell take over all layers at 2 bytes a value; an upper estimate. */
  get kvBytesPerCell(): number {
    const { llama } = native();
    const nHead = Math.max(1, llama.llama_model_n_head(this.ptr));
    const nHeadKv = Math.max(1, llama.llama_model_n_head_kv(this.ptr));
    const kvWidth = Math.ceil((this.nEmbd / nHead) * nHeadKv);
    return 2 * 2 * kvWidth * llama.llama_model_n_layer(this.ptr);
  }

  /**
   * True when cells can be dropped from the middle or end of a sequence: not for recurrent state.
   */
  get canCutSequences(): boolean {
    const { llama } = native();
    return !llama.llama_model_is_recurrent(this.ptr) && !llama.llama_model_is_hybrid(this.ptr);
  }

  /** True when some layers attend to a sliding window only. */
  get hasSlidingWindow(): boolean {
    return native().llama.llama_model_n_swa(this.ptr) > 0;
  }

  /** True for models that write text token by token: neither encoder-only nor diffusion. */
  get canGenerate(): boolean {
    const { llama } = native();
    return (
      llama.llama_model_has_decoder(this.ptr) &&
      !llama.llama_model_has_encoder(this.ptr) &&
      !llama.llama_model_is_diffusion(this.ptr)
    );
  }

  /**
   * The tokens of `text`, shape [n].
   * @param addSpecial add BOS / EOS where the model wants them
   * @param parseSpecial read "<|im_end|>" and the like as the special tokens that they name
   */
  tokenize(text: string, addSpecial: boolean, parseSpecial: boolean): Int32Array {
    const bytes = new TextEncoder().encode(text);
    // A token stands for at least one byte, but for the special ones that may be added.
    let tokens = new Int32Array(bytes.length + 2);
    for (;;) {
      const n = native().llama.llama_tokenize(
        this.#live,
        bytes.length === 0 ? cString("") : bytes,
        bytes.length,
        tokens,
        tokens.length,
        addSpecial,
        parseSpecial,
      );
      if (n >= 0) return tokens.subarray(0, n);
      if (n === -0x80000000) throw new NativeError("text is too long to tokenize");
      tokens = new Int32Array(-n);
    }
  }

  /**
   * The bytes that `token` stands for: a view that the next call overwrites. May be half a
   * character.
   */
  pieceView(token: number, special: boolean): Uint8Array {
    const { llama } = native();
    const write = () =>
      llama.llama_token_to_piece(this.#live, token, this.#piece, this.#piece.length, 0, special);
    let n = write();
    if (n < 0) {
      this.#piece = new Uint8Array(-n);
      n = write();
    }
    return this.#piece.subarray(0, n);
  }

  /** Bytes of the longest text that one token stands for. Asks for every token the first time. */
  get longestTokenBytes(): number {
    if (this.#longestTokenBytes === null) {
      let longest = 1;
      for (let token = 0; token < this.nVocab; token++) {
        longest = Math.max(longest, this.pieceView(token, true).length);
      }
      this.#longestTokenBytes = longest;
    }
    return this.#longestTokenBytes;
  }

  /** True for tokens that end a generation (EOS, EOT, …). */
  isEog(token: number): boolean {
    return native().llama.llama_vocab_is_eog(this.#live, token);
  }

  [Symbol.dispose](): void {
    const ptr = this.#owned.take();
    if (ptr !== null) native().llama.llama_model_free(ptr);
  }

  /** The vocabulary, which dies with the model. */
  get #live(): VocabPtr {
    void this.ptr;
    return this.#vocab;
  }
}

function callback(onProgress: (fraction: number) => void): JSCallback & Disposable {
  const made = new JSCallback(
    (fraction: number) => {
      onProgress(fraction);
      return true;
    },
    { args: ["f32", "ptr"], returns: "bool" },
  );
  return Object.assign(made, { [Symbol.dispose]: () => made.close() });
}
