import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Batch } from "../../ffi/batch.ts";
import { ChatParser, ChatTemplates, jsonSchemaToGrammar } from "../../ffi/chat.ts";
import { Context } from "../../ffi/context.ts";
import { devices } from "../../ffi/devices.ts";
import type { Model } from "../../ffi/model.ts";
import { Sampler } from "../../ffi/sampler.ts";
import { Speculation } from "../../ffi/speculation.ts";
import { writeTinyControlVector, writeTinyEncoder } from "../../scripts/tiny-models.ts";
import { decodeTokens, loadModel, tinyContext, tinyPath } from "../support/tiny-native.ts";

// Each of these ended the process in llama.cpp: an assertion, a stack overflow, no memory.

const folder = mkdtempSync(join(tmpdir(), "hutch-hostile-"));
let model: Model;
let context: Context;
let templates: ChatTemplates;

beforeAll(() => {
  model = loadModel();
  context = new Context(model, tinyContext);
  templates = new ChatTemplates(model);
});
afterAll(() => {
  templates[Symbol.dispose]();
  context[Symbol.dispose]();
  model[Symbol.dispose]();
  rmSync(folder, { recursive: true });
});

const nested = (n: number) => `${"[".repeat(n)}1${"]".repeat(n)}`;
const deep = 20_000;

function schema(depth: number): object {
  let inner: object = { type: "string" };
  for (let i = 0; i < depth; i++) inner = { anyOf: [inner] };
  return inner;
}

describe("nesting", () => {
  const user = { role: "user", content: "Hi" };
  const tool = (parameters: object) => [{ type: "function", function: { name: "f", parameters } }];

  test("of a grammar or a trigger", () => {
    const brackets = `${"(".repeat(deep)}"a"${")".repeat(deep)}`;
    expect(() => new Sampler(model, { grammar: `root ::= ${brackets}` })).toThrow("levels deep");
    const lazy = { grammar: 'root ::= "a"', grammar_lazy: true };
    const trigger = { type: 2, value: brackets };
    expect(() => new Sampler(model, { ...lazy, grammar_triggers: [trigger] })).toThrow("deep");
  });

  test.each([
    `root ::= ${"(".repeat(400)} "a" ${")".repeat(400)}`,
    `root ::= "${"(".repeat(600)}"`,
    `root ::= [${"(".repeat(600)}]`,
    `# ${"(".repeat(600)} "\nroot ::= "a"`,
    `root ::= ${'("a") '.repeat(600)}`,
  ])("is no matter where there is none: %#", (grammar) => {
    expect(() => new Sampler(model, { grammar })[Symbol.dispose]()).not.toThrow();
  });

  test("a schema whose pattern would break a character in two is refused", () => {
    for (const pattern of ["^é{2}$", "^é+$", "^😀?x$"]) {
      expect(() => jsonSchemaToGrammar({ type: "string", pattern })).toThrow("beyond ASCII");
    }
    expect(jsonSchemaToGrammar({ type: "string", pattern: "^[é]{2}$" })).toContain("é");
  });

  test("of a schema, wherever it is", () => {
    const asText = `${'{"items":'.repeat(deep)}{}${"}".repeat(deep)}`;
    expect(() => jsonSchemaToGrammar(schema(2000))).toThrow("levels deep");
    expect(jsonSchemaToGrammar(schema(20))).toContain("root");
    expect(() => templates.apply({ messages: [user], json_schema: asText })).toThrow("deep");
    expect(() => templates.apply({ messages: [user], tools: tool(schema(2000)) })).toThrow("deep");
  });

  test("of variables, and of a call in the conversation", () => {
    const mood = JSON.parse(nested(2000));
    expect(() => templates.apply({ messages: [user], template_kwargs: { mood } })).toThrow("deep");
    const call = { type: "function", function: { name: "f", arguments: nested(deep) } };
    const assistant = { role: "assistant", content: "", tool_calls: [call] };
    expect(() => templates.apply({ messages: [user, assistant] })).toThrow("deep");
  });

  test("of an answer, if it is parsed as JSON", () => {
    const inputs = { messages: [user], enable_thinking: false };
    const calling = templates.apply({ ...inputs, tools: tool({ type: "object" }) });
    const answer = `<tool_call>\n{"name": "f", "arguments": ${"[".repeat(deep)}`;
    using parser = new ChatParser(calling);
    expect(() => parser.parse(answer, true)).toThrow("levels deep");
    using plain = new ChatParser(templates.apply(inputs));
    expect(plain.parse(answer, true).content).toBe(answer);
  });
});

const lazily = (...patterns: string[]) => ({
  grammar: 'root ::= "a"',
  grammar_lazy: true,
  grammar_triggers: patterns.map((value) => ({ type: 2, value })),
});

