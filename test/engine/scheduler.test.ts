import { describe, expect, test } from "bun:test";
import { MediaKeys, TokenList } from "../../src/engine/tokens.ts";
import { longRunning, prompt, setUp } from "../support/scheduling.ts";
import { expectedAnswer, SimulatedRunner } from "../support/simulated-runner.ts";

describe("Scheduler", () => {
  test("answers many requests at once as it would one at a time", () => {
    const s = setUp();
    const prompts = Array.from({ length: 20 }, (_, i) => prompt(i, 5 + i * 3));
    for (const [id, p] of prompts.entries()) s.scheduler.add(s.runner.request(id, p));
    s.run();
    for (const [id, p] of prompts.entries()) {
      expect(s.texts.get(id) ?? "").toBe(expectedAnswer(p, 8));
    }
  });

  test("decodes a running stream in every step while a long prompt is prefilled", () => {
    const runner = new SimulatedRunner({ nBatch: 64, nCells: 4000, nSeqMax: 8 });
    const s = setUp(runner, { nCtxSeq: 3000 });
    s.scheduler.add(runner.request(0, longRunning(), { nPredict: 60 }));
    s.scheduler.step();
    s.scheduler.add(runner.request(1, prompt(9, 1000), { nPredict: 1 }));
    const streamed = () =>
      s.events.filter(({ id, event }) => id === 0 && event.type === "text").length;
    while (!s.completions.has(1)) {
      const before = streamed();
      s.scheduler.step();
      if (!s.completions.has(0)) expect(streamed()).toBe(before + 1);
    }
    expect(Math.max(...runner.batchSizes)).toBeLessThanOrEqual(64);
  });

  test("prefills smaller chunks when steps are slow and a stream is running", () => {
    const runner = new SimulatedRunner({ nBatch: 512, nCells: 9000, nSeqMax: 8 });
    const s = setUp(runner, { nCtxSeq: 5000 });
    // A clock that charges 5 ms for each row of a batch.
    const decode = runner.decode.bind(runner);
    runner.decode = (batch) => {
      s.clock.ms += 5 * batch.nTokens;
      return decode(batch);
    };
    s.scheduler.add(runner.request(0, longRunning(), { nPredict: 400 }));
    s.scheduler.add(runner.request(1, prompt(3, 1500), { nPredict: 1 }));
    while (!s.completions.has(1)) s.scheduler.step();
    // 200 ms at 5 ms a row are 40 rows, but a tile of 64 is worth it, the stream's row included.
    expect(Math.max(...runner.batchSizes.slice(5))).toBeLessThanOrEqual(64);
    expect(Math.max(...runner.batchSizes.slice(5))).toBeGreaterThan(32);
  });

  test("computes a prefix that concurrent requests share only once", () => {
    const s = setUp(new SimulatedRunner({ nBatch: 64, nCells: 4000, nSeqMax: 8 }), {
      nCtxSeq: 900,
    });
    const shared = prompt(1, 500);
    for (let id = 0; id < 4; id++) {
      s.scheduler.add(s.runner.request(id, [...shared, 41 + id, 3], { nPredict: 4 }));
    }
    s.run();
    for (let id = 0; id < 4; id++) {
      expect(s.texts.get(id) ?? "").toBe(expectedAnswer([...shared, 41 + id, 3], 4));
    }
    const nDecoded = s.runner.batchSizes.reduce((a, b) => a + b, 0);
    expect(nDecoded).toBeLessThan(500 + 4 * 10);
    expect([1, 2, 3].map((id) => s.completions.get(id)?.nCached)).toEqual([500, 500, 500]);
  });

  test("reuses a finished conversation, all but its last token", () => {
    const s = setUp();
    const p = prompt(2, 50);
    s.scheduler.add(s.runner.request(0, p));
    s.run();
    s.scheduler.add(s.runner.request(1, p));
    s.run();
    expect(s.completions.get(1)?.nCached).toBe(49);
    expect(s.texts.get(1)).toBe(s.texts.get(0));
  });

  test("neither takes nor leaves a prefix when the request forbids it", () => {
    const s = setUp();
    const p = prompt(2, 50);
    s.scheduler.add(s.runner.request(0, p, { cachePrompt: false }, { slot: 0 }));
    s.run();
    s.scheduler.add(s.runner.request(1, p, {}, { slot: 1 }));
    s.scheduler.add(s.runner.request(2, p, { cachePrompt: false }));
    s.run();
    expect([1, 2].map((id) => s.completions.get(id)?.nCached)).toEqual([0, 0]);
  });

  test("a picture is decoded on its own and shared only whole", () => {
    const s = setUp();
    const keys = new MediaKeys();
    const withPicture = (id: string, after: number[]) =>
      TokenList.fromChunks(
        [
          { type: "text", tokens: Int32Array.from([1, 2, 3]) },
          { type: "media", id, nTokens: 16, nPos: 16, ptr: 0 as never },
          { type: "text", tokens: Int32Array.from(after) },
        ],
        keys,
      );
    s.scheduler.add(s.runner.request(0, withPicture("a", [7, 8])));
    s.run();
    s.scheduler.add(s.runner.request(1, withPicture("a", [7, 9])));
    s.scheduler.add(s.runner.request(2, withPicture("b", [7, 8])));
    s.run();
    expect(s.completions.get(1)?.nCached).toBe(20);
    expect(s.completions.get(2)?.nCached).toBe(3);
    expect(s.runner.nMediaDecoded).toBe(2);
  });

  test("pictures never hold up a running stream for more than one of them", () => {
    const s = setUp(new SimulatedRunner({ nBatch: 64, nCells: 4000, nSeqMax: 8 }));
    s.scheduler.add(s.runner.request(0, longRunning(), { nPredict: 40 }));
    s.scheduler.step();
    const keys = new MediaKeys();
    const picture = (id: string) =>
      ({ type: "media", id, nTokens: 16, nPos: 16, ptr: 0 as never }) as const;
    const text = { type: "text", tokens: Int32Array.from([5, 6]) } as const;
    for (let id = 1; id < 4; id++) {
      const chunks = [text, picture(`a${id}`), picture(`b${id}`), text];
      s.scheduler.add(s.runner.request(id, TokenList.fromChunks(chunks, keys), { nPredict: 1 }));
    }
    let nSteps = 0;
    const nTokens = () =>
      s.events.filter(({ id, event }) => id === 0 && event.type === "text").length;
    for (const before = nTokens(); ![1, 2, 3].every((id) => s.completions.has(id)); nSteps++) {
      expect(nTokens()).toBe(before + nSteps);
      s.scheduler.step();
    }
    expect(s.runner.nMediaDecoded).toBe(6);
  });

  test("an abort ends a request within one step, waiting or running, and frees its place", () => {
    const s = setUp(undefined, { nParallel: 1 });
    s.scheduler.add(s.runner.request(0, longRunning(), { nPredict: 1000 }));
    s.scheduler.add(s.runner.request(1, prompt(4, 10)));
    s.scheduler.add(s.runner.request(2, prompt(5, 10)));
    s.scheduler.step();
    s.scheduler.abort(0);
    s.scheduler.abort(1);
    s.run();
    expect([...s.completions.keys()]).toEqual([2]);
  });

  test("recomputes a preempted sequence when the KV cache is too small for all", () => {
    const runner = new SimulatedRunner({ nBatch: 64, nCells: 60, nSeqMax: 8 });
    const s = setUp(runner, { nCtxSeq: 60 });
    const prompts = Array.from({ length: 6 }, (_, i) => prompt(i, 12));
    for (const [id, p] of prompts.entries()) {
      s.scheduler.add(runner.request(id, p, { nPredict: 30 }));
    }
    s.run();
    for (const [id, p] of prompts.entries()) {
      expect(s.texts.get(id) ?? "").toBe(expectedAnswer(p, 30));
      expect(s.errors.size).toBe(0);
    }
  });

  test("stops at the context's end and says so", () => {
    const s = setUp(undefined, { nCtxSeq: 20 });
    s.scheduler.add(s.runner.request(0, longRunning(12), { nPredict: 1000 }));
    s.run();
    const { reason, truncated, nPrompt, nPredicted } = s.completions.get(0)!;
    expect({ reason, truncated, total: nPrompt + nPredicted }).toEqual({
      reason: "length",
      truncated: true,
      total: 20,
    });
  });

  test("nPredict 0 only prefills", () => {
    const s = setUp();
    s.scheduler.add(s.runner.request(0, prompt(1, 10), { nPredict: 0 }));
    s.run();
    expect(s.completions.get(0)).toMatchObject({ reason: "length", nPredicted: 0, nPrompt: 10 });
    expect(s.texts.has(0)).toBe(false);
  });

  test("a failing sampler ends its own request and no other", () => {
    const s = setUp();
    const sampler = {
      ...s.runner.request(9, []).sampler,
      sample: () => {
        throw new Error("the grammar has no way on");
      },
    };
    s.scheduler.add(s.runner.request(0, prompt(1, 10), { sampler }));
    s.scheduler.add(s.runner.request(1, prompt(2, 10)));
    s.run();
    expect(s.errors.get(0)?.message).toContain("no way on");
    expect(s.texts.get(1) ?? "").toBe(expectedAnswer(prompt(2, 10), 8));
  });
});
