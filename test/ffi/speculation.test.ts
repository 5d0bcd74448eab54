import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Batch } from "../../ffi/batch.ts";
import { Context } from "../../ffi/context.ts";
import type { Model } from "../../ffi/model.ts";
import { Sampler } from "../../ffi/sampler.ts";
import { Speculation } from "../../ffi/speculation.ts";
import { writeTinyForesight } from "../../scripts/tiny-models.ts";
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
  readonly #context: Context;
  readonly tokens: number[];
  nDrafted = 0;
  nAccepted = 0;
  readonly #speculation: Speculation;
  readonly #seqId: number;
  readonly #sampler = new Sampler(model, { temperature: 0 });
  readonly #batch = new Batch(256);
  #last = -1;

  constructor(speculation: Speculation, seqId: number, prompt: string, on = context) {
    this.#speculation = speculation;
    this.#context = on;
    this.#seqId = seqId;
    this.tokens = [...model.tokenize(prompt, true, true)];
    on.removeCells(seqId, 0);
    const row = this.#decode(this.tokens, 0);
    speculation.begin(seqId, Int32Array.from(this.tokens));
    this.#last = this.#sampler.sample(on, row);
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
      this.#last = this.#sampler.sample(this.#context, row);
      if (this.#last !== draft[nAccepted] || model.isEog(this.#last)) break;
      this.tokens.push(this.#last);
      nAccepted++;
    }
    this.nAccepted += nAccepted;
    if (draft.length > 0) this.#speculation.accept(this.#seqId, nAccepted);
    this.#context.removeCells(this.#seqId, this.tokens.length);
    return true;
  }

  #decode(tokens: number[], from: number): number {
    this.#batch.clear();
    let row = -1;
    for (const [i, token] of tokens.entries()) {
      const isPrompt = from === 0;
      row = this.#batch.add(token, from + i, this.#seqId, !isPrompt || i === tokens.length - 1);
    }
    expect(this.#context.decode(this.#batch)).toBe("done");
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

  test("takes over what the model is loaded with, but for layers and overrides", () => {
    const model = { n_gpu_layers: 2 ** 40, override_tensor: ["blk"] };
    expect(() => new Speculation(context, drafting, { model })[Symbol.dispose]()).not.toThrow();
    const wrong = { override_kv: ["llama.context_length"] };
    expect(() => new Speculation(context, drafting, { model: wrong })).toThrow("override_kv");
    const kept = { ...drafting, draft_override_tensor: [".*=CPU"] };
    expect(() => new Speculation(context, kept)[Symbol.dispose]()).not.toThrow();
  });

  test.each([
    [{ ...drafting, draft_model: "/no/such.gguf" }, /\/no\/such\.gguf/],
    [{ ...drafting, draft_devices: ["CUDA99"] }, /no device "CUDA99"/],
    [{ ...drafting, draft_type_k: "q3_x" }, /"q3_x"; there is f32/],
    [{ types: ["draft-simple"] }, /draft-simple wants a draft model/],
    [{ types: ["ngram-mod", "draft-eagle3"] }, /draft-eagle3 wants a draft model/],
    [{ types: ["draft-dspark"] }, /draft-dspark wants a draft model/],
    [{ types: ["ngram-simple"], ngram_size_n: 0 }, /ngram_size_n must be .* from 1 to 1024, not 0/],
    [{ types: ["ngram-mod"], ngram_mod_n_max: 1025 }, /ngram_mod_n_max must .* not 1025/],
    [{ ...drafting, draft_n_max: 70_000 }, /draft_n_max must be .* not 70000/],
    [{ ...drafting, draft_p_min: Number.NaN }, /draft_p_min must be .* not null/],
    [{ ...drafting, draft_n_threads_batch: 513 }, /n_threads_batch must be .* to 512, not 513/],
    [{ ...drafting, draft_override_tensor: [".*=NOWHERE"] }, /no buffer type "NOWHERE"/],
    [{ types: ["guessing"] }, /unknown speculative type: guessing/],
    [{}, /no type of speculation/],
    [{ types: ["ngram-cache"], lookup_cache_static: "/no/such.bin" }, /\/no\/such\.bin/],
    [{ types: ["ngram-cache"], lookup_cache_dynamic: tinyPath }, /tiny-text\.gguf is no lookup/],
  ])("is refused when %j", (options, reason) => {
    expect(() => new Speculation(context, options)).toThrow(reason);
  });
});

