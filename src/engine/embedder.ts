import { Batch } from "../../ffi/batch.ts";
import type { Context } from "../../ffi/context.ts";
import { AppError } from "../core/errors.ts";
import type { Pooling } from "../core/load.ts";
import { EmbeddingSteps } from "./embedding-steps.ts";
import { nFitting } from "./packing.ts";
import { type EmbeddingMode, pool } from "./pooling.ts";
import type { Runner } from "./runner.ts";
import type { TokenList } from "./tokens.ts";

/** What of a context embeddings are computed with. */
export type EmbeddingContext = Pick<
  Context,
  "decode" | "encode" | "hasMemory" | "rowEmbedding" | "sequenceEmbedding" | "setEmbeddings"
>;

/** Longest that a decode should hold up running streams, milliseconds; one input may take more. */
const stallMsMax = 300;

/** Where an embedder may compute, beside what generates. Implemented over the scheduler. */
export interface Room extends Pick<Runner, "decodeMedia"> {
  /**
   * Lends `n` empty rows of the KV cache for one use, which says "no_room" while it is too full.
   */
  lendRows<Result>(n: number, use: (seqIds: number[]) => Result | "no_room"): Result;
  /** Nobody generates. */
  readonly isIdle: boolean;
  /** Counts inputs of these `lengths` that were computed together, in tokens. */
  countPrompts(lengths: readonly number[], nDecodes: number, ms: number): void;
}

export interface EmbedderSizes {
  /** Floats of a vector. */
  width: number;
  nBatch: number;
  nUbatch: number;
  nCtxSeq: number;
  /** Most rows of a decode that give an output. */
  nOutputsMax: number;
  /** Rows that can be lent while as many sequences run as may. */
  nRowsMax: number;
}

/** Turns inputs into vectors, as many in one decode as fit. */
export class Embedder {
  readonly #context: EmbeddingContext;
  readonly #room: Room;
  readonly #mode: EmbeddingMode;
  readonly #sizes: EmbedderSizes;
  readonly #batch: Batch;
  /** Of the last pack. Before the first one, a guess. */
  #msPerToken = 5;
  /** Decodes of the pack at hand, without those of pictures. */
  #nDecodes = 0;

  constructor(context: EmbeddingContext, room: Room, mode: EmbeddingMode, sizes: EmbedderSizes) {
    this.#context = context;
    this.#room = room;
    this.#mode = mode;
    this.#sizes = sizes;
    this.#batch = new Batch(Math.max(sizes.nBatch, sizes.nUbatch));
  }

  get pooling(): Pooling {
    return this.#mode.pooling;
  }

  /** Most tokens of an input. */
  get nTokensMax(): number {
    const { nUbatch, nCtxSeq } = this.#sizes;
    return this.#mode.isWhole ? Math.min(nUbatch, nCtxSeq) : nCtxSeq;
  }

  /** @throws AppError for an input that is empty or too long */
  check({ length }: { length: number }, param: string): void {
    if (length === 0) {
      throw new AppError("invalid_request", "Input content cannot be empty", { param });
    }
    if (length <= this.nTokensMax) return;
    const { nUbatch, nCtxSeq } = this.#sizes;
    if (this.#mode.isWhole && length > nUbatch) {
      const message =
        `input (${length} tokens) is too large to process. increase the physical batch size ` +
        `(current batch size: ${nUbatch}): --ubatch-size`;
      throw new AppError("invalid_request", message, { param });
    }
    const limit = `the max context size (${nCtxSeq} tokens)`;
    const message = `input (${length} tokens) is larger than ${limit}`;
    const details = { n_prompt_tokens: length, n_ctx: nCtxSeq };
    throw new AppError("context_length_exceeded", message, { param, details });
  }

  /** Most inputs that are computed together. */
  get nInputsMax(): number {
    return this.#sizes.nRowsMax;
  }

