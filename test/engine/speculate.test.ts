import { describe, expect, test } from "bun:test";
import { PromptLookup } from "../../src/engine/prompt-lookup.ts";
import { MediaKeys, TokenList } from "../../src/engine/tokens.ts";
import { longRunning, prompt, setUp, sizes } from "../support/scheduling.ts";
import {
  expectedAnswer,
  nextToken,
  SimulatedDrafter,
  SimulatedRunner,
} from "../support/simulated-runner.ts";

describe("speculation", () => {
  test.each([1, 2, 3, 5, 1000])("answers are the same when draft token %p is wrong", (wrong) => {
    const drafter = new SimulatedDrafter(6, wrong);
    const s = setUp(new SimulatedRunner(sizes, drafter));
    const prompts = Array.from({ length: 12 }, (_, i) => prompt(i, 5 + i * 3));
    for (const [id, p] of prompts.entries()) {
      s.scheduler.add(s.runner.request(id, p, { nPredict: 20 }));
    }
    s.run();
    for (const [id, p] of prompts.entries()) {
      expect(s.texts.get(id) ?? "").toBe(expectedAnswer(p, 20));
    }
    expect(drafter.nProcessed).toBe(s.runner.batchSizes.length);
  });

  test("takes fewer decodes, and counts what was right", () => {
    const s = setUp(new SimulatedRunner(sizes, new SimulatedDrafter(4, 1000)));
    s.scheduler.add(s.runner.request(0, longRunning(), { nPredict: 21 }));
    s.run();
    // the prompt and a first token, then 4 times a draft of 4 and one token more
    expect(s.runner.batchSizes.length).toBe(5);
    expect(s.completions.get(0)).toMatchObject({
      nPredicted: 21,
      nDrafted: 16,
      nDraftAccepted: 16,
      nHeld: longRunning().length + 20,
    });
    const { nDrafts, nDrafted, acceptedAt } = s.scheduler.metrics();
    expect({ nDrafts, nDrafted, acceptedAt }).toEqual({
      nDrafts: 4,
      nDrafted: 16,
      acceptedAt: [4, 4, 4, 4],
    });
  });

  test("drafts that are taken unseen count as right, up to the end", () => {
    const s = setUp(new SimulatedRunner(sizes, new SimulatedDrafter(4, 1, 1)));
    s.scheduler.add(s.runner.request(0, longRunning(), { nPredict: 11 }));
    s.run();
    expect(s.completions.get(0)).toMatchObject({ nDrafted: 8, nDraftAccepted: 8, nPredicted: 11 });
  });

  test("drafts that are never taken unseen change nothing", () => {
    const s = setUp(new SimulatedRunner(sizes, new SimulatedDrafter(4, 1000, 0)));
    s.scheduler.add(s.runner.request(0, longRunning(), { nPredict: 11 }));
    s.run();
    expect(s.texts.get(0)).toBe(expectedAnswer(longRunning(), 11));
    expect(s.completions.get(0)?.nDraftAccepted).toBe(0);
  });

  test("drafts leave room in the context and in the batch", () => {
    const runner = new SimulatedRunner({ ...sizes, nBatch: 8 }, new SimulatedDrafter(6, 1000));
    const s = setUp(runner, { nCtxSeq: 30 });
    for (let id = 0; id < 3; id++) {
      s.scheduler.add(runner.request(id, longRunning(10), { nPredict: 1000 }));
    }
    s.run();
    expect(Math.max(...runner.batchSizes)).toBeLessThanOrEqual(8);
    expect(s.completions.get(0)).toMatchObject({ nPredicted: 20, truncated: true });
    expect(s.texts.get(0)).toBe(expectedAnswer(longRunning(10), 20));
  });

  test("a state that cannot be cut is not speculated on", () => {
    const drafter = new SimulatedDrafter(4, 1000);
    const s = setUp(new SimulatedRunner({ ...sizes, canCut: false }, drafter));
    s.scheduler.add(s.runner.request(0, longRunning(), { nPredict: 5 }));
    s.run();
    expect([drafter.nProcessed, s.completions.get(0)?.nDrafted]).toEqual([0, 0]);
  });
});

