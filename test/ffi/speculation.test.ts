import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { Batch } from "../../ffi/batch.ts";
import { Context } from "../../ffi/context.ts";
import type { Model } from "../../ffi/model.ts";
import { Sampler } from "../../ffi/sampler.ts";
import { Speculation } from "../../ffi/speculation.ts";
import type { SpeculationOptions } from "../../src/core/load.ts";
import { answer, ask, loadModel, tinyContext, tinyPath } from "../support/tiny-native.ts";

let model: Model;
let context: Context;

beforeAll(() => {
  model = loadModel();
  context = new Context(model, tinyContext);
});
afterAll(() => {
  context[Symbol.dispose]();
  model[Symbol.dispose]();
});

const drafting: SpeculationOptions = {
  types: ["draft-simple"],
  draft_model: tinyPath,
  draft_n_max: 4,
};

/** A generation with drafts, verified as a scheduler does it. */
class Run {
  readonly tokens: number[];
  nDrafted = 0;
  nAccepted = 0;
  readonly #speculation: Speculation;
  readonly #seqId: number;
  readonly #sampler = new Sampler(model, { temperature: 0 });
  readonly #batch = new Batch(256);
  #last = -1;

  constructor(speculation: Speculation, seqId: number, prompt: string) {
    this.#speculation = speculation;
    this.#seqId = seqId;
    this.tokens = [...model.tokenize(prompt, true, true)];
    context.removeCells(seqId, 0);
    const row = this.#decode(this.tokens, 0);
    speculation.begin(seqId, Int32Array.from(this.tokens));
    this.#last = this.#sampler.sample(context, row);
  }

