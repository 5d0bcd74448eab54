import { describe, expect, test } from "bun:test";
import { MediaKeys, TokenList } from "../../src/engine/tokens.ts";
import { longRunning, prompt, setUp, sizes } from "../support/scheduling.ts";
import {
  expectedAnswer,
  nextToken,
  SimulatedDrafter,
  SimulatedRunner,
} from "../support/simulated-runner.ts";

/** What the simulated model says when its middle is dropped whenever `nCtx` tokens are there. */
function expectedShifted(p: number[], nPredict: number, nCtx: number, nKeep: number, nDrop = 0) {
  const keys = [...p];
  let text = "";
  for (let n = 0; n < nPredict; n++) {
    const token = nextToken(keys);
    if (token === 0) break;
    text += `${token} `;
    keys.push(token);
    if (keys.length < nCtx) continue;
    const nLeft = keys.length - 1 - nKeep;
    keys.splice(nKeep, nDrop || Math.floor(nLeft / 2));
  }
  return text;
}

/** A prompt that is not ended by the model although its context is shifted. */
function longShifted(n: number, nPredict: number, nCtx: number, nKeep: number, nDrop = 0) {
  for (let seed = 0; seed < 5000; seed++) {
    const p = prompt(seed, n);
    const text = expectedShifted(p, nPredict, nCtx, nKeep, nDrop);
    if (text.trim().split(" ").length === nPredict) return { p, text };
  }
  throw new Error("the simulated model always ends early");
}

describe("context shift", () => {
  test.each([
    [0, 0],
    [5, 0],
    [5, 3],
    [100, 0],
  ])("keeps %p tokens, drops %p, and goes on", (nKeep, nDiscard) => {
    const kept = Math.min(nKeep, 32 - 4);
    const { p, text } = longShifted(20, 60, 32, kept, Math.min(nDiscard, 31 - kept - 1));
    const s = setUp(undefined, { nCtxSeq: 32, contextShift: true });
    s.scheduler.add(s.runner.request(0, p, { nPredict: 60, nKeep }, { nDiscard }));
    s.scheduler.add(s.runner.request(1, prompt(3, 10)));
    s.run();
    expect(s.texts.get(0)).toBe(text);
    expect(s.completions.get(0)).toMatchObject({ truncated: true, nPredicted: 60, nPrompt: 20 });
    expect(s.texts.get(1) ?? "").toBe(expectedAnswer(prompt(3, 10), 8));
  });

  test("goes with drafts", () => {
    const { p, text } = longShifted(20, 60, 32, 0);
    const runner = new SimulatedRunner(sizes, new SimulatedDrafter(4, 3));
    const s = setUp(runner, { nCtxSeq: 32, contextShift: true });
    s.scheduler.add(runner.request(0, p, { nPredict: 60 }));
    s.run();
    expect(s.texts.get(0)).toBe(text);
  });

  test("is not for sequences with pictures: they end where the context does", () => {
    const s = setUp(undefined, { nCtxSeq: 32, contextShift: true });
    const picture = { type: "media", id: "a", nTokens: 8, nPos: 8, ptr: 0 as never } as const;
    const text = { type: "text", tokens: Int32Array.from(longRunning(9)) } as const;
    const tokens = TokenList.fromChunks([picture, text], new MediaKeys());
    s.scheduler.add(s.runner.request(0, tokens, { nPredict: 100 }));
    s.run();
    const { nPrompt, nPredicted, reason } = s.completions.get(0)!;
    if (reason === "length") expect(nPrompt + nPredicted).toBe(32);
    else expect(reason).toBe("eos");
  });
});

describe("a context of the request's own", () => {
  const ends = (nCtx: number | undefined, n = 20) => {
    const s = setUp(undefined, { nCtxSeq: 48 });
    const p = longRunning(n);
    s.scheduler.add(s.runner.request(0, p, { nPredict: 100 }, { nCtx }));
    s.scheduler.add(s.runner.request(1, longRunning(6), { nPredict: 100 }));
    s.run();
    expect(s.completions.get(1)).toMatchObject({ nPredicted: 42, truncated: true });
    const { reason, truncated, nPrompt, nPredicted } = s.completions.get(0)!;
    return { reason, truncated, nTokens: nPrompt + nPredicted };
  };

  test("ends the answer as the engine's own would, for this request alone", () => {
    expect(ends(32)).toEqual({ reason: "length", truncated: true, nTokens: 32 });
    expect(ends(undefined)).toEqual({ reason: "length", truncated: true, nTokens: 48 });
  });

  test("is never more than the engine's", () => {
    expect(ends(1000)).toEqual({ reason: "length", truncated: true, nTokens: 48 });
  });

  test("is where a context shift happens, with drafts and without", () => {
    for (const drafter of [null, new SimulatedDrafter(4, 3)]) {
      const { p, text } = longShifted(20, 60, 32, 0);
      const s = setUp(new SimulatedRunner(sizes, drafter), { contextShift: true });
      s.scheduler.add(s.runner.request(0, p, { nPredict: 60 }, { nCtx: 32 }));
      s.run();
      expect(s.texts.get(0)).toBe(text);
      expect(s.completions.get(0)).toMatchObject({ truncated: true, nPredicted: 60 });
    }
  });

  test("may be as small as a context can be", () => {
    const s = setUp(undefined, { contextShift: true });
    s.scheduler.add(s.runner.request(0, [1], { nPredict: 9 }, { nCtx: 2 }));
    s.run();
    expect(s.completions.get(0)?.nPrompt).toBe(1);
  });
});

describe("limits of an answer", () => {
  test("time counts once a line is complete", () => {
    const s = setUp();
    s.runner.pieceView = (token) => new TextEncoder().encode(token % 3 === 0 ? "\n" : "x");
    s.scheduler.add(s.runner.request(0, longRunning(), { nPredict: 50 }, { maxDecodeMs: 4 }));
    s.run();
    const { reason, decodeMs } = s.completions.get(0)!;
    expect(reason).toBe("length");
    expect(s.texts.get(0)?.endsWith("\n")).toBe(true);
    expect(decodeMs).toBeGreaterThan(4);
  });
});

describe("metrics", () => {
  test("count what llama-server counts", () => {
    const s = setUp();
    s.scheduler.add(s.runner.request(0, longRunning(), { nPredict: 5 }));
    s.run();
    s.scheduler.add(s.runner.request(1, longRunning(), { nPredict: 1 }));
    s.run();
    expect(s.scheduler.metrics()).toMatchObject({
      nPromptTokens: 6 + 1,
      nPromptCached: 5,
      nPredicted: 6,
      nPredictSteps: 4,
      nDecodes: 6,
      nBusySlots: 6,
      nTokensMax: 10,
      nProcessing: 0,
      nDeferred: 0,
    });
  });

  test("count inputs that were embedded together as the sequences that they are", () => {
    const { scheduler } = setUp();
    scheduler.countPrompts([3, 5, 2], 2, 8);
    expect(scheduler.metrics()).toMatchObject({
      nPromptTokens: 10,
      promptMs: 8,
      nDecodes: 2,
      nBusySlots: 6,
      nTokensMax: 5,
    });
  });
});
