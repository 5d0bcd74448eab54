import { afterAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Context } from "../../ffi/context.ts";
import { Sampler } from "../../ffi/sampler.ts";
import { freeState } from "../../ffi/sequence-state.ts";
import { tinyWindow, writeTinyMemory } from "../../scripts/tiny-memories.ts";
import { ask, decodeTokens, loadModel, tinyContext, tinyPath } from "../support/tiny-native.ts";

const folder = mkdtempSync(join(tmpdir(), "hutch-state-"));
afterAll(() => rmSync(folder, { recursive: true }));

const question = ask("What is the capital of France?");

describe("a copy of a sequence", () => {
  test("goes on in another one as it would have", () => {
    using model = loadModel();
    using context = new Context(model, tinyContext);
    using sampler = new Sampler(model, { temperature: 0 });
    const tokens = [...model.tokenize(question, true, true)];
    const last = tokens.pop() ?? 0;
    const next = (seqId: number) =>
      sampler.sample(context, decodeTokens(context, [last], { seqId, from: tokens.length }));
    decodeTokens(context, tokens);
    const state = context.saveState(0, "whole");
    expect(state[0]?.length).toBe(context.stateBytes(0, "whole"));
    const expected = next(0);
    context.clear();
    expect(context.restoreState(2, state, "whole")).toBe(true);
    expect(context.lastPosition(2)).toBe(tokens.length - 1);
    expect(next(2)).toBe(expected);
  });

  test("is refused where there is no room for it, and when it was freed", () => {
    using model = loadModel();
    using context = new Context(model, { ...tinyContext, n_ctx: 256 });
    const tokens = Array.from({ length: 200 }, () => 5);
    decodeTokens(context, tokens);
    const state = context.saveState(0, "whole");
    expect(context.restoreState(1, state, "whole")).toBe(false);
    context.removeCells(0, 0);
    expect(context.restoreState(1, state, "whole")).toBe(true);
    freeState(state);
    expect(state[0]?.length).toBe(0);
    expect(context.restoreState(1, state, "whole")).toBe(false);
  });

  test("of what cannot be cut is small, and takes a window back", () => {
    const path = join(folder, "windowed.gguf");
    writeTinyMemory(path, { kind: "windowed", vocabularyOf: tinyPath });
    using model = loadModel(path);
    expect(model.nWindow).toBe(tinyWindow);
    using context = new Context(model, { ...tinyContext, n_ubatch: 32 });
    const tokens = Array.from({ length: 200 }, (_, i) => 5 + i);
    decodeTokens(context, tokens.slice(0, 100));
    const state = context.saveState(0, "uncuttable");
    decodeTokens(context, tokens.slice(100), { from: 100 });
    expect(context.stateBytes(0, "uncuttable") * 2).toBeLessThan(context.stateBytes(0, "whole"));
    expect(context.restoreState(0, state, "uncuttable")).toBe(true);
    expect([context.firstPosition(0), context.lastPosition(0)]).toEqual([100 - tinyWindow, 99]);
  });
});
