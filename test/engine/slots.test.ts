import { describe, expect, test } from "bun:test";
import type { AppError } from "../../src/core/errors.ts";
import type { LoraSet } from "../../src/engine/sequence.ts";
import { noLora } from "../../src/engine/sequence.ts";
import { longRunning, prompt, setUp, sizes } from "../support/scheduling.ts";
import { expectedAnswer, nextToken, SimulatedRunner } from "../support/simulated-runner.ts";

describe("slots", () => {
  test("a request that asks for a slot gets it, modulo their number", () => {
    const s = setUp();
    for (const [id, slot] of [2, 7, 0].entries()) {
      s.scheduler.add(s.runner.request(id, prompt(id, 10), {}, { slot }));
    }
    s.run();
    expect([0, 1, 2].map((id) => s.completions.get(id)?.slot)).toEqual([2, 3, 0]);
  });

  test("a request that waits for its slot holds up no other", () => {
    const s = setUp();
    s.scheduler.add(s.runner.request(0, longRunning(), { nPredict: 50 }, { slot: 1 }));
    s.scheduler.add(s.runner.request(1, prompt(3, 10), {}, { slot: 1 }));
    s.scheduler.add(s.runner.request(2, prompt(4, 10)));
    while (!s.completions.has(2)) s.scheduler.step();
    expect(s.scheduler.metrics().nDeferred).toBe(1);
    expect([s.completions.has(0), s.completions.has(1)]).toEqual([false, false]);
    s.run();
    expect(s.completions.get(1)?.slot).toBe(1);
  });

  test("shares with its own slot's content only, if it asks for a slot", () => {
    const s = setUp();
    const [a, b] = [prompt(2, 30), [...prompt(2, 25), 40, 39, 38]];
    const nCached = (id: number, p: number[], slot: number) => {
      s.scheduler.add(s.runner.request(id, p, {}, { slot }));
      s.run();
      return s.completions.get(id)?.nCached;
    };
    expect([nCached(0, a, 0), nCached(1, a, 1), nCached(2, b, 0), nCached(3, b, 0)]).toEqual([
      0, 0, 25, 27,
    ]);
  });

  test("prefers the idle slot that holds most of a prompt, else the one unused for longest", () => {
    const s = setUp();
    const slotOf = (id: number, p: number[]) => {
      s.scheduler.add(s.runner.request(id, p, { nPredict: 1 }));
      s.run();
      return s.completions.get(id)?.slot;
    };
    expect([1, 2, 3, 4].map((id) => slotOf(id, prompt(id, 20)))).toEqual([3, 2, 1, 0]);
    expect(slotOf(5, [...prompt(2, 15), 41, 40, 39])).toBe(2);
    expect(slotOf(6, prompt(6, 20))).toBe(3);
  });

  test("a private request's content is for its slot alone", () => {
    const s = setUp();
    const p = prompt(2, 30);
    s.scheduler.add(s.runner.request(0, p, { cachePrompt: false }, { slot: 2 }));
    s.run();
    s.scheduler.add(s.runner.request(1, p, {}, { slot: 0 }));
    s.run();
    s.scheduler.add(s.runner.request(2, p, {}, { slot: 2 }));
    s.run();
    expect([1, 2].map((id) => s.completions.get(id)?.nCached)).toEqual([0, 29]);
  });

  test("a private request's content goes when its slot is used for something else", () => {
    const s = setUp();
    s.scheduler.add(s.runner.request(0, prompt(2, 30), { cachePrompt: false }, { slot: 2 }));
    s.run();
    s.scheduler.add(s.runner.request(1, prompt(3, 10), {}, { slot: 2 }));
    s.run();
    expect(s.runner.nCellsUsed).toBe(s.completions.get(1)?.nHeld ?? -1);
  });

  test("donors outside of slots go first when rows are short", () => {
    const s = setUp(new SimulatedRunner({ ...sizes, nSeqMax: 3 }), { nParallel: 2 });
    const run = (id: number, p: number[], slot: number) => {
      s.scheduler.add(s.runner.request(id, p, {}, { slot }));
      s.run();
      return s.completions.get(id)?.nCached;
    };
    run(0, prompt(1, 20), 0);
    for (let id = 1; id < 5; id++) run(id, prompt(id + 1, 20), 1);
    expect(run(5, prompt(1, 20), 0)).toBe(19);
  });

  test("donors outside of slots go first when cells are short", () => {
    const s = setUp(new SimulatedRunner({ ...sizes, nCells: 70 }), { nParallel: 2, nCtxSeq: 60 });
    const run = (id: number, p: number[], slot: number) => {
      s.scheduler.add(s.runner.request(id, p, { nPredict: 1 }, { slot }));
      s.run();
      return s.completions.get(id)?.nCached;
    };
    run(0, prompt(1, 20), 0);
    run(1, prompt(2, 20), 1);
    run(2, prompt(3, 20), 1);
    run(3, prompt(4, 20), 1);
    expect(run(4, prompt(1, 20), 0)).toBe(19);
  });

  test("one row for each slot is enough", () => {
    const s = setUp(new SimulatedRunner({ ...sizes, nSeqMax: 2 }), { nParallel: 2 });
    const prompts = Array.from({ length: 12 }, (_, id) => prompt(id % 3, 10 + id));
    for (const [id, p] of prompts.entries()) s.scheduler.add(s.runner.request(id, p));
    s.run();
    for (const [id, p] of prompts.entries()) {
      expect(s.texts.get(id) ?? "").toBe(expectedAnswer(p, 8));
    }
  });

  test("says what runs, and what ran", () => {
    const s = setUp();
    s.scheduler.add(s.runner.request(7, longRunning(6), { nPredict: 4 }, { slot: 1 }));
    s.scheduler.step();
    s.scheduler.step();
    const [first, second] = s.scheduler.slots();
    expect(first).toEqual({ id: 0, nCtx: 200, isProcessing: false, isSpeculative: false });
    expect(second?.isProcessing).toBe(true);
    expect(second?.task).toMatchObject({
      id: 7,
      nPrompt: 7,
      nProcessed: 6,
      nCached: 0,
      nDecoded: 2,
      nRemain: 2,
      hasNextToken: true,
      promptText: longRunning(6)
        .map((token) => `${token} `)
        .join(""),
      generatedText: expectedAnswer(longRunning(6), 2),
    });
    s.run();
    expect(s.scheduler.slots()[1]).toMatchObject({
      isProcessing: false,
      task: { id: 7, nPrompt: 9, nDecoded: 0, nRemain: -1, hasNextToken: false },
    });
  });
});

