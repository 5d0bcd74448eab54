import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { Context } from "../../ffi/context.ts";
import type { Model } from "../../ffi/model.ts";
import { Sampler } from "../../ffi/sampler.ts";
import { ask, decodeTokens, loadModel, tinyContext } from "../support/tiny-native.ts";

let model: Model;
let context: Context;
let row: number;

beforeAll(() => {
  model = loadModel();
  context = new Context(model, tinyContext);
  row = decodeTokens(context, model.tokenize(ask("What is the capital of France?"), true, true));
});
afterAll(() => {
  context[Symbol.dispose]();
  model[Symbol.dispose]();
});

/** Samples once and asks for probabilities. */
function sampled(options: object, n: number, postSampling: boolean) {
  using sampler = new Sampler(model, { ...options });
  const token = sampler.sample(context, row);
  return { token, ...sampler.probabilities(context, row, token, n, postSampling) };
}
const greedy = { temperature: 0 };
const sum = (top: { prob: number }[]) => top.reduce((total, { prob }) => total + prob, 0);

describe("probabilities before sampling", () => {
  test("are a distribution over the whole vocabulary, in order", () => {
    const { token, prob, top } = sampled(greedy, model.nVocab, false);
    expect(top).toHaveLength(model.nVocab);
    expect(sum(top)).toBeCloseTo(1, 4);
    expect(top[0]).toEqual({ token, prob });
    expect(top.map((row) => row.prob)).toEqual(top.map((row) => row.prob).sort((a, b) => b - a));
    expect(new Set(top.map((row) => row.token)).size).toBe(model.nVocab);
  });

  test("do not care how the token was chosen", () => {
    const expected = sampled(greedy, 5, false);
    const [likeliest = 0] = expected.top.map(({ token }) => token);
    for (const options of [
      { temperature: 3, top_k: 2, seed: 1 },
      { ...greedy, presence_penalty: 1 },
      { ...greedy, logit_bias: [[likeliest, null]] },
      { ...greedy, logit_bias: [[likeliest, 3]] },
      { ...greedy, ignore_eos: true },
    ]) {
      const given = sampled(options, 5, false);
      expect(given.top).toEqual(expected.top);
      const known = expected.top.find(({ token }) => token === given.token);
      if (known) expect(given.prob).toBeCloseTo(known.prob, 6);
    }
  });

  test("may be asked for a token alone, or for more than there are", () => {
    expect(sampled(greedy, 0, false).top).toEqual([]);
    expect(sampled(greedy, 0, false).prob).toBeGreaterThan(0);
    expect(sampled(greedy, 10 * model.nVocab, false).top).toHaveLength(model.nVocab);
  });
});

describe("probabilities after sampling", () => {
  test("are certain when sampling is greedy, by the short cut or without it", () => {
    for (const options of [greedy, { ...greedy, presence_penalty: 1e-9 }]) {
      const { token, prob, top } = sampled(options, 5, true);
      expect({ prob, top }).toEqual({ prob: 1, top: [{ token, prob: 1 }] });
    }
  });

  test("are those of the candidates that are left", () => {
    const before = sampled(greedy, 3, false).top;
    const options = { samplers: ["top_k", "temperature"], top_k: 3, temperature: 1, seed: 1 };
    const after = sampled(options, 10, true);
    expect(after.top.map(({ token }) => token)).toEqual(before.map(({ token }) => token));
    for (const [i, { prob }] of after.top.entries()) {
      expect(prob).toBeCloseTo((before[i]?.prob ?? 0) / sum(before), 5);
    }
    expect(after.top.find(({ token }) => token === after.token)?.prob).toBe(after.prob);
  });

  test("leave out what a bias forbids", () => {
    const [likeliest = 0] = sampled(greedy, 1, false).top.map(({ token }) => token);
    const options = { temperature: 1, top_k: 0, seed: 1, logit_bias: [[likeliest, null]] };
    const { top } = sampled(options, model.nVocab, true);
    expect(top.some(({ token }) => token === likeliest)).toBe(false);
  });
});

test("a bias on a text is one on each of its tokens", () => {
  const text = "Paris is";
  const tokens = [...model.tokenize(text, false, false)];
  expect(tokens.length).toBeGreaterThan(1);
  const options = (bias: object) => ({
    samplers: ["temperature"],
    temperature: 1,
    seed: 1,
    ...bias,
  });
  const byText = sampled(options({ logit_bias: [[text, 9]] }), 5, true);
  const byToken = sampled(options({ logit_bias: tokens.map((token) => [token, 9]) }), 5, true);
  expect(byText).toEqual(byToken);
  expect(byText.top).not.toEqual(sampled(options({}), 5, true).top);
});

describe("thinking", () => {
  const tags = { thinking_start_tag: "<think>", thinking_end_tags: ["</think>"] };

  /** Text sampled in place of an answer, after what `begin` makes the sampler believe. */
  function think(options: object, nMax: number, meanwhile = (_: Sampler) => {}) {
    context.removeCells(1, 0);
    using sampler = new Sampler(model, {
      ...greedy,
      ...tags,
      generation_prompt: "<think>",
      ignore_eos: true,
      ...options,
    });
    const prompt = model.tokenize(`${ask("Hello!")}<think>`, true, true);
    let at = decodeTokens(context, prompt, { seqId: 1 });
    const tokens: number[] = [];
    while (tokens.length < nMax) {
      if (tokens.length === 5) meanwhile(sampler);
      const token = sampler.sample(context, at);
      at = decodeTokens(context, [token], { seqId: 1, from: prompt.length + tokens.length });
      tokens.push(token);
    }
    return model.detokenize(tokens, true);
  }

  test("ends at its budget, with the message", () => {
    const budget = { reasoning_budget_tokens: 4, reasoning_budget_message: " Enough." };
    expect(think(budget, 40)).toContain(" Enough.</think>");
    expect(think({}, 40)).not.toContain("Enough");
  });

  test("ends when it is told to, if that was foreseen", () => {
    const told: boolean[] = [];
    const tell = (sampler: Sampler) => void told.push(sampler.endReasoning());
    // The model's own thoughts about a greeting take longer.
    expect(think({ reasoning_control: true }, 12, tell)).toContain("</think>");
    expect(think({}, 12, tell)).not.toContain("</think>");
    expect(told).toEqual([true, false]);
  });

  test("costs greedy sampling nothing while nobody wants to end it", () => {
    expect(think({}, 30)).toBe(think({ thinking_start_tag: "", thinking_end_tags: [] }, 30));
  });
});