describe("n-grams", () => {
  test.each(["ngram-simple", "ngram-map-k", "ngram-map-k4v", "ngram-mod", "ngram-cache"])(
    "%s drafts in a text that repeats itself, which stays the same",
    (type) => {
      const sizes = { ngram_size_n: 3, ngram_size_m: 8, ngram_mod_n_min: 2 };
      using speculation = new Speculation(context, { types: [type], ...sizes });
      const prompt = ask(`${"What is 7 + 5? The answer is 12. ".repeat(4)}What is 7 + 5?`);
      const run = new Run(speculation, 0, prompt);
      const nPrompt = run.tokens.length;
      while (run.tokens.length < nPrompt + 40 && run.step());
      const expected = answer(model, context, prompt, { nMax: 40 });
      expect(run.tokens.slice(nPrompt, nPrompt + expected.length)).toEqual(expected);
      // What is said here is said already: a draft that nothing drafted would prove nothing.
      const tokens = Int32Array.from({ length: 90 }, (_, i) => 20 + (i % 9));
      speculation.begin(1, tokens.subarray(0, 60));
      const request = { seqId: 1, position: 90, lastToken: 20, tokens, nMax: 8 };
      expect(speculation.draft([request])[0]?.subarray(0, 3)).toEqual(Int32Array.of(21, 22, 23));
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

describe("ngram-mod", () => {
  const nMax = (options: SpeculationOptions) =>
    Speculation.describe({ types: ["ngram-mod"], ...options }).nMax;
  /** How far a draft gets after the first half of a text of different tokens that it has seen. */
  const drafted = (options: SpeculationOptions, nSeen = 60) => {
    using speculation = new Speculation(context, { types: ["ngram-mod"], ...options });
    const tokens = Int32Array.from({ length: nSeen }, (_, i) => 20 + i);
    speculation.begin(0, tokens);
    const head = tokens.slice(0, 30);
    const request = { seqId: 0, position: 30, lastToken: 50, tokens: head, nMax: 64 };
    return speculation.draft([request])[0]?.length;
  };

  test("has a longest draft of its own, which wins over the common one", () => {
    expect([nMax({}), nMax({ ngram_size_m: 9 })]).toEqual([64, 9]);
    expect(nMax({ ngram_size_m: 9, ngram_mod_n_max: 20 })).toBe(20);
  });

  test("looks up as many tokens as it is told to", () => {
    const short = { ngram_mod_n_min: 0, ngram_mod_n_max: 4 };
    expect(drafted({ ...short, ngram_mod_n_match: 16 })).toBe(4);
    expect(drafted({ ...short, ngram_mod_n_match: 40 })).toBe(0);
    expect(drafted({ ...short, ngram_size_n: 40, ngram_mod_n_match: 16 })).toBe(4);
  });

  test("drops drafts that are shorter than the shortest", () => {
    const options = { ngram_mod_n_match: 16, ngram_mod_n_max: 64 };
    expect(drafted({ ...options, ngram_mod_n_min: 28 })).toBe(29);
    expect(drafted({ ...options, ngram_mod_n_min: 30 })).toBe(0);
  });
});

describe("a model that predicts several tokens", () => {
  const folder = mkdtempSync(join(tmpdir(), "hutch-foresight-"));
  afterAll(() => rmSync(folder, { recursive: true }));
  const path = join(folder, "foresight.gguf");
  const types = ["draft-mtp"];

  test("drafts for itself, and the text stays the same", () => {
    writeTinyForesight(path, { vocabularyOf: tinyPath });
    using seer = loadModel(path, { load_mtp: true });
    using own = new Context(seer, tinyContext);
    const expected = answer(seer, own, question, { nMax: 30 });
    own.removeCells(0, 0);
    using speculation = new Speculation(own, { types, draft_n_max: 2 });
    expect(speculation.nMax).toBe(2);
    const run = new Run(speculation, 0, question, own);
    const nPrompt = run.tokens.length;
    while (run.tokens.length < nPrompt + 30 && run.step());
    expect(run.tokens.slice(nPrompt, nPrompt + 30)).toEqual(expected);
    expect(run.nDrafted).toBeGreaterThan(20);
  });

  test.each([
    [{}, { isComplete: true }],
    [{ load_mtp: true }, { isComplete: false }],
  ])("is needed for it: loaded with %j, written with %j", (options, written) => {
    writeTinyForesight(path, { vocabularyOf: tinyPath, ...written });
    using blind = loadModel(path, options);
    using own = new Context(blind, tinyContext);
    expect(() => new Speculation(own, { types })).toThrow("draft-mtp wants");
  });

  test("is not the tiny model", () => {
    expect(() => new Speculation(context, { types })).toThrow("draft-mtp wants a model");
  });
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
