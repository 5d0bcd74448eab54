import { afterAll, beforeAll, expect, test } from "bun:test";
import { Context } from "../../ffi/context.ts";
import type { Model } from "../../ffi/model.ts";
import { answer, ask, loadModel, tinyContext } from "../support/tiny-native.ts";

let model: Model;

beforeAll(() => {
  model = loadModel();
});
afterAll(() => model[Symbol.dispose]());

test.each([
  [{ n_threads: 1 }, {}],
  [{ n_threads: 1 }, { n_threads: 2 }],
  [{ n_threads: 1, cpu_mask: "1", cpu_strict: true, poll: 0 }, {}],
  [
    { n_threads: 1, cpu_mask: "0x1" },
    { n_threads: 2, cpu_range: "0-1", poll: 100 },
  ],
  [{}, { priority: 0 }],
])("answers with threads %j and %j", (decode, batch) => {
  using context = new Context(model, tinyContext);
  context.setThreads({ n_threads: 2 });
  context.setThreads(decode, batch);
  context.warmup();
  const text = model.detokenize(answer(model, context, ask("What is 7 + 5?")), false);
  expect(text).toContain("12");
});

test.each([
  [{ cpu_mask: "xyz" }, /cpu_mask "xyz"/],
  [{ cpu_mask: "" }, /cpu_mask ""/],
  [{ cpu_range: "3" }, /cpu_range "3"/],
  [{ cpu_range: "a-b" }, /cpu_range "a-b"/],
  [{ cpu_range: "0-99999" }, /cpu_range "0-99999"/],
  [{ n_threads: 100_000 }, /n_threads must be .* from 0 to 512/],
  [{ priority: 4 }, /priority .*-1 to 3/],
  [{ poll: 101 }, /poll .*0 to 100/],
])("refuses %j", (options, reason) => {
  using context = new Context(model, tinyContext);
  expect(() => context.setThreads(options)).toThrow(reason);
  expect(() => context.setThreads({}, options)).toThrow(reason);
  expect(answer(model, context, ask("What is 7 + 5?")).length).toBeGreaterThan(0);
});
