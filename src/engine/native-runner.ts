import assert from "node:assert";
import type { LoraAdapter } from "../../ffi/adapter.ts";
import type { Batch } from "../../ffi/batch.ts";
import type { Context } from "../../ffi/context.ts";
import type { ChunkPtr } from "../../ffi/handle.ts";
import type { MediaContext } from "../../ffi/media.ts";
import type { Model } from "../../ffi/model.ts";
import type { SequenceState, StatePart } from "../../ffi/sequence-state.ts";
import { saveChunk } from "../../ffi/slot-tokens.ts";
import { AppError } from "../core/errors.ts";
import { EmbeddingCache } from "./embedding-cache.ts";
import type { Drafter, RestoredRow, Runner } from "./runner.ts";
import type { LoraSet } from "./sequence.ts";
import { mediaWordsMax, packRow, unpackRow } from "./slot-file.ts";
import type { MediaKeys, MediaSpan, TokenList } from "./tokens.ts";

/**
 * Most memory for encoded images, bytes. The same picture asked about again is not encoded again.
 */
const embeddingsBytesMax = 256 * 1024 * 1024;

/** Floating-point operations that a small computer does in a millisecond. */
const flopsPerMs = 5e7;

/** What a runner works with beside a model and a context. */
export interface Equipment {
  nBatch: number;
  nOutputsMax: number;
  nSeqMax: number;
  media: MediaContext | null;
  mediaKeys: MediaKeys;
  /** Layers with a sliding window keep nothing but their window. */
  hasWindow: boolean;
  /** By their ids. */
  adapters: LoraAdapter[];
  drafter: Drafter | null;
}

/** The scheduler's runner over libllama and libmtmd. Owns nothing that it is given. */
export class NativeRunner implements Runner {
  readonly nBatch: number;
  readonly nOutputsMax: number;
  readonly nCells: number;
  readonly nSeqMax: number;
  readonly msPerRowGuess: number;
  readonly canCut: boolean;
  readonly canMove: boolean;
  readonly needsCheckpoints: boolean;
  readonly keepsWholeRows: boolean;
  readonly drafter: Drafter | null;
  readonly #model: Model;
  readonly #context: Context;
  readonly #equipment: Equipment;
  readonly #encoded = new EmbeddingCache(embeddingsBytesMax);

  constructor(model: Model, context: Context, equipment: Equipment) {
    this.#model = model;
    this.#context = context;
    this.#equipment = equipment;
    this.nBatch = equipment.nBatch;
    this.nOutputsMax = equipment.nOutputsMax;
    this.nSeqMax = equipment.nSeqMax;
    this.nCells = context.nCtx;
    this.msPerRowGuess = (2 * model.nParams) / flopsPerMs; // each weight is multiplied and added
    this.canCut = model.canCutSequences;
    this.needsCheckpoints = !this.canCut || equipment.hasWindow;
    this.keepsWholeRows = this.canCut && model.nWindow === 0;
    this.canMove = context.canMoveCells;
    this.drafter = equipment.drafter;
  }

  decode(batch: Batch): "done" | "no_room" {
    return this.#context.decode(batch);
  }

  encodeMedia(span: MediaSpan, following: MediaSpan[]): boolean {
    if (this.#encoded.has(span.chunk.id)) return false;
    this.#encode([span, ...following]);
    return this.#encoded.has(span.chunk.id);
  }

  decodeMedia(span: MediaSpan, pos: number, seqId: number): "done" | "no_room" {
    const embeddings = this.#encoded.get(span.chunk.id) ?? this.#encode([span]);
    const { ptr } = span.chunk;
    assert(ptr !== null, "a restored picture has no content");
    const at = { pos, seqId, nBatch: this.nBatch };
    return this.#media.decode(this.#context, ptr, embeddings, at);
  }

  get #media(): MediaContext {
    const { media } = this.#equipment;
    if (!media) throw new AppError("unsupported", "this model cannot see pictures");
    return media;
  }

