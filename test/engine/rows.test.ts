import { describe, expect, test } from "bun:test";
import { Batch } from "../../ffi/batch.ts";
import { cellsTogether, firstCells } from "../../src/engine/extents.ts";
import { HostMemory } from "../../src/engine/host-memory.ts";
import { Rows } from "../../src/engine/rows.ts";
import { Sequence } from "../../src/engine/sequence.ts";
import { Slots } from "../../src/engine/slots.ts";
import { host, prompt, setUp, sizes } from "../support/scheduling.ts";
import { expectedAnswer, SimulatedRunner } from "../support/simulated-runner.ts";

const kinds: [string, { canCut?: boolean; window?: number }][] = [
  ["cuttable", {}],
  ["recurrent", { canCut: false }],
  ["windowed", { window: 8 }],
];

test("cells that rows share count once", () => {
  const [a, b, c] = [{}, {}, {}];
  const parent = [{ source: a, to: 100 }];
  const child = [...firstCells(parent, 60), { source: b, to: 90 }];
  const grandchild = [...firstCells(child, 80), { source: c, to: 85 }];
  expect(grandchild.map(({ to }) => to)).toEqual([60, 80, 85]);
  expect(cellsTogether([parent, child, grandchild])).toBe(100 + 30 + 5);
  expect(cellsTogether([grandchild])).toBe(85);
  expect(firstCells(child, 0)).toEqual([]);
});

/** The same numbers for the same seed. */
function randomNumbers(seed: number): (n: number) => number {
  let state = seed;
  return (n) => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return Math.floor((state / 2 ** 31) * n);
  };
}

/** Texts that share beginnings, and shared beginnings of these. */
function branching(random: (n: number) => number): number[] {
  return [
    ...prompt(1 + random(2), 40 + 40 * random(2)),
    ...prompt(5 + random(3), random(2) * 40),
    ...prompt(random(9), 1 + random(20)),
  ];
}

describe.each(kinds)("rows of a %s model", (_kind, kind) => {
  test("take the cells that are counted, whatever is shared, cut and dropped", () => {
    for (let seed = 1; seed <= 15; seed++) {
      const random = randomNumbers(seed);
      const runner = new SimulatedRunner({ ...sizes, nBatch: 300, nCells: 600, ...kind });
      const slots = new Slots(3, 0.1, () => undefined);
      const running: Sequence[] = [];
      const rows = new Rows(runner, slots, running, new HostMemory(runner, host), 0);
      for (let i = 0; i < 40; i++) {
        const [first] = running;
        if (running.length === 3 || (first && random(3) === 0)) {
          if (first && random(3) === 0) rows.cut(first, random(first.nCached));
          else if (first) rows.leave(running.shift() as Sequence);
        } else {
          const options = { cachePrompt: random(5) > 0 };
          const sequence = new Sequence(runner.request(i, branching(random), options), 300);
          const slot = slots.choose(sequence);
          if (!slot) throw new Error("no slot");
          rows.assign(sequence, slot);
          running.push(sequence);
          decodeAll(runner, rows, sequence);
        }
        rows.checkIntegrity(running.length);
        expect(rows.nCells).toBe(runner.nCellsUsed);
      }
    }
  });

  test("give right answers, however short the KV cache and the memory are", () => {
    for (let seed = 1; seed <= 15; seed++) {
      const random = randomNumbers(seed);
      const nBytesMax = [0, 800, 5000, 100_000][random(4)] ?? 0;
      const runner = new SimulatedRunner({ ...sizes, nCells: 260 + random(300), ...kind });
      const s = setUp(runner, { host: { ...host, nBytesMax } });
      const prompts: number[][] = [];
      const aborted = new Set<number>();
      for (let i = 0; i < 25; i++) {
        const [earlier = []] = prompts.slice(random(prompts.length));
        const said = s.texts.get(prompts.indexOf(earlier)) ?? "";
        const answer = said.split(" ").flatMap((token) => (token === "" ? [] : [Number(token)]));
        const isNext = random(3) === 0 && earlier.length + answer.length < 160;
        prompts.push(isNext ? [...earlier, ...answer, random(40) + 1] : branching(random));
        const options = { nPredict: 1 + random(25), cachePrompt: random(6) > 0 };
        s.scheduler.add(runner.request(i, prompts[i] ?? [], options));
        for (let n = random(12); n > 0; n--) s.scheduler.step();
        if (random(8) === 0) {
          const id = random(i + 1);
          if (!s.completions.has(id)) aborted.add(id);
          s.scheduler.abort(id);
        }
      }
      s.run(5000);
      for (const [id, p] of prompts.entries()) {
        const whole = expectedAnswer(p, 26);
        expect(whole).toStartWith(s.texts.get(id) ?? "");
        if (!aborted.has(id)) expect(s.completions.get(id)?.nPrompt).toBe(p.length);
      }
      expect(s.errors.size).toBe(0);
    }
  });
});

/** Decodes all but the last token of a sequence, with checkpoints on the way. */
function decodeAll(runner: SimulatedRunner, rows: Rows, sequence: Sequence): void {
  const batch = new Batch(runner.nBatch);
  while (sequence.nCached < sequence.tokens.length) {
    batch.clear();
    const to = sequence.nextStop(sequence.nCached);
    for (let i = sequence.nCached; i < to; i++) {
      batch.add(sequence.tokens.keys[i] ?? 0, i, sequence.seqId, false);
    }
    while (runner.decode(batch) === "no_room") if (!rows.evict()) throw new Error("no room");
    sequence.nCached = to;
    rows.makeCheckpoint(sequence);
  }
}
