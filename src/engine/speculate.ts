import type { Batch } from "../../ffi/batch.ts";
import type { DraftRequest } from "../../ffi/speculation.ts";
import type { TokenProbability } from "../core/generate.ts";
import type { Drafter } from "./runner.ts";
import type { Sequence } from "./sequence.ts";

/** A token that follows in a sequence; `prob` where it was asked for. */
export interface Chosen {
  token: number;
  prob: TokenProbability | null;
}

/** Drafts for sequences that decode, and which of their tokens the model would have chosen. */
export class Speculator {
  readonly #drafter: Drafter;
  readonly #isEog: (token: number) => boolean;
  readonly #states = new WeakMap<Sequence, { history: History; random: () => number }>();

  constructor(drafter: Drafter, isEog: (token: number) => boolean) {
    this.#drafter = drafter;
    this.#isEog = isEog;
  }

  /** All tokens of a sequence are prefilled: it decodes from now on. */
  begin(sequence: Sequence): void {
    if (this.#states.has(sequence)) return;
    const history = new History();
    const seed = sequence.request.asked.sampling.seed ?? Math.floor(Math.random() * 2 ** 32);
    this.#states.set(sequence, { history, random: randomNumbers(seed) });
    this.#drafter.begin(sequence.seqId, history.of(sequence));
  }

  /** Follows what the model decodes. */
  process(batch: Batch): void {
    this.#drafter.process(batch);
  }

  /** A sequence has to prefill again. */
  forget(sequence: Sequence): void {
    this.#states.delete(sequence);
  }

  /**
   * Drafts for those of `decoding` that have room for one.
   * @param nRows rows of the step that drafts may take
   */
  propose(decoding: Sequence[], nRows: number): Map<Sequence, Int32Array> {
    const drafts = new Map<Sequence, Int32Array>();
    if (nRows === 0) return drafts;
    const requests = new Map<Sequence, DraftRequest>();
    for (const sequence of decoding) {
      // The token after the draft needs a cell as well, and one stays free for a context shift.
      const nRoom = sequence.nCtx - sequence.nCached - 2;
      const nMax = Math.min(this.#drafter.nMax, nRoom, sequence.nRemain - 1);
      const state = this.#states.get(sequence);
      if (nMax <= 0 || !state || sequence.tokens.media.length > 0) continue;
      const { seqId, nCached: position, tokens } = sequence;
      const lastToken = tokens.keys[position] ?? -1;
      requests.set(sequence, {
        seqId,
        position,
        lastToken,
        tokens: state.history.of(sequence),
        nMax,
      });
    }
    if (requests.size === 0) return drafts;
    const proposed = this.#drafter.draft([...requests.values()]);
    let nLeft = nRows;
    for (const [i, sequence] of [...requests.keys()].entries()) {
      const draft = proposed[i]?.subarray(0, nLeft);
      if (!draft || draft.length === 0) continue;
      nLeft -= draft.length;
      drafts.set(sequence, draft);
    }
    return drafts;
  }

  /**
   * The tokens that follow a sequence: those of its draft that are right, and one more.
   * @param row where the logits of its last token are; those of the draft's tokens follow
   * @param sample samples from the logits of a row
   */
  verify(
    sequence: Sequence,
    draft: Int32Array,
    row: number,
    sample: (row: number) => Chosen,
  ): Chosen[] {
    const chosen = this.#follow(sequence, draft, row, sample);
    this.#drafter.accept(sequence.seqId, chosen.length - 1);
    return chosen;
  }

  #follow(
    sequence: Sequence,
    draft: Int32Array,
    row: number,
    sample: (row: number) => Chosen,
  ): Chosen[] {
    const chosen: Chosen[] = [];
    for (const [i, drafted] of draft.entries()) {
      const rate = this.#drafter.synthProbability(i);
      if (rate !== null && this.#isTaken(sequence, drafted, rate)) {
        sequence.request.sampler.show(drafted);
        chosen.push({ token: drafted, prob: null });
        continue;
      }
      const sampled = sample(row + i);
      chosen.push(sampled);
      if (rate !== null || sampled.token !== drafted) return chosen;
    }
    chosen.push(sample(row + draft.length));
    return chosen;
  }

  /** A test aid of llama.cpp's: drafted tokens are taken at a given rate, right or wrong. */
  #isTaken(sequence: Sequence, token: number, rate: number): boolean {
    const random = this.#states.get(sequence)?.random ?? Math.random;
    // The end of an answer is never taken unseen.
    return random() < rate && !this.#isEog(token);
  }
}

/** A sequence's tokens but the last in one growing array: copying them for each draft is slow. */
class History {
  #tokens = new Int32Array(256);
  #n = 0;

  of({ tokens: { keys }, nCached }: Sequence): Int32Array {
    if (nCached > this.#tokens.length) {
      const larger = new Int32Array(2 * nCached);
      larger.set(this.#tokens.subarray(0, this.#n));
      this.#tokens = larger;
    }
    for (; this.#n < nCached; this.#n++) this.#tokens[this.#n] = keys[this.#n] ?? -1;
    return this.#tokens.subarray(0, nCached);
  }
}

/** Random numbers from 0 to 1, the same for the same seed. Source: mulberry32, public domain. */
function randomNumbers(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
