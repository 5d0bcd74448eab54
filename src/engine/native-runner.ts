import type { Batch } from "../../ffi/batch.ts";
import type { Context } from "../../ffi/context.ts";
import type { MediaContext } from "../../ffi/media.ts";
import type { Model } from "../../ffi/model.ts";
import { AppError } from "../core/errors.ts";
import { EmbeddingCache } from "./embedding-cache.ts";
import type { Runner } from "./scheduler.ts";
import type { PreparedRequest } from "./sequence.ts";
import type { MediaSpan } from "./tokens.ts";

/**
 * Most memory for encoded images, bytes. The same picture asked about again is not encoded again.
 */
const embeddingsBytesMax = 256 * 1024 * 1024;

/** The scheduler's runner over libllama and libmtmd. Owns nothing that it is given. */
export class NativeRunner implements Runner {
  readonly nBatch: number;
  readonly nCells: number;
  readonly nSeqMax: number;
  readonly canCut: boolean;
  readonly #model: Model;
  readonly #context: Context;
  readonly #media: MediaContext | null;
  readonly #encoded = new EmbeddingCache(embeddingsBytesMax);

  constructor(
    model: Model,
    context: Context,
    media: MediaContext | null,
    sizes: { nBatch: number; nSeqMax: number },
  ) {
    this.#model = model;
    this.#context = context;
    this.#media = media;
    this.nBatch = sizes.nBatch;
    this.nSeqMax = sizes.nSeqMax;
    this.nCells = context.nCtx;
    this.canCut = model.canCutSequences;
  }

  decode(batch: Batch): "done" | "no_room" {
    return this.#context.decode(batch);
  }

  decodeMedia({ chunk }: MediaSpan, pos: number, seqId: number): "done" | "no_room" {
    const media = this.#media;
    if (!media) throw new AppError("unsupported", "this model cannot see pictures");
    const embeddings = this.#encoded.get(chunk.id, () => media.encode(chunk.ptr, chunk.nTokens));
    return media.decode(this.#context, chunk.ptr, embeddings, { pos, seqId, nBatch: this.nBatch });
  }

  removeCells(seqId: number, from: number): void {
    // A recurrent state cannot be cut; then the whole row goes, which never fails.
    if (!this.#context.removeCells(seqId, from)) this.#context.removeCells(seqId, 0);
  }

  shareCells(source: number, target: number, to: number): void {
    this.#context.shareCells(source, target, to);
  }

  isEog(token: number): boolean {
    return this.#model.isEog(token);
  }

  pieceView(token: number, request: PreparedRequest): Uint8Array {
    return this.#model.pieceView(token, request.shownSpecials.has(token));
  }
}
