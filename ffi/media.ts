import { type Pointer, ptr, toArrayBuffer } from "bun:ffi";
import type { MediaOptions as LoadMediaOptions } from "../src/core/load.ts";
import type { Context } from "./context.ts";
import {
  type BitmapPtr,
  type ChunkPtr,
  type ChunksPtr,
  type MediaBatchPtr,
  type MtmdPtr,
  Owned,
} from "./handle.ts";
import type { Model } from "./model.ts";
import { cString, lastError, NativeError, native, unwrap } from "./native.ts";

/** Options of a projector, by the shim's names: see `shim_mtmd_init` in hutch-shim.h. */
export interface MediaOptions extends Omit<LoadMediaOptions, "marker"> {
  n_threads: number;
  /** Encode an empty picture first, so that the first real one is as fast as the next. */
  warmup?: boolean;
  /** Text that stands for a picture in a prompt. Users' text must not contain it. */
  media_marker: string;
}

/** A stretch of a tokenized prompt: text, or one image's (audio clip's) embeddings. */
export type Chunk =
  | { type: "text"; tokens: Int32Array }
  | {
      type: "media";
      /** SHA-256 of the content: equal pictures have equal ids. */
      id: string;
      /** KV cells that it takes. */
      nTokens: number;
      /** Positions that it takes: fewer than cells under M-RoPE. */
      nPos: number;
      ptr: ChunkPtr;
    };

/** `MTMD_INPUT_CHUNK_TYPE_TEXT`. */
const textChunk = 0;

/** The projector of a model that sees or hears. */
export class MediaContext implements Disposable {
  readonly #owned: Owned<MtmdPtr>;
  readonly #nEmbd: number;
  readonly marker: string;