describe("slot files", () => {
  const run = (s: ReturnType<typeof setUp>, id: number, p: number[], slot: number) => {
    s.scheduler.add(s.runner.request(id, p, {}, { slot }));
    s.run();
    return s.completions.get(id);
  };

  test("a saved slot is restored into another", async () => {
    const s = setUp();
    const p = prompt(2, 30);
    const nHeld = run(s, 0, p, 1)?.nHeld ?? 0;
    const saved = s.scheduler.saveSlot({ slot: 1, path: "a" });
    s.scheduler.step();
    expect(await saved).toEqual({ nTokens: nHeld, nBytes: 4 * nHeld, ms: 0 });
    const restored = s.scheduler.restoreSlot({ slot: 0, path: "a" }, noLora);
    s.scheduler.step();
    expect((await restored).nTokens).toBe(nHeld);
    expect(run(s, 1, p, 0)?.nCached).toBe(29);
    expect(s.texts.get(1)).toBe(s.texts.get(0));
  });

  test("waits while the slot is busy", async () => {
    const s = setUp();
    s.scheduler.add(s.runner.request(0, longRunning(), { nPredict: 5 }, { slot: 0 }));
    s.scheduler.step();
    const saved = s.scheduler.saveSlot({ slot: 0, path: "a" });
    for (; !s.completions.has(0); s.scheduler.step()) expect(s.runner.files.size).toBe(0);
    expect(s.scheduler.isIdle).toBe(false);
    s.run();
    expect((await saved).nTokens).toBe(s.completions.get(0)?.nHeld ?? -1);
  });

  test("a file that cannot be restored leaves the slot empty", async () => {
    const s = setUp();
    run(s, 0, prompt(2, 30), 0);
    const restored = s.scheduler.restoreSlot({ slot: 0, path: "none" }, noLora);
    const failure = restored.catch((error: AppError) => error);
    s.run();
    expect(await failure).toMatchObject({
      code: "invalid_request",
      message: "Unable to restore slot: no such file",
    });
    expect(run(s, 1, prompt(2, 30), 0)?.nCached).toBe(0);
  });

  test("an erased slot is computed anew", async () => {
    const s = setUp();
    const nHeld = run(s, 0, prompt(2, 30), 0)?.nHeld ?? 0;
    const erased = s.scheduler.eraseSlot({ slot: 0 });
    s.run();
    expect(await erased).toEqual({ nErased: nHeld });
    expect(s.runner.nCellsUsed).toBe(0);
    expect(run(s, 1, prompt(2, 30), 0)?.nCached).toBe(0);
  });

  test("an empty slot can be saved and restored", async () => {
    const s = setUp();
    const saved = s.scheduler.saveSlot({ slot: 0, path: "a" });
    const restored = s.scheduler.restoreSlot({ slot: 1, path: "a" }, noLora);
    s.run();
    expect([(await saved).nTokens, (await restored).nTokens]).toEqual([0, 0]);
  });

  test("a slot that is not there is refused", async () => {
    const s = setUp();
    const failure = s.scheduler.eraseSlot({ slot: 4 }).catch((error: AppError) => error);
    expect(await failure).toMatchObject({ code: "invalid_request" });
  });
});