  /** Decodes the last token with a draft behind it. @returns false at the end */
  step(nMax = 8): boolean {
    if (model.isEog(this.#last)) return false;
    const position = this.tokens.length;
    const tokens = Int32Array.from(this.tokens);
    const request = { seqId: this.#seqId, position, lastToken: this.#last, tokens, nMax };
    const [draft = new Int32Array(0)] = this.#speculation.draft([request]);
    const lastRow = this.#decode([this.#last, ...draft], position);
    this.nDrafted += draft.length;
    this.tokens.push(this.#last);
    let nAccepted = 0;
    for (let row = lastRow - draft.length; ; row++) {
      this.#last = this.#sampler.sample(context, row);
      if (this.#last !== draft[nAccepted] || model.isEog(this.#last)) break;
      this.tokens.push(this.#last);
      nAccepted++;
    }
    this.nAccepted += nAccepted;
    if (draft.length > 0) this.#speculation.accept(this.#seqId, nAccepted);
    context.removeCells(this.#seqId, this.tokens.length);
    return true;
  }

  #decode(tokens: number[], from: number): number {
    this.#batch.clear();
    let row = -1;
    for (const [i, token] of tokens.entries()) {
      const isPrompt = from === 0;
      row = this.#batch.add(token, from + i, this.#seqId, !isPrompt || i === tokens.length - 1);
    }
    expect(context.decode(this.#batch)).toBe("done");
    this.#speculation.process(this.#batch);
    return row;
  }
}

const question = ask("Tell me a story about a cat.");
const plain = () => answer(model, context, question, { nMax: 60 });
const speculated = (speculation: Speculation, seqId = 0, nMax?: number) => {
  const run = new Run(speculation, seqId, question);
  const nPrompt = run.tokens.length;
  while (run.tokens.length < nPrompt + 60 && run.step(nMax));
  return { answer: run.tokens.slice(nPrompt, nPrompt + 60), run };
};

describe("a draft model", () => {
  test("that is the model itself is always right, and the text is the same", () => {
    using speculation = new Speculation(context, drafting);
    expect(speculation.nMax).toBe(4);
    const { answer, run } = speculated(speculation);
    expect(answer).toEqual(plain().slice(0, answer.length));
    expect(run.nDrafted).toBeGreaterThan(8);
    expect(run.nAccepted / run.nDrafted).toBeGreaterThan(0.9);
  });

  test("drafts for several sequences at once", () => {
    using speculation = new Speculation(context, drafting);
    const runs = [0, 1].map((seqId) => new Run(speculation, seqId, question));
    for (let i = 0; i < 5; i++) for (const run of runs) run.step();
    const requests = runs.map(({ tokens }, seqId) => ({
      seqId,
      position: tokens.length,
      lastToken: 5,
      tokens: Int32Array.from(tokens),
      nMax: 3 - seqId,
    }));
    const [a, b] = speculation.draft(requests);
    expect([a?.length, b?.length]).toEqual([3, 2]);
    expect(a?.subarray(0, 2)).toEqual(b);
    expect(speculation.draft([])).toEqual([]);
  });

  test("follows the cells of its context", () => {
    using speculation = new Speculation(context, drafting);
    const run = new Run(speculation, 0, question);
    run.step();
    const n = run.tokens.length;
    const draft = (seqId: number) =>
      speculation.draft([
        { seqId, position: n, lastToken: 5, tokens: Int32Array.from(run.tokens), nMax: 4 },
      ])[0];
    const expected = draft(0);
    context.removeCells(1, 0);
    context.shareCells(0, 1, -1);
    expect(draft(1)).toEqual(expected);
  });

  test("goes on after a gap, for which it was not asked", () => {
    using speculation = new Speculation(context, drafting);
    context.removeCells(2, 0);
    const batch = new Batch(8);
    for (const pos of [0, 1, 2, 20, 21]) {
      if (pos === 20) context.removeCells(2, 0);
      batch.clear();
      batch.add(5, pos, 2, true);
      expect(context.decode(batch)).toBe("done");
      speculation.process(batch);
    }
  });

  test("obeys the least and the greatest length of a draft", () => {
    using least = new Speculation(context, { ...drafting, draft_n_min: 3 });
    expect(speculated(least, 0, 2).run.nDrafted).toBe(0);
    using sure = new Speculation(context, { ...drafting, draft_p_min: 1.1 });
    expect(speculated(sure).run.nDrafted).toBe(0);
    using most = new Speculation(context, { ...drafting, draft_n_max: 2 });
    expect(most.nMax).toBe(2);
  });

  test.each([
    [{ ...drafting, draft_model: "/no/such.gguf" }, /\/no\/such\.gguf/],
    [{ ...drafting, draft_devices: ["CUDA99"] }, /no device "CUDA99"/],
    [{ ...drafting, draft_type_k: "q3_x" }, /"q3_x"; there is f32/],
    [{ types: ["draft-simple"] }, /requires a draft context/],
    [{ types: ["ngram-simple"], ngram_size_n: 0 }, /ngram_size_n must be between 1 and 1024/],
    [{ types: ["guessing"] }, /unknown speculative type: guessing/],
    [{}, /no type of speculation/],
    [{ types: ["ngram-cache"], lookup_cache_static: "/no/such.bin" }, /\/no\/such\.bin/],
  ])("is refused when %j", (options, reason) => {
    expect(() => new Speculation(context, options)).toThrow(reason);
  });
});

describe("n-grams", () => {
  test.each(["ngram-simple", "ngram-map-k", "ngram-map-k4v", "ngram-mod", "ngram-cache"])(
    "%s gives the same text",
    (type) => {
      const sizes = { ngram_size_n: 3, ngram_size_m: 8 };
      using speculation = new Speculation(context, { types: [type], ...sizes });
      const { answer } = speculated(speculation);
      expect(answer).toEqual(plain().slice(0, answer.length));
    },
  );

  test("find what comes next in a text that repeats itself", () => {
    using speculation = new Speculation(context, {
      types: ["ngram-simple"],
      ngram_size_n: 2,
      ngram_size_m: 4,
    });
    const tokens = Int32Array.of(9, 10, 11, 12, 13, 14, 15, 16, 10);
    const request = { seqId: 0, position: 9, lastToken: 11, tokens, nMax: 8 };
    expect(speculation.draft([request])).toEqual([Int32Array.of(12, 13, 14, 15)]);
  });
});

test("options say what they mean before there is a context", () => {
  expect(Speculation.describe({})).toEqual({ types: "none", nMax: 0 });
  expect(Speculation.describe(drafting)).toEqual({ types: "draft-simple", nMax: 4 });
  expect(Speculation.describe({ draft_model: tinyPath }).types).toBe("draft-simple");
  expect(Speculation.describe({ types: ["ngram-simple", "ngram-mod"], ngram_size_m: 9 })).toEqual({
    types: "ngram-simple,ngram-mod",
    nMax: 9,
  });
  expect(() => Speculation.describe({ types: ["guessing"] })).toThrow("guessing");
});

describe("synthetic acceptance", () => {
  test("has a probability for each position", () => {
    using rates = new Speculation(context, { ...drafting, synth_rates: [1, 0.5, 0.25, 0] });
    expect([0, 1, 2, 3].map((i) => rates.synthProbability(i))).toEqual([1, 0.5, 0.5, 0]);
    expect(rates.synthProbability(4)).toBeNull();
    using none = new Speculation(context, drafting);
    expect(none.synthProbability(0)).toBeNull();
    using length = new Speculation(context, { ...drafting, synth_len: 5 });
    expect(length.synthProbability(3)).toBe(1);
  });

  test.each([
    [{ synth_rates: [1] }, /must contain 4 values/],
    [{ synth_len: 99 }, /within \[1, 5\]/],
    [{ synth_len: 2, synth_rates: [1, 1, 1, 1] }, /mutually exclusive/],
  ])("refuses %j", (options, reason) => {
    expect(() => new Speculation(context, { ...drafting, ...options })).toThrow(reason);
  });
});