  /**
   * Computes the first inputs, as many as go together; at least one.
   * @returns the vectors of each: one, or with pooling "none" one per token
   */
  embedFirst(inputs: readonly TokenList[]): Float32Array[][] {
    // One with pictures takes several decodes; alone, equal ones come out equal to the bit.
    const lengths = inputs.map(({ length, media }) =>
      media.length > 0 ? Number.POSITIVE_INFINITY : length,
    );
    const n = nFitting(lengths, this.#nTokensNow, this.nInputsMax);
    return this.#embedPack(inputs.slice(0, n));
  }

  /** Tokens of the next pack, if inputs allow it: fewer while streams would have to wait for it. */
  get #nTokensNow(): number {
    const { nUbatch } = this.#sizes;
    return this.#room.isIdle ? nUbatch : Math.min(nUbatch, stallMsMax / this.#msPerToken);
  }

  #embedPack(pack: TokenList[]): Float32Array[][] {
    const startedAt = performance.now();
    this.#nDecodes = 0;
    const use = (seqIds: number[]) =>
      this.#mode.isWhole ? this.#whole(pack, seqIds) : this.#causal(pack, seqIds);
    try {
      return this.#room.lendRows(pack.length, use);
    } finally {
      this.#context.setEmbeddings(false);
      const lengths = pack.map(({ length }) => length);
      const ms = performance.now() - startedAt;
      this.#msPerToken = ms / lengths.reduce((sum, length) => sum + length, 0);
      this.#room.countPrompts(lengths, this.#nDecodes, ms);
    }
  }

  /** Inputs that llama.cpp pools, in one graph run. */
  #whole(pack: TokenList[], seqIds: number[]): Float32Array[][] | "no_room" {
    const { pooling, isEncoded } = this.#mode;
    const { width } = this.#sizes;
    const context = this.#context;
    const batch = this.#batch;
    batch.clear();
    const rows = pack.map((input, i) => {
      if (input.media.length > 0) throw noPictures();
      return input.keys.map((token, at) => batch.add(token, at, seqIds[i] ?? 0, true));
    });
    context.setEmbeddings(true);
    if (isEncoded || !context.hasMemory) context.encode(batch);
    else if (context.decode(batch) === "no_room") return "no_room";
    this.#nDecodes++;
    return rows.map((rowsOfInput, i) =>
      pooling === "none"
        ? rowsOfInput.map((row) => context.rowEmbedding(row, width))
        : [context.sequenceEmbedding(seqIds[i] ?? 0, width)],
    );
  }

  /**
   * Inputs of a causal model. What comes before the tokens that count is decoded without vectors,
   * unless everything fits into one decode with them.
   */
  #causal(pack: TokenList[], seqIds: number[]): Float32Array[][] | "no_room" {
    const { pooling } = this.#mode;
    const { nOutputsMax } = this.#sizes;
    const steps = new EmbeddingSteps({
      ...this.#sizes,
      context: this.#context,
      decodeMedia: this.#room.decodeMedia,
      batch: this.#batch,
    });
    const isSmall = pack.reduce((n, { length }) => n + length, 0) <= nOutputsMax;
    const vectors = pack.map((): Float32Array[] => []);
    const before = pack.map((input, i) => ({
      input,
      seqId: seqIds[i] ?? 0,
      from: 0,
      to: told(input, pooling).from,
      isTelling: isSmall,
      vectors: null,
    }));
    const telling = before.map((stretch, i) => ({
      ...stretch,
      ...told(stretch.input, pooling),
      isTelling: true,
      vectors: vectors[i] ?? null,
    }));
    for (const stretch of [...before, ...telling]) {
      if (steps.run(stretch) === "no_room") return "no_room";
    }
    if (steps.flush() === "no_room") return "no_room";
    this.#nDecodes = steps.nDecodes;
    return vectors.map((rows) => pool(rows, pooling));
  }
}

/** The cells of an input that its embedding is made of. */
function told({ length, media }: TokenList, pooling: Pooling): { from: number; to: number } {
  if (pooling === "last") return { from: length - 1, to: length };
  if (pooling !== "cls") return { from: 0, to: length };
  if (media.some(({ start }) => start === 0)) throw noPictures();
  return { from: 0, to: 1 };
}

function noPictures(): AppError {
  const message = "this model cannot embed pictures with its kind of pooling";
  return new AppError("unsupported", message, { param: "input" });
}