describe("LoRA adapters", () => {
  const lora = (key: string): LoraSet => ({ key, scales: [{ id: 0, scale: Number(key) }] });

  test("requests with different sets never share a decode, and each gets its turn", () => {
    const s = setUp();
    const p = longRunning();
    const keys = ["", "0.5", "1", "0.5"];
    for (const [id, key] of keys.entries()) {
      const set = key === "" ? noLora : lora(key);
      s.scheduler.add(s.runner.request(id, p, { lora: set, cachePrompt: id < 3 }));
    }
    for (let i = 0; i < 12; i++) s.scheduler.step();
    expect(s.runner.loras.slice(0, 6)).toEqual(["", "0.5", "1", "", "0.5", "1"]);
    s.run();
    for (const [id, key] of keys.entries()) {
      expect(s.texts.get(id) ?? "").toBe(expectedAnswer(p, 8, key));
    }
  });

  test("cells are shared between equal sets only", () => {
    const s = setUp();
    const p = prompt(2, 30);
    for (const [id, set] of [noLora, lora("1"), lora("1"), noLora].entries()) {
      s.scheduler.add(s.runner.request(id, p, { lora: set }));
      s.run();
    }
    expect([0, 1, 2, 3].map((id) => s.completions.get(id)?.nCached)).toEqual([0, 0, 29, 29]);
  });

  test("adapters that begin in the middle of a prompt are not used before", () => {
    const s = setUp();
    const p = prompt(2, 30);
    s.scheduler.add(s.runner.request(0, p, { lora: lora("1"), loraFrom: 20, nPredict: 1 }));
    s.run();
    const keys = p.map((token, i) => (i < 20 ? token : `${token}@1`));
    expect(s.texts.get(0)).toBe(`${nextToken(keys)} `);
  });

  test("adapters that begin in the middle of a prompt share what comes before", () => {
    const s = setUp();
    const p = prompt(2, 30);
    s.scheduler.add(s.runner.request(0, p));
    s.run();
    s.scheduler.add(s.runner.request(1, p, { lora: lora("1"), loraFrom: 20 }));
    s.run();
    expect(s.completions.get(1)?.nCached).toBe(20);
    s.scheduler.add(s.runner.request(2, p, { lora: lora("1"), loraFrom: 20 }));
    s.run();
    expect(s.completions.get(2)?.nCached).toBe(29);
    expect(s.texts.get(2)).toBe(s.texts.get(1));
    expect(s.texts.get(1)).not.toBe(s.texts.get(0));
  });
});
