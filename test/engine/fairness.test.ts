import { describe, expect, test } from "bun:test";
import { noLora } from "../../src/engine/sequence.ts";
import { MediaKeys, TokenList } from "../../src/engine/tokens.ts";
import { longRunning, prompt, setUp } from "../support/scheduling.ts";
import { expectedAnswer, SimulatedDrafter, SimulatedRunner } from "../support/simulated-runner.ts";

const sizes = { nBatch: 64, nCells: 4000, nSeqMax: 12 };
const long = prompt(9, 1000);

/** Steps until request `id` is done. */
function stepsUntil(s: ReturnType<typeof setUp>, id: number): number {
  let n = 0;
  for (; !s.completions.has(id); n++) s.scheduler.step();
  return n;
}

describe("prompts that wait", () => {
  test("a short one does not wait for a long one that came before", () => {
    const s = setUp(new SimulatedRunner(sizes), { nCtxSeq: 2000 });
    s.scheduler.add(s.runner.request(0, long, { nPredict: 1 }));
    s.scheduler.step();
    s.scheduler.add(s.runner.request(1, prompt(2, 20), { nPredict: 1 }));
    expect(stepsUntil(s, 1)).toBe(1);
    s.run();
    // What the short one left of its step went to the long one.
    expect(s.runner.batchSizes.slice(0, -1).every((nRows) => nRows === 64)).toBe(true);
    expect(s.texts.get(0) ?? "").toBe(expectedAnswer(long, 1));
  });

  test("a long one gets every fourth step, however many short ones arrive", () => {
    const s = setUp(new SimulatedRunner(sizes), { nCtxSeq: 2000, nParallel: 4 });
    s.scheduler.add(s.runner.request(0, long, { nPredict: 1 }));
    let id = 1;
    for (; !s.completions.has(0); id++) {
      const short = prompt(id % 40, 64 + Math.floor(id / 40));
      s.scheduler.add(s.runner.request(id, [1 + (id % 49), ...short], { nPredict: 1 }));
      s.scheduler.step();
      expect(id).toBeLessThan(4 * Math.ceil(1000 / 64) + 8);
    }
    expect(s.completions.size).toBeGreaterThan(id / 2);
  });

  test("of equal ones, the first to arrive is the first to be answered", () => {
    const s = setUp(new SimulatedRunner(sizes), { nCtxSeq: 2000, nParallel: 6 });
    for (let id = 0; id < 6; id++) {
      s.scheduler.add(s.runner.request(id, prompt(id, 100), { nPredict: 1 }));
    }
    s.run();
    expect([...s.completions.keys()]).toEqual([0, 1, 2, 3, 4, 5]);
  });

  test("who has one picture does not wait for all of another's", () => {
    const s = setUp(new SimulatedRunner(sizes), { nCtxSeq: 2000 });
    const keys = new MediaKeys();
    const withPictures = (name: string, n: number) =>
      TokenList.fromChunks(
        Array.from({ length: n }, (_, i) => [
          { type: "media", id: `${name} ${i}`, nTokens: 16, nPos: 16, ptr: 0 as never } as const,
          { type: "text", tokens: Int32Array.from([5, 6]) } as const,
        ]).flat(),
        keys,
      );
    s.scheduler.add(s.runner.request(0, withPictures("a", 20), { nPredict: 1 }));
    s.scheduler.step();
    s.scheduler.add(s.runner.request(1, withPictures("b", 1), { nPredict: 1 }));
    expect(stepsUntil(s, 1)).toBe(1);
    expect(stepsUntil(s, 0)).toBe(19);
  });
});

