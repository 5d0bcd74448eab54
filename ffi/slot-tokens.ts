import type { ChunkPtr } from "./handle.ts";
import { NativeError, native, unwrap } from "./native.ts";

/** A picture (audio clip) of a saved sequence: what is known of it without its content. */
export interface SavedMedia {
  /** Index of its first cell. */
  start: number;
  /** libmtmd's own form of it. */
  saved: Uint8Array;
}

/** A restored picture. It can be compared, shared and saved again, but not encoded. */
export interface RestoredMedia extends SavedMedia {
  id: string;
  nTokens: number;
  nPos: number;
}

/** What such a payload begins with; a payload of tokens alone has a token there. */
const marker = -1;
const version = 1;

/**
 * What is to be kept of a media chunk, so that its sequence can be saved when the chunk is gone.
 * Source: `mtmd_input_chunk_save` in mtmd.h.
 */
export function saveChunk(chunk: ChunkPtr): Uint8Array {
  const { mtmd } = native();
  const size = new BigUint64Array(1);
  const ok = mtmd.mtmd_input_chunk_save(chunk, null, 0, size) === 0;
  const saved = new Uint8Array(Number(size[0]));
  if (!ok || mtmd.mtmd_input_chunk_save(chunk, saved, saved.length, null) !== 0) {
    throw new NativeError("libmtmd cannot save the picture");
  }
  return saved;
}

/**
 * The payload of a slot file, as llama-server writes it:
 *
 *   -1, version, n, n tokens (-1 in cells of media), m, m media starts, then for each medium its
 *   bytes' number and the bytes; zeros up to a whole word
 *
 * @param keys one per cell; any negative one stands for media
 */
export function packTokens(keys: ArrayLike<number>, media: readonly SavedMedia[]): Int32Array {
  const nBytes = media.reduce((n, { saved }) => n + 4 + saved.length, 0);
  const nWords = 4 + keys.length + media.length + Math.ceil(nBytes / 4);
  const payload = new Int32Array(nWords);
  payload.set([marker, version, keys.length]);
  for (let i = 0; i < keys.length; i++) payload[3 + i] = Math.max(-1, keys[i] ?? -1);
  let at = 3 + keys.length;
  payload[at++] = media.length;
  for (const { start } of media) payload[at++] = start;
  const view = new DataView(payload.buffer);
  let byte = at * 4;
  for (const { saved } of media) {
    view.setUint32(byte, saved.length, true);
    new Uint8Array(payload.buffer).set(saved, byte + 4);
    byte += 4 + saved.length;
  }
  return payload;
}

/** Reads `packTokens`' form, or tokens alone. @throws NativeError when it is neither */
export function unpackTokens(payload: Int32Array): { keys: Int32Array; media: RestoredMedia[] } {
  if (payload[0] !== marker) return { keys: payload.slice(), media: [] };
  const reader = new Reader(payload);
  reader.word();
  if (reader.word() !== version) throw new NativeError("the slot file has an unknown version");
  const keys = Int32Array.from(reader.words());
  const starts = reader.words();
  const media = starts.map((start) => restore(start, reader.bytes()));
  for (const { start, nTokens } of media) {
    const isThere = start >= 0 && start + nTokens <= keys.length;
    if (!isThere) throw new NativeError("the slot file has a picture outside its tokens");
  }
  return { keys, media };
}

function restore(start: number, saved: Uint8Array): RestoredMedia {
  const { mtmd } = native();
  const loaded = saved.length === 0 ? null : mtmd.mtmd_input_chunk_load(saved, saved.length);
  if (loaded === null)
    throw new NativeError("the slot file has a picture that libmtmd cannot read");
  const chunk = unwrap<ChunkPtr>(loaded);
  try {
    const id = String(mtmd.mtmd_input_chunk_get_id(chunk));
    const nTokens = Number(mtmd.mtmd_input_chunk_get_n_tokens(chunk));
    return { start, saved, id, nTokens, nPos: mtmd.mtmd_input_chunk_get_n_pos(chunk) };
  } finally {
    mtmd.mtmd_input_chunk_free(chunk);
  }
}

/** Takes a payload apart; lengths come from a file and are not believed. */
class Reader {
  readonly #view: DataView;
  #at = 0;

  constructor({ buffer, byteOffset, byteLength }: Int32Array) {
    this.#view = new DataView(buffer, byteOffset, byteLength);
  }

  word(): number {
    return this.#view.getInt32(this.#take(4), true);
  }

  words(): number[] {
    const n = this.word() >>> 0;
    const start = this.#take(n * 4);
    return Array.from({ length: n }, (_, i) => this.#view.getInt32(start + i * 4, true));
  }

  bytes(): Uint8Array {
    const n = this.word() >>> 0;
    const start = this.#take(n);
    return new Uint8Array(this.#view.buffer, this.#view.byteOffset + start, n).slice();
  }

  #take(n: number): number {
    if (this.#at + n > this.#view.byteLength) throw new NativeError("the slot file ends too early");
    this.#at += n;
    return this.#at - n;
  }
}