  /** Encodes the first of some spans, and others with it where that can be done in one go. */
  #encode(spans: MediaSpan[]): Float32Array {
    const chunks = new Map<string, { ptr: ChunkPtr; nTokens: number }>();
    for (const { chunk } of spans) {
      const { id, ptr, nTokens } = chunk;
      if (ptr !== null && !this.#encoded.has(id)) chunks.set(id, { ptr, nTokens });
    }
    const encoded = this.#media.encodeTogether([...chunks.values()]);
    const ids = [...chunks.keys()];
    for (const [i, embeddings] of encoded.entries()) this.#encoded.put(ids[i] ?? "", embeddings);
    const [first] = encoded;
    assert(first);
    return first;
  }

  setLora({ scales }: LoraSet): void {
    this.#context.setAdapters(
      scales.map(({ id, scale }) => {
        const adapter = this.#equipment.adapters[id];
        assert(adapter, `there is no LoRA adapter ${id}`);
        return { adapter, scale };
      }),
    );
  }

  removeCells(seqId: number, from: number, to?: number): void {
    // A recurrent state cannot be cut; then the whole row goes, which never fails.
    if (!this.#context.removeCells(seqId, from, to)) this.#context.removeCells(seqId, 0);
  }

  moveCells(seqId: number, from: number, to: number, by: number): void {
    this.#context.moveCells(seqId, from, to, by);
  }

  shareCells(source: number, target: number, to: number): void {
    this.#context.shareCells(source, target, to);
  }

  positionsOf(seqId: number): { first: number; last: number } | null {
    const context = this.#context;
    if (context.isEmpty(seqId)) return null;
    return { first: context.firstPosition(seqId), last: context.lastPosition(seqId) };
  }

  firstCut(seqId: number): number {
    if (this.keepsWholeRows) return 0;
    const { nWindow } = this.#model;
    const end = this.#context.lastPosition(seqId) + 1;
    if (!this.canCut) return end;
    const first = this.#context.firstPosition(seqId);
    // What follows a cut looks back at one token less than the window has, beside itself.
    return first > 0 ? Math.min(end, first + nWindow - 1) : 0;
  }

  firstCutRestored(seqId: number): number {
    const end = this.#context.lastPosition(seqId) + 1;
    const { nWindow } = this.#model;
    // A state leaves out what is behind the window.
    return nWindow > 0 && end > nWindow ? end : this.firstCut(seqId);
  }

  stateBytes(seqId: number, part: StatePart): number {
    return this.#context.stateBytes(seqId, part);
  }

  saveState(seqId: number, part: StatePart): SequenceState {
    return this.#context.saveState(seqId, part);
  }

  restoreState(seqId: number, state: SequenceState, part: StatePart): boolean {
    return this.#context.restoreState(seqId, state, part);
  }

  saveMedia({ chunk: { ptr } }: MediaSpan): Uint8Array {
    assert(ptr !== null, "a restored picture is saved already");
    return saveChunk(ptr);
  }

  saveRow(seqId: number, path: string, tokens: TokenList, nTokens: number): number {
    return this.#context.saveSequence(path, seqId, packRow(tokens, nTokens));
  }

  restoreRow(seqId: number, path: string, nTokensMax: number): RestoredRow {
    const { media, mediaKeys } = this.#equipment;
    const nWordsMax = nTokensMax + mediaWordsMax;
    const { payload, nBytes } = this.#context.restoreSequence(path, seqId, nWordsMax);
    const { nVocab } = this.#model;
    const expected = { nVocab, nTokensMax, seesMedia: media !== null, mediaKeys };
    return { tokens: unpackRow(payload, expected), nBytes };
  }

  isEog(token: number): boolean {
    return this.#model.isEog(token);
  }

  pieceView(token: number, showsSpecial: boolean): Uint8Array {
    return this.#model.pieceView(token, showsSpecial);
  }

  detokenize(tokens: Int32Array): string {
    return this.#model.detokenize(tokens, true);
  }
}