/** Says the same twelve tokens over and over, with now and then another one, by all of its keys. */
function copying(keys: string[]): number {
  const other = nextToken(["dice", ...keys]);
  return other % 7 === 0 ? Math.max(1, other) : 1 + ((keys.length * 5) % 12);
}

/** `n` random requests of which some are given up, and the texts of the others. */
function writeAll(drafter: PromptLookup | null, seed: number) {
  let state = seed;
  const random = (n: number) => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor((state / 2_147_483_648) * n);
  };
  const few = { nBatch: 48, nOutputsMax: 24, nCells: 260, nSeqMax: 7, says: copying };
  const runner = new SimulatedRunner(few, drafter);
  const s = setUp(runner, { nParallel: 4, nCtxSeq: 70, contextShift: true });
  const aborted = new Set<number>();
  for (let id = 0; id < 25; id++) {
    const p = [...prompt(random(3), 4 + random(30)), 1 + random(40)];
    const options = { nPredict: 1 + random(90), nKeep: random(8), cachePrompt: random(4) > 0 };
    s.scheduler.add(runner.request(id, p, options));
    const nSteps = random(6);
    for (let i = 0; i < nSteps; i++) s.scheduler.step();
    if (random(5) > 0) continue;
    aborted.add(id);
    s.scheduler.abort(id);
  }
  s.run();
  expect([...s.errors.keys()]).toEqual([]);
  const texts = Array.from({ length: 25 }, (_, id) => (aborted.has(id) ? null : s.texts.get(id)));
  return { texts, ...s.scheduler.metrics() };
}