describe("a sampler", () => {
  test.each([
    [{ grammar: '%llguidance {}\nstart: "a"' }, /llguidance/],
    [{ grammar_triggers: [{ type: 77, value: "x" }] }, /no type 77/],
    [lazily("(a)\\1"), /refers to a group/],
    [lazily("(?!a*)b"), /bytes ahead/],
    [lazily("((a{100}){100}){100}"), /too large/],
    [lazily(...Array(20).fill("a{900}")), /too many/],
    [{ grammar: `root ::= ((("a")))`, grammar_depth_max: 2 }, /more than 2 levels deep/],
  ])("refuses %j", (options, reason) => {
    expect(() => new Sampler(model, options)).toThrow(reason);
  });

  test("looks for a pattern in a long text as fast as in a short one", () => {
    const waiting = lazily("(a+)+$", "^(a|a)*$", "(.*)*b", "(?!a)(a*)*c");
    // A text that none of them is found in.
    using sampler = new Sampler(model, { temperature: 0, logit_bias: [["x", 1000]], ...waiting });
    const row = decodeTokens(context, [1, 2, 3]);
    const [x] = model.tokenize("x", false, false);
    for (let i = 0; i < 5000; i++) expect(sampler.sample(context, row)).toBe(x!);
    context.removeCells(0, 0);
  });

  test("does not remember more than there can be", () => {
    const forever = { repeat_last_n: 0x7fffffff, dry_penalty_last_n: 0x7fffffff };
    using sampler = new Sampler(model, { ...forever, repeat_penalty: 1.1, dry_multiplier: 1 });
    context.removeCells(0, 0);
    expect(sampler.sample(context, decodeTokens(context, [1, 2, 3]))).toBeGreaterThanOrEqual(0);
  });

  test("wants a row with logits", () => {
    const batch = new Batch(2);
    batch.add(1, 0, 1, false);
    batch.add(1, 1, 1, true);
    expect(context.decode(batch)).toBe("done");
    for (const temperature of [0, 1]) {
      using sampler = new Sampler(model, { temperature });
      expect(() => sampler.sample(context, 0)).toThrow("did not ask for logits");
      expect(() => sampler.probabilities(context, 0, 1, 1, false)).toThrow("did not ask");
    }
  });
});

describe("a step", () => {
  const rows = (n: number) => {
    const batch = new Batch(n);
    for (let i = 0; i < n; i++) batch.add(6, i, 0, false);
    return batch;
  };

  test("that is larger than the batch is refused", () => {
    expect(() => context.decode(rows(257))).toThrow(/257 rows .* 256/);
  });

  test("of an encoder that is larger than the ubatch is refused", () => {
    const path = join(folder, "encoder.gguf");
    writeTinyEncoder(path, { pooling: "mean" });
    using encoder = loadModel(path);
    using small = new Context(encoder, { ...tinyContext, n_ubatch: 16, embeddings: true });
    expect(() => small.encode(rows(17))).toThrow(/17 rows .* 16/);
    expect(() => small.decode(rows(17))).toThrow(/17 rows .* 16/);
  });
});

describe("a context", () => {
  const make = (options: object) =>
    new Context(model, { ...tinyContext, ...options })[Symbol.dispose]();

  test.each([
    [{ n_ctx: -1 }, /n_ctx must be .* not -1/],
    [{ n_ctx: 2 ** 32 }, /n_ctx must be .* not 4294967296/],
    [{ n_batch: 0 }, /n_batch must be a whole number from 1/],
    [{ n_ubatch: 0 }, /n_ubatch must be a whole number from 1/],
    [{ n_ubatch: 0.5 }, /n_ubatch must be a whole number .* not 0.5/],
    [{ n_seq_max: 257, n_outputs_max: 257 }, /n_seq_max must be/],
    [{ n_outputs_max: 3 }, /3 outputs, which is too few for 4 sequences/],
    [{ n_outputs_max: 0, n_batch: 3 }, /3 outputs, which is too few for 4 sequences/],
    [{ n_threads: 513 }, /n_threads must be .* to 512, not 513/],
    [{ n_threads_batch: -1 }, /n_threads_batch must be/],
    [{ rope_freq_base: -1 }, /rope_freq_base must be a number from 0/],
    [{ rope_freq_scale: Number.POSITIVE_INFINITY }, /rope_freq_scale must be .* not null/],
    [{ yarn_ext_factor: Number.NaN }, /yarn_ext_factor must be .* not null/],
    [{ yarn_orig_ctx: 2 ** 32 }, /yarn_orig_ctx must be/],
  ])("of %j is refused", (options, reason) => {
    expect(() => make(options)).toThrow(reason);
  });

  const memory = () => devices().reduce((sum, { totalBytes }) => sum + totalBytes, 0);

  test("of more cells than the memory holds is refused", () => {
    const n_ctx = Math.min(2 ** 31 - 1, Math.ceil(memory() / 64) + 1);
    if (n_ctx < 2 ** 31 - 1) expect(() => make({ n_ctx })).toThrow(/n_ctx .* memory/);
  });

  test("of one row at a time warms up", () => {
    using narrow = new Context(model, { ...tinyContext, n_batch: 1, n_ubatch: 1 });
    expect(() => narrow.warmup()).not.toThrow();
  });
});

test.each(["draft-dflash", "draft-dspark", "draft-eagle3", "draft-mtp"])(
  "%s wants a model that is made for it",
  (type) => {
    const options = { types: [type], draft_model: tinyPath };
    expect(() => new Speculation(context, options)).toThrow(Error);
  },
);

test("a draft model that is no model is refused before it is used", () => {
  const path = join(folder, "vector.gguf");
  writeTinyControlVector(path, { nEmbd: 8, nLayer: 2 });
  expect(() => Speculation.describe({ draft_model: path })).toThrow("is no model");
  expect(() => Speculation.describe({ draft_model: import.meta.path })).toThrow("no GGUF");
});
