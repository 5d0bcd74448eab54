import assert from "node:assert";
import type { Batch } from "../../ffi/batch.ts";
import { Answer } from "../../src/engine/answer.ts";
import type { Runner } from "../../src/engine/scheduler.ts";
import type { PreparedRequest } from "../../src/engine/sequence.ts";
import { type MediaSpan, TokenList } from "../../src/engine/tokens.ts";

const nVocab = 50;
/** The simulated model's end-of-generation token. */
const eog = 0;

/** One cell of a unified KV cache: shared by every sequence in `rows`. */
interface Cell {
  pos: number;
  key: number;
  rows: Set<number>;
}

/** What the simulated model says after `keys`: a hash of all of them, so any lost cell shows. */
export function nextToken(keys: number[]): number {
  let hash = 17;
  for (const key of keys) hash = (hash * 31 + key + 1000) % 1_000_003;
  return hash % 29 === 0 ? eog : 1 + (hash % (nVocab - 1));
}

/** The answer to `prompt` as one would get it alone: at most `nPredict` tokens. */
export function expectedAnswer(prompt: number[], nPredict: number): string {
  const keys = [...prompt];
  let text = "";
  for (let n = 0; n < nPredict; n++) {
    const token = nextToken(keys);
    if (token === eog) break;
    text += pieceOf(token);
    keys.push(token);
  }
  return text;
}

const pieceOf = (token: number) => `${token} `;

/**
 * A unified KV cache of `nCells`, and a model whose next token depends on every cell of its
 * sequence.
 * Asserts what libllama asserts: contiguous positions, rows within nBatch, no more cells than there
 * are.
 */
export class SimulatedRunner implements Runner {
  readonly nBatch: number;
  readonly nCells: number;
  readonly nSeqMax: number;
  readonly canCut: boolean;
  /** Rows of each decode call so far. */
  readonly batchSizes: number[] = [];
  nMediaDecoded = 0;
  #cells: Cell[] = [];
  #sampled: (number | null)[] = [];

  constructor(sizes: { nBatch: number; nCells: number; nSeqMax: number; canCut?: boolean }) {
    this.nBatch = sizes.nBatch;
    this.nCells = sizes.nCells;
    this.nSeqMax = sizes.nSeqMax;
    this.canCut = sizes.canCut ?? true;
  }

  get nCellsUsed(): number {
    return this.#cells.length;
  }

  decode(batch: Batch): "done" | "no_room" {
    assert(batch.nTokens > 0 && batch.nTokens <= this.nBatch);
    if (this.#cells.length + batch.nTokens > this.nCells) return "no_room";
    this.batchSizes.push(batch.nTokens);
    this.#sampled = [];
    for (let row = 0; row < batch.nTokens; row++) {
      const seqId = batch.seqId[row]!;
      const held = this.#rowOf(seqId);
      assert.equal(batch.pos[row], held.length, "positions of a sequence must be contiguous");
      this.#cells.push({ pos: held.length, key: batch.token[row]!, rows: new Set([seqId]) });
      const keys = [...held.map((cell) => cell.key), batch.token[row]!];
      this.#sampled.push(batch.output[row] ? nextToken(keys) : null);
    }
    return "done";
  }

  decodeMedia(span: MediaSpan, pos: number, seqId: number): "done" | "no_room" {
    const held = this.#rowOf(seqId);
    assert.equal(pos, held.length);
    if (this.#cells.length + span.chunk.nTokens > this.nCells) return "no_room";
    this.nMediaDecoded++;
    for (let i = 0; i < span.chunk.nTokens; i++) {
      this.#cells.push({ pos: pos + i, key: -1, rows: new Set([seqId]) });
    }
    return "done";
  }

  removeCells(seqId: number, from: number): void {
    const keepsAll = !this.canCut && from > 0;
    for (const cell of this.#cells) {
      if (cell.pos >= (keepsAll ? 0 : from)) cell.rows.delete(seqId);
    }
    this.#cells = this.#cells.filter((cell) => cell.rows.size > 0);
  }

  shareCells(source: number, target: number, to: number): void {
    assert(this.canCut || to === -1, "a recurrent state is copied whole");
    assert.equal(this.#rowOf(target).length, 0, "the target row must be empty");
    for (const cell of this.#cells) {
      if (cell.rows.has(source) && (to < 0 || cell.pos < to)) cell.rows.add(target);
    }
  }

  isEog(token: number): boolean {
    return token === eog;
  }

  pieceView(token: number): Uint8Array {
    return new TextEncoder().encode(pieceOf(token));
  }

  sampledAt(row: number): number {
    const token = this.#sampled[row];
    assert(token !== null && token !== undefined, `row ${row} did not ask for logits`);
    return token;
  }

  request(id: number, prompt: number[] | TokenList, options: Partial<PreparedRequest> = {}) {
    const request: PreparedRequest = {
      id,
      tokens: prompt instanceof TokenList ? prompt : TokenList.fromTokens(prompt),
      nPredict: 8,
      cachePrompt: true,
      sampler: { sample: (row) => this.sampledAt(row), [Symbol.dispose]() {} },
      answer: new Answer([], null),
      shownSpecials: new Set(),
      [Symbol.dispose]() {},
      ...options,
    };
    return request;
  }

  #rowOf(seqId: number): Cell[] {
    return this.#cells.filter((cell) => cell.rows.has(seqId)).sort((a, b) => a.pos - b.pos);
  }
}
