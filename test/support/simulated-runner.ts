import assert from "node:assert";
import type { Batch } from "../../ffi/batch.ts";
import type { SequenceState, StatePart } from "../../ffi/sequence-state.ts";
import type { DraftRequest } from "../../ffi/speculation.ts";
import { Answer } from "../../src/engine/answer.ts";
import type { Drafter, RestoredRow, Runner } from "../../src/engine/runner.ts";
import {
  type LoraSet,
  noLora,
  type PreparedRequest,
  type TokenSampler,
} from "../../src/engine/sequence.ts";
import { type MediaSpan, TokenList } from "../../src/engine/tokens.ts";
import { SimulatedTails } from "./simulated-tails.ts";

const nVocab = 50;
/** The simulated model's end-of-generation token. */
const eog = 0;

/** One cell of a unified KV cache: shared by every sequence in `rows`. */
interface Cell {
  pos: number;
  key: string;
  rows: Set<number>;
}

/** What a token is to the model when it was computed with a set of adapters. */
const keyOf = (token: number, lora: string) => (lora === "" ? `${token}` : `${token}@${lora}`);

/** What the simulated model says after `keys`: a hash of all of them, so any lost cell shows. */
export function nextToken(keys: (number | string)[]): number {
  let hash = 17;
  for (const key of keys) {
    for (const char of `${key};`) hash = (hash * 31 + char.charCodeAt(0)) % 1_000_003;
  }
  return hash % 29 === 0 ? eog : 1 + (hash % (nVocab - 1));
}

/** The answer to `prompt` as one would get it alone: at most `nPredict` tokens. */
export function expectedAnswer(prompt: number[], nPredict: number, lora = ""): string {
  const keys = prompt.map((token) => keyOf(token, lora));
  let text = "";
  for (let n = 0; n < nPredict; n++) {
    const token = nextToken(keys);
    if (token === eog) break;
    text += pieceOf(token);
    keys.push(keyOf(token, lora));
  }
  return text;
}

const keysOf = (cells: Cell[]) => cells.map(({ key }) => key);

const pieceOf = (token: number) => `${token} `;

/**
 * A unified KV cache of `nCells`, and a model whose next token depends on every cell of its
 * sequence.
 * Asserts what libllama asserts: contiguous positions, rows within nBatch, no more cells than there
 * are.
 */
export class SimulatedRunner implements Runner {
  readonly nBatch: number;
  readonly nOutputsMax: number;
  readonly nCells: number;
  readonly nSeqMax: number;
  /** A prompt begins with a chunk of 64. */
  readonly msPerRowGuess = 1000 / 64;
  readonly canCut: boolean;
  readonly canMove = true;
  readonly keepsWholeRows: boolean;
  readonly needsCheckpoints: boolean;
  readonly drafter: Drafter | null;
  /** Rows of each decode call so far. */
  readonly batchSizes: number[] = [];
  /** The adapters of each decode call so far. */
  readonly loras: string[] = [];
  readonly files = new Map<string, { tokens: TokenList; keys: string[] }>();
  nMediaDecoded = 0;
  readonly #encoded = new Set<string>();
  /** Rows copied out of the cache so far, and back. */
  nSaved = 0;
  nRestored = 0;
  nCheckpointsMade = 0;
  readonly #tails: SimulatedTails;
  readonly #says: (keys: string[]) => number;
  #lora = "";
  #cells: Cell[] = [];
  #sampled: (number | null)[] = [];

  constructor(
    sizes: {
      nBatch: number;
      nCells: number;
      nSeqMax: number;
      nOutputsMax?: number;
      /** false: recurrent. */
      canCut?: boolean;
      /** Tokens that layers with a sliding window look back at. */
      window?: number;
      /** What the model says after its keys, if it is another one. */
      says?: (keys: string[]) => number;
    },
    drafter: Drafter | null = null,
  ) {
    this.nBatch = sizes.nBatch;
    this.nOutputsMax = sizes.nOutputsMax ?? sizes.nBatch;
    this.nCells = sizes.nCells;
    this.nSeqMax = sizes.nSeqMax;
    this.canCut = sizes.canCut ?? true;
    const { window = Number.POSITIVE_INFINITY } = sizes;
    this.keepsWholeRows = this.canCut && !Number.isFinite(window);
    this.needsCheckpoints = !this.canCut || Number.isFinite(window);
    this.#tails = new SimulatedTails(!this.canCut, window);
    this.drafter = drafter;
    this.#says = sizes.says ?? nextToken;
  }

  get nCellsUsed(): number {
    return this.#cells.length;
  }

