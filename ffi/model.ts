import { JSCallback } from "bun:ffi";
import type { ModelOptions, Pooling } from "../src/core/load.ts";
import { type ModelPtr, Owned, type VocabPtr } from "./handle.ts";
import { cString, NativeError, native, readText, takeText, unwrap } from "./native.ts";
import { checkRuns, splitsRecursively } from "./text-runs.ts";

/**
 * Longest text that a token stands for in the first attempt, bytes. Longer ones are asked for
 * again.
 */
const pieceBytes = 256;
/** Room for the text of one token among many in the first attempt, bytes. */
const bytesPerToken = 8;
/** Longest model description, bytes. */
const descriptionBytes = 256;

/** `enum llama_pooling_type`; -1, unspecified, is none of them. */
const poolings: readonly Pooling[] = ["none", "mean", "cls", "last", "rank"];

/** The pooling that llama.cpp numbers so, or null for a number that stands for none. */
export function poolingOf(id: number): Pooling | null {
  return poolings[id] ?? null;
}

/** Tokens that mark the parts of a fill-in-the-middle prompt; -1 where the model has none. */
export interface FimTokens {
  pre: number;
  suf: number;
  mid: number;
  rep: number;
  sep: number;
  pad: number;
}

/** A loaded GGUF model and its vocabulary. */
export class Model implements Disposable {
  readonly #owned: Owned<ModelPtr>;
  readonly #vocab: VocabPtr;
  #piece = new Uint8Array(pieceBytes);
  #longestTokenBytes: number | null = null;
  #splitsRecursively: boolean | null = null;

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

