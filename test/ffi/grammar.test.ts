import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { jsonSchemaToGrammar } from "../../ffi/chat.ts";
import { Context } from "../../ffi/context.ts";
import type { Model } from "../../ffi/model.ts";
import { Sampler } from "../../ffi/sampler.ts";
import { answer, ask, decodeTokens, loadModel, tinyContext } from "../support/tiny-native.ts";

// What is allowed where, and that llama-common samples the same: native/shim/grammar-test.cpp.

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

const question = ask("What is the capital of France?");

function text(options: object, nMax = 40): string {
  return model.detokenize(answer(model, context, question, { options, nMax }), true);
}

describe("a grammar", () => {
  test("that the likeliest tokens fit changes nothing, whatever samples them", () => {
    const free = text({ temperature: 0 });
    for (const options of [{ temperature: 0 }, { temperature: 0, presence_penalty: 1e-9 }]) {
      expect(text({ ...options, grammar: "root ::= .*" })).toBe(free);
    }
  });

  test("leaves the likeliest of what it allows", () => {
    const row = decodeTokens(context, model.tokenize(question, true, true), { seqId: 1 });
    using free = new Sampler(model, { temperature: 0 });
    free.sample(context, row);
    const { top } = free.probabilities(context, row, 0, model.nVocab, false);
    const likeliest = top.find(({ token }) => /^[x-z]+$/.test(model.detokenize([token], true)));
    for (const temperature of [0, 0.8]) {
      const samplers = { temperature, top_k: 1, seed: 1 };
      using sampler = new Sampler(model, { ...samplers, grammar: "root ::= [x-z]+" });
      expect(sampler.sample(context, row)).toBe(likeliest?.token ?? -1);
    }
    context.removeCells(1, 0);
  });

  test("takes a class for what it lists, in whatever order and however often", () => {
    const plain = text({ temperature: 0, grammar: "root ::= [a-dx-z]{12}" });
    expect(plain).toMatch(/^[a-dx-z]{12}$/);
    for (const same of ["xb-dzya-cz-a", "zyxdcba", "a-bb-cc-dx-zx"]) {
      expect(text({ temperature: 0, grammar: `root ::= [${same}]{12}` })).toBe(plain);
    }
    const others = text({ temperature: 0, grammar: "root ::= [^ -`e-we-f{-~]{12}" });
    expect(others).toMatch(/^[^ -`e-w{-~]{12}$/);
  });

  test("may have thousands of ways to begin", () => {
    const ways = Array.from({ length: 5000 }, (_, i) => `"way ${i}"`);
    const grammar = `root ::= ${ways.join(" | ")}`;
    expect(text({ temperature: 0, grammar })).toMatch(/^way \d{1,4}$/);
  });

  test("is the same for two who write by it in turns", () => {
    const schema = { type: "array", items: { enum: ["Paris", "Rome"] }, minItems: 3, maxItems: 3 };
    const options = { temperature: 0, grammar: jsonSchemaToGrammar(schema) };
    const alone = text(options, 200); // a model may like the white space between values
    const rows = [2, 3].map((seqId) =>
      decodeTokens(context, model.tokenize(question, true, true), { seqId }),
    );
    using other = new Sampler(model, { ...options, temperature: 2, seed: 7 });
    other.sample(context, rows[1] ?? 0);
    expect(text(options, 200)).toBe(alone);
    expect(Array.isArray(JSON.parse(alone))).toBe(true);
    context.removeCells(2, 0);
    context.removeCells(3, 0);
  });

  test("that no text fits any more says so", () => {
    const options = { temperature: 0, grammar: 'root ::= "a" <[0]>', logit_bias: [] };
    expect(() => text(options)).toThrow("empty grammar stack");
  });
});

describe("a grammar that is refused", () => {
  test.each([
    ['root ::= "a', "unexpected end of input"],
    ["root ::= x", 'undefined rule "x"'],
    ['x ::= "a"', 'no rule "root"'],
    ['root ::= root "a" | "b"', "a rule begins with itself"],
    ['root ::= "a"{3000}', "number of repetitions"],
    ['root ::= "a"{3,2}', "a repetition ends before it begins"],
    [`root ::= ${'("a"{2000}) '.repeat(600)}`, "it is too large"],
  ])("%#: %.0s%s", (grammar, message) => {
    expect(() => new Sampler(model, { grammar })).toThrow(message);
  });

  // llama.cpp looks for left recursion in 2^40 ways here.
  const doubled = (last: string) =>
    Array.from({ length: 40 }, (_, i) => `r${i} ::= "" | r${i + 1} r${i + 1} | "a"`)
      .concat(`root ::= r0 "z"`, `r40 ::= ${last}`)
      .join("\n");

  test("when it has too many ways to go on", () => {
    const grammar = doubled('"" | "b"');
    expect(() => new Sampler(model, { grammar })).toThrow("the grammar is too ambiguous");
  });

  test("when it would grow without end, unseen by the check of left recursion", () => {
    const grammar = 'root ::= e root "z" | "x"\ne ::= f\nf ::= "" | "y"';
    expect(() => new Sampler(model, { grammar })).toThrow("the grammar is too ambiguous");
  });
});