describe("prompt lookup", () => {
  test("changes no text, whatever arrives, leaves, shifts or is preempted", () => {
    let nAccepted = 0;
    for (let seed = 1; seed <= 10; seed++) {
      const plain = writeAll(null, seed);
      const { texts, nDraftAccepted } = writeAll(new PromptLookup(15), seed);
      expect({ seed, texts }).toEqual({ seed, texts: plain.texts });
      nAccepted += nDraftAccepted;
    }
    expect(nAccepted).toBeGreaterThan(300);
  });

  test("follows a text with pictures", () => {
    const text = prompt(1, 20);
    const picture = { type: "media", id: "a", nTokens: 9, nPos: 9, ptr: 0 as never } as const;
    const before = { type: "text", tokens: Int32Array.from(text) } as const;
    const chunks = [before, picture, before];
    const [plain, looking] = [null, new PromptLookup(15)].map((drafter) => {
      const s = setUp(new SimulatedRunner({ ...sizes, says: copying }, drafter));
      const tokens = TokenList.fromChunks(chunks, new MediaKeys());
      s.scheduler.add(s.runner.request(0, tokens, { nPredict: 100 }));
      s.run();
      return { text: s.texts.get(0), nAccepted: s.completions.get(0)?.nDraftAccepted };
    });
    expect(looking?.text).toBe(plain?.text ?? "");
    expect(looking?.nAccepted).toBeGreaterThan(30);
  });

  test("samples nothing behind the end of an answer that stood there before", () => {
    const text = [5, 6, 7, 8, 0, 9, 10, 11];
    const says = (keys: string[]) => text[text.indexOf(Number(keys.at(-1))) + 1] ?? 1;
    const runner = new SimulatedRunner({ ...sizes, says }, new PromptLookup(15));
    const s = setUp(runner);
    const request = runner.request(0, [...text, ...text, 5, 6]);
    let nSampled = 0;
    const sample = request.sampler.sample;
    request.sampler.sample = (row) => {
      nSampled++;
      return sample(row);
    };
    s.scheduler.add(request);
    s.run();
    expect([s.texts.get(0), nSampled]).toEqual(["7 8 ", 3]);
    expect(s.completions.get(0)).toMatchObject({ nPredicted: 3, reason: "eos" });
  });

  /** One answer of a model; a step takes as long as `msOf` says. */
  const write = (says: (keys: string[]) => number, msOf: (nRows: number) => number, nMin = 0) => {
    const drafter = new PromptLookup(31, nMin);
    const runner = new SimulatedRunner({ ...sizes, says }, drafter);
    const s = setUp(runner, { nCtxSeq: 900 });
    const decode = runner.decode.bind(runner);
    runner.decode = (batch) => {
      s.clock.ms += msOf(batch.nTokens);
      return decode(batch);
    };
    s.scheduler.add(runner.request(0, prompt(1, 30), { nPredict: 300 }));
    s.run();
    const steps = runner.batchSizes.slice(1);
    const ms = steps.reduce((sum, n) => sum + msOf(n), 0);
    return { steps, ms, done: s.completions.get(0) };
  };
  const onCpu = (nRows: number) => 8 + 10 * nRows;
  const round = (keys: string[]) => 1 + (keys.length % 40);

  test("grows its drafts quickly where they are right", () => {
    const { steps, ms } = write(round, onCpu);
    // The first round is new; 260 tokens repeat it.
    const first = steps.findIndex((n) => n > 1);
    expect(first).toBeLessThan(50);
    expect(steps.slice(first, first + 8).some((n) => n >= 17)).toBe(true);
    expect(ms).toBeLessThan(300 * onCpu(1) * 0.75);
  });

  test("costs nothing where it does not pay", () => {
    // Two of three tokens come in pairs that were there before, and what follows never is the same.
    const pairs = (keys: string[]) => (keys.length % 3 === 0 ? nextToken(keys) || 1 : 3);
    const { ms, done } = write(pairs, onCpu);
    expect(done?.nPredicted).toBe(300);
    expect(ms).toBeLessThan(300 * onCpu(1) * 1.02);
  });

  test("tries more where rows cost nothing", () => {
    const [gpu, cpu] = [write(copying, () => 10), write(copying, onCpu)];
    expect(gpu.done?.nDrafted).toBeGreaterThan(2 * (cpu.done?.nDrafted ?? 0));
    expect(gpu.steps.length).toBeLessThan(200);
  });

  test("keeps to the least and the greatest length", () => {
    const { steps } = write(round, onCpu, 8);
    const drafted = steps.filter((n) => n > 1);
    expect(drafted.length).toBeGreaterThan(0);
    expect(Math.min(...drafted)).toBeGreaterThanOrEqual(9);
    expect(Math.max(...steps)).toBeLessThanOrEqual(32);
  });
});

describe("a drafter that takes time", () => {
  const write = (wrongEvery: number, msPerDraft: number) => {
    const drafter = new SimulatedDrafter(4, wrongEvery);
    const s = setUp(new SimulatedRunner(sizes, drafter), { nCtxSeq: 900 });
    const decode = s.runner.decode.bind(s.runner);
    s.runner.decode = (batch) => {
      s.clock.ms += 5 + 5 * batch.nTokens;
      return decode(batch);
    };
    const draft = drafter.draft.bind(drafter);
    let nDrafts = 0;
    drafter.draft = (requests) => {
      nDrafts++;
      s.clock.ms += msPerDraft;
      return draft(requests);
    };
    const nPredict = 56;
    for (let id = 0; id < 8; id++) {
      s.scheduler.add(s.runner.request(id, [...longRunning(), ...prompt(id, 3)], { nPredict }));
      s.run();
    }
    return { nDrafts, nSteps: s.runner.batchSizes.length };
  };

  test("is asked again and again while it is right", () => {
    const { nDrafts, nSteps } = write(1000, 1);
    expect(nDrafts).toBeGreaterThan(nSteps / 2);
  });

  test.each([
    ["wrong", 1, 1],
    ["slow", 1000, 100],
  ])("is left alone while it is %s, but for a trial now and then", (_, wrongEvery, ms) => {
    const { nDrafts, nSteps } = write(wrongEvery, ms);
    expect(nDrafts).toBeGreaterThan(7);
    expect(nDrafts).toBeLessThan(nSteps / 4);
  });
});
