import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LoraAdapter } from "../../ffi/adapter.ts";
import { Context } from "../../ffi/context.ts";
import type { Model } from "../../ffi/model.ts";
import { writeTinyControlVector, writeTinyLora } from "../../scripts/tiny-models.ts";
import { answer, ask, loadModel, tinyContext, tinyPath } from "../support/tiny-native.ts";

const folder = mkdtempSync(join(tmpdir(), "hutch-adapters-"));
const file = (name: string) => join(folder, `${name}.gguf`);
let model: Model;
let context: Context;

beforeAll(() => {
  writeTinyLora(file("a"), {
    modelPath: tinyPath,
    taskName: "rhyme",
    promptPrefix: "Rhyme: ",
    invocationTokens: [7, 8],
  });
  writeTinyLora(file("b"), { modelPath: tinyPath, seed: 2 });
  writeTinyLora(file("other"), { modelPath: tinyPath, architecture: "qwen2" });
  writeTinyControlVector(file("vector"), { nEmbd: 192, nLayer: 6, deviation: 5 });
  writeTinyControlVector(file("opposite"), { nEmbd: 192, nLayer: 6, deviation: -5 });
  writeTinyControlVector(file("narrow"), { nEmbd: 64, nLayer: 6 });
  model = loadModel();
  context = new Context(model, tinyContext);
});
afterEach(() => {
  context.setAdapters([]);
  context.setControlVectors([]);
});
afterAll(() => {
  context[Symbol.dispose]();
  model[Symbol.dispose]();
  rmSync(folder, { recursive: true });
});

const say = () =>
  model.detokenize(answer(model, context, ask("What is the capital of France?")), false);
const plain = "The capital of France is Paris.";

describe("LoRA adapters", () => {
  test("change the answer, alone and together, and are taken off again", () => {
    using a = new LoraAdapter(model, file("a"));
    using b = new LoraAdapter(model, file("b"));
    const answers = new Set([say()]);
    for (const set of [
      [{ adapter: a, scale: 1 }],
      [{ adapter: b, scale: 1 }],
      [
        { adapter: a, scale: 1 },
        { adapter: b, scale: 1 },
      ],
      [{ adapter: a, scale: -1 }],
    ]) {
      context.setAdapters(set);
      answers.add(say());
    }
    expect(answers.size).toBe(5);
    context.setAdapters([{ adapter: a, scale: 0 }]);
    expect(say()).toBe(plain);
    context.setAdapters([]);
    expect(say()).toBe(plain);
  });

  test("say what they are for", () => {
    using a = new LoraAdapter(model, file("a"));
    using b = new LoraAdapter(model, file("b"));
    expect([a.taskName, a.promptPrefix, [...a.invocationTokens]]).toEqual([
      "rhyme",
      "Rhyme: ",
      [7, 8],
    ]);
    expect([b.taskName, b.promptPrefix, [...b.invocationTokens]]).toEqual(["", "", []]);
  });

  test("one for another architecture is refused by name, as is no adapter at all", () => {
    expect(() => new LoraAdapter(model, file("other"))).toThrow(/other\.gguf.*\n.*mismatch/);
    expect(() => new LoraAdapter(model, tinyPath)).toThrow(/tiny-text\.gguf.*\n.*adapter/);
    expect(() => new LoraAdapter(model, file("missing"))).toThrow(/missing\.gguf/);
  });
});

describe("control vectors", () => {
  test("change the answer, as far as their scale and layers go", () => {
    context.setControlVectors([{ path: file("vector"), scale: 1 }]);
    const whole = say();
    expect(whole).not.toBe(plain);
    context.setControlVectors([{ path: file("vector"), scale: 1 }], [5, 5]);
    expect(say()).not.toBe(whole);
    context.setControlVectors([{ path: file("vector"), scale: 0 }]);
    expect(say()).toBe(plain);
    context.setControlVectors([]);
    expect(say()).toBe(plain);
  });

  test("add up", () => {
    context.setControlVectors([
      { path: file("vector"), scale: 1 },
      { path: file("opposite"), scale: 1 },
    ]);
    expect(say()).toBe(plain);
  });

  test.each([
    ["narrow", undefined, /narrow\.gguf .* width of 64, the model's is 192/],
    ["a", undefined, /a\.gguf is not a control vector/],
    ["missing", undefined, /missing\.gguf is not a control vector/],
    ["vector", [0, 3], /between 1 and 6, not 0 to 3/],
    ["vector", [1, 7], /between 1 and 6, not 1 to 7/],
  ] as const)("refuses %s with layers %j", (name, layers, reason) => {
    expect(() => context.setControlVectors([{ path: file(name), scale: 1 }], layers)).toThrow(
      reason,
    );
    expect(say()).toBe(plain);
  });
});