  /** @throws NativeError when the file is no mmproj for this model */
  constructor(mmprojPath: string, model: Model, options: MediaOptions) {
    this.marker = options.media_marker;
    this.#nEmbd = model.nEmbdInput;
    this.#owned = new Owned(
      unwrap<MtmdPtr>(
        native().shim.shim_mtmd_init(
          cString(mmprojPath),
          model.ptr,
          cString(JSON.stringify(options)),
        ),
      ),
      "mtmd_context",
    );
  }

  get vision(): boolean {
    return native().mtmd.mtmd_support_vision(this.#owned.ptr);
  }

  get audio(): boolean {
    return native().mtmd.mtmd_support_audio(this.#owned.ptr);
  }

  /**
   * Tokenizes a prompt whose n-th marker stands for the n-th of `files` (images, audio as sent).
   * @throws UndecodableMedia for a file that is neither; NativeError when markers and files differ
   */
  tokenize(text: string, files: Uint8Array[], addSpecial: boolean): MediaPrompt {
    using bitmaps = new DisposableStack();
    const pointers = new BigUint64Array(Math.max(1, files.length));
    for (const [i, file] of files.entries()) {
      const bitmap = this.#decodeFile(file, i);
      bitmaps.defer(() => native().mtmd.mtmd_bitmap_free(bitmap));
      pointers[i] = BigInt(bitmap);
    }
    const bytes = new TextEncoder().encode(text);
    const chunks = unwrap<ChunksPtr>(native().mtmd.mtmd_input_chunks_init());
    const prompt = new MediaPrompt(chunks);
    const code = native().shim.shim_mtmd_tokenize(
      this.#owned.ptr,
      chunks,
      bytes.length === 0 ? cString("") : bytes,
      bytes.length,
      addSpecial,
      pointers,
      files.length,
    );
    if (code === 0) return prompt;
    prompt[Symbol.dispose]();
    throw lastError();
  }

  /** Runs the encoder over one media chunk. Blocks. @returns a copy, shape [nTokens × nEmbd] */
  encode(chunk: ChunkPtr, nTokens: number): Float32Array {
    const [embeddings = new Float32Array(0)] = this.encodeTogether([{ ptr: chunk, nTokens }]);
    return embeddings;
  }

  /**
   * Runs the encoder once over the first of some media chunks, and over those that follow it for as
   * long as they are of its size and `batch_max_tokens` allows. Blocks.
   * @returns copies, shape [nTokens × nEmbd] each: one at least, but for no chunks
   * @throws NativeError when the encoder fails
   */
  encodeTogether(chunks: readonly { ptr: ChunkPtr; nTokens: number }[]): Float32Array[] {
    if (chunks.length === 0) return [];
    const { mtmd } = native();
    const batch = unwrap<MediaBatchPtr>(mtmd.mtmd_batch_init(this.#owned.ptr));
    try {
      const isLeftOut = ({ ptr }: { ptr: ChunkPtr }) => mtmd.mtmd_batch_add_chunk(batch, ptr) !== 0;
      const nTaken = chunks.findIndex(isLeftOut);
      const taken = nTaken < 0 ? chunks : chunks.slice(0, nTaken);
      if (taken.length === 0 || mtmd.mtmd_batch_encode(batch) !== 0) {
        throw new NativeError("libmtmd cannot encode the image");
      }
      return taken.map(({ ptr, nTokens }) => {
        const embeddings = unwrap<Pointer>(mtmd.mtmd_batch_get_output_embd(batch, ptr));
        const nBytes = nTokens * this.#nEmbd * Float32Array.BYTES_PER_ELEMENT;
        return new Float32Array(toArrayBuffer(embeddings, 0, nBytes)).slice();
      });
    } finally {
      mtmd.mtmd_batch_free(batch);
    }
  }

  /**
   * Decodes an encoded chunk into a sequence from position `pos` on, in steps of `nBatch` rows.
   * @returns "no_room" when the KV cache is full; some of its cells may have been written
   * Source: `mtmd_helper_decode_image_chunk` in mtmd-helper.h.
   */
  decode(
    context: Context,
    chunk: ChunkPtr,
    embeddings: Float32Array,
    at: { pos: number; seqId: number; nBatch: number },
  ): "done" | "no_room" {
    const newPos = new Int32Array(1);
    const code = native().mtmd.mtmd_helper_decode_image_chunk(
      this.#owned.ptr,
      context.ptr,
      chunk,
      ptr(embeddings),
      at.pos,
      at.seqId,
      at.nBatch,
      newPos,
      null,
      null,
    );
    if (code === 0) return "done";
    if (code === 1) return "no_room";
    throw new NativeError(`llama.cpp cannot decode the image (code ${code})`);
  }

  [Symbol.dispose](): void {
    const mtmd = this.#owned.take();
    if (mtmd !== null) native().mtmd.mtmd_free(mtmd);
  }

  #decodeFile(file: Uint8Array, index: number): BitmapPtr {
    const { shim } = native();
    const bitmap = shim.shim_bitmap_from_bytes(this.#owned.ptr, given(file), file.length);
    if (bitmap === null) throw new UndecodableMedia(index);
    return unwrap<BitmapPtr>(bitmap);
  }
}

/** How large a file is once it is decoded; zeros for what it is not. */
export interface MediaSize {
  /** Pixels. */
  width: number;
  height: number;
  seconds: number;
}

/**
 * What a picture or sound file promises, by libmtmd's own parsers. Nothing is decoded.
 */
export function mediaSize(file: Uint8Array): MediaSize {
  const size = new Float64Array(3);
  native().shim.shim_media_size(given(file), file.length, size);
  const [width = 0, height = 0, seconds = 0] = size;
  return { width, height, seconds };
}

/** bun:ffi passes no pointer for an empty array. */
function given(file: Uint8Array): Uint8Array {
  return file.length === 0 ? cString("") : file;
}

/** File number `index` of a request is no image or audio that libmtmd can decode. */
export class UndecodableMedia extends NativeError {
  override name = "UndecodableMedia";
  readonly index: number;

  constructor(index: number) {
    super(`media file ${index} cannot be decoded`);
    this.index = index;
  }
}

/** A prompt in chunks. The media chunks' pointers live as long as this does. */
export class MediaPrompt implements Disposable {
  readonly #owned: Owned<ChunksPtr>;

  constructor(chunks: ChunksPtr) {
    this.#owned = new Owned(chunks, "mtmd_input_chunks");
  }

  get chunks(): Chunk[] {
    const { mtmd } = native();
    const n = Number(mtmd.mtmd_input_chunks_size(this.#owned.ptr));
    return Array.from({ length: n }, (_, i) =>
      describe(unwrap<ChunkPtr>(mtmd.mtmd_input_chunks_get(this.#owned.ptr, i))),
    );
  }

  [Symbol.dispose](): void {
    const chunks = this.#owned.take();
    if (chunks !== null) native().mtmd.mtmd_input_chunks_free(chunks);
  }
}

function describe(chunk: ChunkPtr): Chunk {
  const { mtmd } = native();
  if (mtmd.mtmd_input_chunk_get_type(chunk) === textChunk) {
    const n = new BigUint64Array(1);
    const tokens = mtmd.mtmd_input_chunk_get_tokens_text(chunk, n);
    if (tokens === null || n[0] === 0n) return { type: "text", tokens: new Int32Array(0) };
    const nBytes = Number(n[0]) * Int32Array.BYTES_PER_ELEMENT;
    return { type: "text", tokens: new Int32Array(toArrayBuffer(tokens, 0, nBytes)).slice() };
  }
  return {
    type: "media",
    id: String(mtmd.mtmd_input_chunk_get_id(chunk)),
    nTokens: Number(mtmd.mtmd_input_chunk_get_n_tokens(chunk)),
    nPos: mtmd.mtmd_input_chunk_get_n_pos(chunk),
    ptr: chunk,
  };
}
