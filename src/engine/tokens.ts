import type { ChunkPtr } from "../../ffi/handle.ts";
import type { Chunk } from "../../ffi/media.ts";

/** An image (or audio clip) inside a sequence. */
export interface MediaSpan {
  /** Index of its first cell among the sequence's tokens. */
  start: number;
  chunk: Omit<Extract<Chunk, { type: "media" }>, "type" | "ptr"> & {
    /** Lives as long as the request; null when it came from a file, without its content. */
    ptr: ChunkPtr | null;
  };
  /** What a file keeps of it. Known once the request has ended. */
  saved?: Uint8Array;
}

/** Gives every media content its own negative number, so that token lists compare as numbers. */
export class MediaKeys {
  readonly #keys = new Map<string, number>();

  keyOf(id: string): number {
    const known = this.#keys.get(id);
    if (known !== undefined) return known;
    const key = -1 - this.#keys.size;
    this.#keys.set(id, key);
    return key;
  }
}

/**
 * What a sequence consists of, one entry per KV cell: a token, or a cell of a media span.
 *
 * keys: [0, nPrompt)    the prompt; a media span repeats its content's negative key
 *       [nPrompt, end)  sampled tokens
 */
export class TokenList {
  readonly keys: number[] = [];
  readonly media: MediaSpan[] = [];

  static fromTokens(tokens: Iterable<number>): TokenList {
    const list = new TokenList();
    for (const token of tokens) list.keys.push(token);
    return list;
  }

  static fromChunks(chunks: Chunk[], mediaKeys: MediaKeys): TokenList {
    const list = new TokenList();
    for (const chunk of chunks) {
      if (chunk.type === "text") {
        for (const token of chunk.tokens) list.keys.push(token);
        continue;
      }
      list.media.push({ start: list.keys.length, chunk });
      const key = mediaKeys.keyOf(chunk.id);
      for (let i = 0; i < chunk.nTokens; i++) list.keys.push(key);
    }
    return list;
  }

  get length(): number {
    return this.keys.length;
  }

  /** Adds `other` at the end. */
  append(other: TokenList): void {
    const nBefore = this.length;
    for (const { start, chunk } of other.media) this.media.push({ start: start + nBefore, chunk });
    for (const key of other.keys) this.keys.push(key);
  }

  /** The text tokens, media left out. */
  get textTokens(): Int32Array {
    return this.textBetween(0, this.length);
  }

  /** The text tokens of [from, to), media left out. */
  textBetween(from: number, to: number): Int32Array {
    return Int32Array.from(this.keys.slice(from, to).filter((key) => key >= 0));
  }

  /**
   * Position of cell `index` in the model's eyes: a media span may take fewer positions than cells.
   */
  positionOf(index: number): number {
    let position = index;
    for (const { start, chunk } of this.media) {
      if (start + chunk.nTokens > index) break;
      position -= chunk.nTokens - chunk.nPos;
    }
    return position;
  }

  /** The media span that begins at `index`. */
  mediaAt(index: number): MediaSpan | undefined {
    return this.media.find((span) => span.start === index);
  }

  /** Index of the next media span's first cell at or after `index`; the end when there is none. */
  nextMediaStart(index: number): number {
    return this.media.find((span) => span.start >= index)?.start ?? this.length;
  }

  /**
   * Cells that `this` and the first `nOther` cells of `other` have in common from the start on.
   * A media span is shared whole or not at all.
   */
  commonPrefix(other: TokenList, nOther: number): number {
    const n = Math.min(this.length, nOther);
    let shared = 0;
    while (shared < n && this.keys[shared] === other.keys[shared]) shared++;
    return this.wholeCells(shared);
  }

  /** `n`, or where the media span begins that `n` would cut. */
  wholeCells(n: number): number {
    for (const { start, chunk } of this.media) {
      if (start < n && start + chunk.nTokens > n) return start;
    }
    return n;
  }

  /** Takes out `n` tokens from `start` on. Not for lists with media. */
  drop(start: number, n: number): void {
    this.keys.splice(start, n);
  }
}
