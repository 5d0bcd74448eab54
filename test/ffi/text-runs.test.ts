import { expect, test } from "bun:test";
import { checkRuns, splitsRecursively } from "../../ffi/text-runs.ts";

test.each(["a", "é", "中", "7", " ", "\n", "!", "-"])("no run of %j is too long to split", (c) => {
  expect(() => checkRuns(c.repeat(100_000))).toThrow("in a row");
  expect(() => checkRuns(`${c.repeat(9000)}b!b 1`.repeat(10))).not.toThrow();
});

test("only what llama.cpp splits by std::regex is looked at", () => {
  expect(splitsRecursively("gpt2", "deepseek-llm")).toBe(true);
  expect(splitsRecursively("gpt2", null)).toBe(true);
  expect(splitsRecursively("gpt2", "qwen2")).toBe(false);
  expect(splitsRecursively("llama", null)).toBe(false);
});