describe("streams", () => {
  test("get a step between the encoding of a picture and its decoding", () => {
    const s = setUp(new SimulatedRunner(sizes));
    const parts: string[] = [];
    const { runner } = s;
    const [encode, decode] = [runner.encodeMedia.bind(runner), runner.decodeMedia.bind(runner)];
    const step = runner.decode.bind(runner);
    runner.encodeMedia = (span) => {
      const isNew = encode(span);
      if (isNew) parts.push("encode");
      return isNew;
    };
    runner.decodeMedia = (...at) => {
      parts.push("decode");
      return decode(...at);
    };
    runner.decode = (batch) => {
      parts.push("step");
      return step(batch);
    };
    s.scheduler.add(runner.request(0, longRunning(), { nPredict: 40 }));
    s.scheduler.step();
    const picture = { type: "media", id: "a", nTokens: 16, nPos: 16, ptr: 0 as never } as const;
    const text = { type: "text", tokens: Int32Array.from([5, 6]) } as const;
    const tokens = TokenList.fromChunks([picture, text], new MediaKeys());
    s.scheduler.add(runner.request(1, tokens, { nPredict: 1 }));
    stepsUntil(s, 1);
    expect(parts).toEqual(["step", "encode", "step", "decode", "step"]);
  });

  test("are not held up by the prompt of a request with other adapters", () => {
    const runner = new SimulatedRunner({ ...sizes, nBatch: 512 });
    const s = setUp(runner, { nCtxSeq: 2000 });
    const decode = runner.decode.bind(runner);
    runner.decode = (batch) => {
      s.clock.ms += 5 * batch.nTokens;
      return decode(batch);
    };
    s.scheduler.add(runner.request(0, longRunning(), { nPredict: 60, lora: noLora }));
    s.scheduler.step();
    const lora = { key: "1", scales: [] };
    s.scheduler.add(runner.request(1, long, { nPredict: 1, lora }));
    stepsUntil(s, 1);
    expect(Math.max(...runner.batchSizes)).toBeLessThanOrEqual(64);
  });
});

describe("drafts", () => {
  test("leave most of a step to the prompts that wait", () => {
    const runner = new SimulatedRunner(sizes, new SimulatedDrafter(8, 1000));
    const s = setUp(runner, { nCtxSeq: 2000 });
    const nOutputs: number[] = [];
    const decode = runner.decode.bind(runner);
    runner.decode = (batch) => {
      nOutputs.push(batch.output.subarray(0, batch.nTokens).reduce((n, output) => n + output, 0));
      return decode(batch);
    };
    for (let id = 0; id < 3; id++) {
      s.scheduler.add(runner.request(id, longRunning(6 + id), { nPredict: 60 }));
    }
    s.scheduler.step();
    s.scheduler.add(runner.request(3, prompt(9, 120), { nPredict: 1 }));
    stepsUntil(s, 3);
    expect(Math.max(...nOutputs)).toBe(3 + 16 + 1);
    s.run();
    expect(Math.max(...nOutputs)).toBe(3 * (1 + 8));
  });
});

describe("a KV cache that is too small for all", () => {
  test("is not spent on computing the same again and again", () => {
    const runner = new SimulatedRunner({ nBatch: 64, nCells: 300, nSeqMax: 16 });
    const s = setUp(runner, { nParallel: 8, nCtxSeq: 300 });
    let nNeeded = 0;
    for (let id = 0; id < 40; id++) {
      const p = prompt(id, 40 + (id % 30));
      nNeeded += p.length + expectedAnswer(p, 60).trim().split(" ").length;
      s.scheduler.add(runner.request(id, p, { nPredict: 60 }));
    }
    s.run();
    const nDecoded = runner.batchSizes.reduce((a, b) => a + b, 0);
    expect(nDecoded).toBeLessThan(1.15 * nNeeded);
  });

  test("does not admit one that would be preempted at once, time and again", () => {
    // Each asks for a slot of its own, so they share nothing, though they are the same.
    const runner = new SimulatedRunner({ nBatch: 64, nCells: 100, nSeqMax: 4 });
    const s = setUp(runner, { nParallel: 2, nCtxSeq: 90 });
    const p = longRunning(40);
    s.scheduler.add(runner.request(0, p, { nPredict: 45 }, { slot: 0 }));
    s.scheduler.step();
    s.scheduler.add(runner.request(1, p, { nPredict: 30 }, { slot: 1 }));
    s.run(200);
    expect(s.texts.get(1)).toBe(expectedAnswer(p, 30));
  });
});