  /**
   * The options to load it with instead, so that it fits what its devices have free: layers and
   * tensors as llama.cpp itself chooses them. They are the same where all of it fits, and where
   * nothing that llama.cpp knows would make it fit.
   * @param context options of the context that it is to have
   * @param margins bytes to leave free of each device; the last counts for all that follow
   * @throws NativeError when the file cannot be read
   */
  static fitted(
    path: string,
    options: ModelOptions,
    context: object,
    margins: readonly number[],
  ): ModelOptions {
    const json = (value: unknown) => cString(JSON.stringify(value));
    const { shim } = native();
    const changed = shim.shim_fit(cString(path), json(options), json(context), json(margins));
    return { ...options, ...JSON.parse(takeText(changed)) };
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

  /** Width of one output embedding, floats. */
  get nEmbdOutput(): number {
    return native().llama.llama_model_n_embd_out(this.ptr);
  }

  get nLayer(): number {
    return native().llama.llama_model_n_layer(this.ptr);
  }

  /** Scores that a classifier (a reranker) gives, 1 unless the file says more. */
  get nClsOut(): number {
    return native().llama.llama_model_n_cls_out(this.ptr);
  }

  /** Bytes of all tensors. */
  get nBytes(): number {
    return Number(native().llama.llama_model_size(this.ptr));
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

  /** Such as "Q8_0", "Q4_K - Medium", "all F32"; "(guessed) …" when the file does not say. */
  get fileType(): string {
    const { llama } = native();
    return String(llama.llama_ftype_name(llama.llama_model_ftype(this.ptr)));
  }

  /** `enum llama_vocab_type`; 0: the model has no vocabulary. */
  get vocabType(): number {
    return native().llama.llama_vocab_type(this.#live);
  }

  /** The value of a metadata key as text; null when it is not there or is an array. */
  metaString(key: string): string | null {
    return readText((buffer, size) =>
      native().llama.llama_model_meta_val_str(this.ptr, cString(key), buffer, size),
    );
  }

  /** The pooling of embeddings that the file itself asks for, if any. */
  get ownPooling(): Pooling | null {
    const id = this.#archString("pooling_type");
    return id === null ? null : poolingOf(Number(id));
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

  /** Tokens that layers with a sliding window look back at; 0: no layer has one. */
  get nWindow(): number {
    return native().llama.llama_model_n_swa(this.ptr);
  }

  get hasEncoder(): boolean {
    return native().llama.llama_model_has_encoder(this.ptr);
  }

  get hasDecoder(): boolean {
    return native().llama.llama_model_has_decoder(this.ptr);
  }

  /** True for models that write text token by token: neither encoders nor diffusion. */
  get canGenerate(): boolean {
    const isDiffusion = native().llama.llama_model_is_diffusion(this.ptr);
    // For llama.cpp BERT is a decoder; what tells it apart is that its tokens look ahead.
    const looksAhead = this.#archString("attention.causal") === "false";
    return this.hasDecoder && !this.hasEncoder && !isDiffusion && !looksAhead;
  }

  /**
   * The tokens of `text`, shape [n].
   * @param addSpecial add BOS / EOS where the model wants them
   * @param parseSpecial read "<|im_end|>" and the like as the special tokens that they name
   */
  tokenize(text: string, addSpecial: boolean, parseSpecial: boolean): Int32Array {
    this.#splitsRecursively ??= splitsRecursively(
      this.metaString("tokenizer.ggml.model"),
      this.metaString("tokenizer.ggml.pre"),
    );
    if (this.#splitsRecursively) checkRuns(text);
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

  /**
   * The text of whole stretches of tokens, as a prompt reads: the space that some vocabularies put
   * in front is gone again. Broken UTF-8 becomes U+FFFD.
   * Source: `llama_detokenize`.
   */
  detokenize(tokens: ArrayLike<number>, showSpecial: boolean): string {
    const given = Int32Array.from(tokens);
    if (given.length === 0) return "";
    const write = (buffer: Uint8Array) =>
      native().llama.llama_detokenize(
        this.#live,
        given,
        given.length,
        buffer,
        buffer.length,
        false,
        showSpecial,
      );
    let buffer = new Uint8Array(given.length * bytesPerToken);
    let n = write(buffer);
    if (n < 0) {
      buffer = new Uint8Array(-n);
      n = write(buffer);
    }
    return new TextDecoder().decode(buffer.subarray(0, n));
  }

  /** The pieces of single tokens one after another: as `detokenize`, but no space is removed. */
  joinPieces(tokens: ArrayLike<number>, showSpecial: boolean): string {
    const decoder = new TextDecoder();
    let text = "";
    for (const token of Array.from(tokens)) {
      text += decoder.decode(this.pieceView(token, showSpecial), { stream: true });
    }
    return text + decoder.decode();
  }

  /** Special tokens; -1 where the vocabulary has none. */
  get bos(): number {
    return native().llama.llama_vocab_bos(this.#live);
  }

  get eos(): number {
    return native().llama.llama_vocab_eos(this.#live);
  }

  get sep(): number {
    return native().llama.llama_vocab_sep(this.#live);
  }

  get mask(): number {
    return native().llama.llama_vocab_mask(this.#live);
  }

  /** True when `tokenize` puts BOS first if asked for special tokens. */
  get addsBos(): boolean {
    return native().llama.llama_vocab_get_add_bos(this.#live);
  }

  get addsEos(): boolean {
    return native().llama.llama_vocab_get_add_eos(this.#live);
  }

  /** True when two texts in one prompt, as rerankers read them, have SEP between them. */
  get addsSep(): boolean {
    return native().llama.llama_vocab_get_add_sep(this.#live);
  }

  get fim(): FimTokens {
    const { llama } = native();
    return {
      pre: llama.llama_vocab_fim_pre(this.#live),
      suf: llama.llama_vocab_fim_suf(this.#live),
      mid: llama.llama_vocab_fim_mid(this.#live),
      rep: llama.llama_vocab_fim_rep(this.#live),
      sep: llama.llama_vocab_fim_sep(this.#live),
      pad: llama.llama_vocab_fim_pad(this.#live),
    };
  }

  /** True for tokens that end a generation (EOS, EOT, …). */
  isEog(token: number): boolean {
    return native().llama.llama_vocab_is_eog(this.#live, token);
  }

  [Symbol.dispose](): void {
    const ptr = this.#owned.take();
    if (ptr !== null) native().llama.llama_model_free(ptr);
  }

  /** The value of a metadata key whose name begins with the architecture's. */
  #archString(key: string): string | null {
    return this.metaString(`${this.metaString("general.architecture")}.${key}`);
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