  decode(batch: Batch): "done" | "no_room" {
    assert(batch.nTokens > 0 && batch.nTokens <= this.nBatch);
    if (this.#cells.length + batch.nTokens > this.nCells) return "no_room";
    this.batchSizes.push(batch.nTokens);
    this.loras.push(this.#lora);
    this.#sampled = [];
    const nOutputs = batch.output.subarray(0, batch.nTokens).reduce((n, output) => n + output, 0);
    assert(nOutputs <= this.nOutputsMax, `${nOutputs} rows with logits`);
    for (let row = 0; row < batch.nTokens; row++) {
      const seqId = batch.seqId[row]!;
      const held = this.#rowOf(seqId);
      assert.equal(batch.pos[row], held.length, "positions of a sequence must be contiguous");
      const key = keyOf(batch.token[row]!, this.#lora);
      this.#tails.decode(seqId, keysOf(held), key);
      this.#cells.push({ pos: held.length, key, rows: new Set([seqId]) });
      const keys = [...held.map((cell) => cell.key), key];
      this.#sampled.push(batch.output[row] ? this.#says(keys) : null);
    }
    return "done";
  }

  encodeMedia({ chunk }: MediaSpan): boolean {
    const isNew = !this.#encoded.has(chunk.id);
    this.#encoded.add(chunk.id);
    return isNew;
  }

  hasEncoded(id: string): boolean {
    return this.#encoded.has(id);
  }

  decodeMedia(span: MediaSpan, pos: number, seqId: number): "done" | "no_room" {
    const held = this.#rowOf(seqId);
    assert.equal(pos, held.length);
    if (this.#cells.length + span.chunk.nTokens > this.nCells) return "no_room";
    this.nMediaDecoded++;
    for (let i = 0; i < span.chunk.nTokens; i++) {
      this.#tails.decode(seqId, keysOf(this.#rowOf(seqId)), span.chunk.id);
      this.#cells.push({ pos: pos + i, key: span.chunk.id, rows: new Set([seqId]) });
    }
    return "done";
  }

  setLora({ key }: LoraSet): void {
    this.#lora = key;
  }

  saveMedia(): Uint8Array {
    return new Uint8Array(0);
  }

  saveRow(seqId: number, path: string, tokens: TokenList, nTokens: number): number {
    const keys = this.#rowOf(seqId).map(({ key }) => key);
    assert.equal(keys.length, nTokens);
    this.files.set(path, { tokens: TokenList.fromTokens(tokens.keys.slice(0, nTokens)), keys });
    return 4 * nTokens;
  }

  restoreRow(seqId: number, path: string, nTokensMax: number): RestoredRow {
    const file = this.files.get(path);
    if (!file) throw new Error("no such file");
    assert.equal(this.#rowOf(seqId).length, 0, "the target row must be empty");
    if (this.#cells.length + file.keys.length > this.nCells) {
      throw new Error(`failed to find ${file.keys.length} available cells in kv cache`);
    }
    const add = (key: string, pos: number) =>
      this.#cells.push({ pos, key, rows: new Set([seqId]) });
    for (const [pos, key] of file.keys.entries()) add(key, pos);
    this.#tails.restore(seqId, { keys: file.keys, first: 0 });
    if (file.keys.length > nTokensMax) throw new Error("does not fit");
    return { tokens: TokenList.fromTokens(file.tokens.keys), nBytes: 4 * file.keys.length };
  }

  moveCells(seqId: number, from: number, to: number, by: number): void {
    for (const cell of this.#cells) {
      if (!cell.rows.has(seqId) || cell.pos < from || cell.pos >= to) continue;
      assert.equal(cell.rows.size, 1, "a cell that is moved belongs to one row");
      cell.pos += by;
    }
  }

  removeCells(seqId: number, from: number, to = Number.POSITIVE_INFINITY): void {
    const losesAll = !this.canCut && from < this.#tails.firstCut(seqId);
    const first = losesAll ? 0 : from;
    if (first === 0 && to === Number.POSITIVE_INFINITY) this.#tails.drop(seqId);
    for (const cell of this.#cells) {
      if (cell.pos >= first && cell.pos < to) cell.rows.delete(seqId);
    }
    this.#cells = this.#cells.filter((cell) => cell.rows.size > 0);
  }

  shareCells(source: number, target: number, to: number): void {
    assert.equal(this.#rowOf(target).length, 0, "the target row must be empty");
    for (const cell of this.#cells) {
      if (cell.rows.has(source) && (to < 0 || cell.pos < to)) cell.rows.add(target);
    }
    this.#tails.share(source, target);
  }

  positionsOf(seqId: number): { first: number; last: number } | null {
    const [first, ...others] = this.#rowOf(seqId).map(({ pos }) => pos);
    return first === undefined ? null : { first, last: others.at(-1) ?? first };
  }

  firstCut(seqId: number): number {
    return this.#tails.firstCut(seqId);
  }

  firstCutRestored(seqId: number): number {
    return this.#tails.firstCut(seqId);
  }

  stateBytes(seqId: number, part: StatePart): number {
    return this.#stateOf(seqId, part).length;
  }

  saveState(seqId: number, part: StatePart): SequenceState {
    if (part === "whole") this.nSaved++;
    else this.nCheckpointsMade++;
    return [this.#stateOf(seqId, part)];
  }

  restoreState(seqId: number, [state]: SequenceState, part: StatePart): boolean {
    const { keys, tail } = JSON.parse(new TextDecoder().decode(state));
    if (part === "whole") {
      this.removeCells(seqId, 0);
      if (this.#cells.length + keys.length > this.nCells) return false;
      for (const [pos, key] of keys.entries()) {
        this.#cells.push({ pos, key, rows: new Set([seqId]) });
      }
      this.nRestored++;
    }
    this.#tails.restore(seqId, tail);
    return true;
  }

  isEog(token: number): boolean {
    return token === eog;
  }

  pieceView(token: number): Uint8Array {
    return new TextEncoder().encode(pieceOf(token));
  }

  detokenize(tokens: Int32Array): string {
    return [...tokens].map(pieceOf).join("");
  }

  sampledAt(row: number): number {
    const token = this.#sampled[row];
    assert(token !== null && token !== undefined, `row ${row} did not ask for logits`);
    return token;
  }

  request(
    id: number,
    prompt: number[] | TokenList,
    options: Partial<PreparedRequest> = {},
    asked: Partial<PreparedRequest["asked"]> = {},
  ) {
    const request: PreparedRequest = {
      id,
      asked: { sampling: { seed: 1 }, ...asked },
      tokens: prompt instanceof TokenList ? prompt : TokenList.fromTokens(prompt),
      nPredict: 8,
      nKeep: 0,
      cachePrompt: true,
      lora: noLora,
      loraFrom: 0,
      sampler: this.#sampler(),
      answer: new Answer([], null),
      shownSpecials: new Set(),
      [Symbol.dispose]() {},
      ...options,
    };
    return request;
  }

  #sampler(): TokenSampler {
    return {
      sample: (row) => this.sampledAt(row),
      probabilities: (row, token, n) => ({
        prob: token === this.sampledAt(row) ? 0.5 : 0.25,
        top: Array.from({ length: n }, (_, i) => ({ token: token + i, prob: 0.5 })),
      }),
      show() {},
      endReasoning: () => true,
      [Symbol.dispose]() {},
    };
  }

  #stateOf(seqId: number, part: StatePart): Uint8Array {
    const keys = part === "whole" ? keysOf(this.#rowOf(seqId)) : [];
    return new TextEncoder().encode(JSON.stringify({ keys, tail: this.#tails.save(seqId) }));
  }

  #rowOf(seqId: number): Cell[] {
    return this.#cells.filter((cell) => cell.rows.has(seqId)).sort((a, b) => a.pos - b.pos);
  }
}

/** Drafts what the simulated model will say, with every so many tokens a wrong one. */
export class SimulatedDrafter implements Drafter {
  readonly nMax: number;
  readonly nMin = 0;
  readonly followsMedia = false;
  readonly #wrongEvery: number;
  readonly #synthRate: number | null;
  /** Sequences that began, and drafts that nothing was said about yet. */
  readonly #begun = new Set<number>();
  readonly #open = new Map<number, number>();
  nProcessed = 0;

  constructor(nMax: number, wrongEvery: number, synthRate: number | null = null) {
    this.nMax = nMax;
    this.#wrongEvery = wrongEvery;
    this.#synthRate = synthRate;
  }

  begin(seqId: number): void {
    this.#begun.add(seqId);
    this.#open.delete(seqId);
  }

  draft(requests: DraftRequest[]): Int32Array[] {
    return requests.map(({ seqId, position, tokens, lastToken, nMax }) => {
      assert(this.#begun.has(seqId), "a draft before the sequence began");
      assert.equal(tokens.length, position, "tokens and position differ");
      assert(nMax > 0 && nMax <= this.nMax);
      const keys = [...tokens, lastToken];
      const draft: number[] = [];
      while (draft.length < nMax) {
        const right = nextToken(keys);
        keys.push(right);
        draft.push(keys.length % this.#wrongEvery === 0 ? (right % (nVocab - 1)) + 1 : right);
      }
      this.#open.set(seqId, draft.length);
      return Int32Array.from(draft);
    });
  }

  process(): void {
    this.nProcessed++;
  }

  accept(seqId: number, nAccepted: number): void {
    assert(nAccepted <= (this.#open.get(seqId) ?? -1), "more was right than was drafted");
    this.#open.delete(seqId);
  }

  synthProbability(): number | null {
    return this.#synthRate;
  }
}
