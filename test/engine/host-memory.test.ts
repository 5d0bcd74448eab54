import { describe, expect, test } from "bun:test";
import { noLora } from "../../src/engine/sequence.ts";
import { MediaKeys, TokenList } from "../../src/engine/tokens.ts";
import { host, longRunning, prompt, setUp, sizes } from "../support/scheduling.ts";
import { expectedAnswer, SimulatedRunner } from "../support/simulated-runner.ts";

/** Room for one conversation of 100 tokens at a time. */
const small = { ...sizes, nCells: 130 };

/** What it is, and bytes that two of its conversations take, not three. */
const kinds: [string, { canCut?: boolean; window?: number }, number][] = [
  ["cuttable", {}, 2500],
  ["recurrent", { canCut: false }, 5000],
  ["windowed", { window: 8 }, 5000],
];

describe.each(kinds)("conversations of a %s model", (_kind, kind, nBytesOfTwo) => {
  const start = (with_: Parameters<typeof setUp>[1] = {}, moreSizes = {}) => {
    const runner = new SimulatedRunner({ ...small, ...moreSizes, ...kind });
    const s = setUp(runner, with_);
    let id = 0;
    const ask = (p: number[], ...options: Parameters<typeof runner.request>[2][]) => {
      s.scheduler.add(runner.request(id, p, ...options));
      s.run();
      expect(s.texts.get(id) ?? "").toBe(expectedAnswer(p, 8, options[0]?.lora?.key));
      return s.completions.get(id++)?.nCached;
    };
    return { ...s, ask };
  };
  const [one, two] = [prompt(1, 100), prompt(2, 100)];
  const on = (p: number[]) => [...p, 48, 49, 48];

  test("come back when the KV cache has no room for them", () => {
    const { ask, runner } = start();
    ask(one);
    ask(two);
    expect(ask(on(one))).toBeGreaterThan(90);
    expect(ask(on(two))).toBeGreaterThan(90);
    expect(runner.nRestored).toBe(2);
  });

  test("do not go there where that is not allowed", () => {
    const { ask, runner } = start({ host: { ...host, keepsRows: false } });
    ask(one);
    ask(two);
    expect(ask(on(one))).toBe(0);
    expect(runner.nSaved).toBe(0);
  });

  test("are nobody else's when they are private", () => {
    const { ask, runner } = start();
    ask(one, { cachePrompt: false });
    ask(two);
    expect(ask(on(one))).toBe(0);
    expect(runner.nRestored).toBe(0);
  });

  test("the longest unused goes when memory is short", () => {
    const { ask } = start({ host: { ...host, nBytesMax: nBytesOfTwo } });
    const [three, four] = [prompt(3, 100), prompt(4, 100)];
    for (const p of [one, two, three, four]) ask(p);
    expect(ask(on(one))).toBe(0);
    expect(ask(on(four))).toBeGreaterThan(90);
  });

  test("short ones are not worth it", () => {
    const { ask, runner } = start({}, { nCells: 50 });
    ask(prompt(1, 30));
    ask(prompt(2, 30));
    expect(ask(prompt(1, 30))).toBe(0);
    expect(runner.nSaved).toBe(0);
  });

  test("come back for the same adapters only", () => {
    const { ask } = start();
    const lora = { key: "0:1", scales: [{ id: 0, scale: 1 }] };
    ask(one, { lora });
    ask(two);
    expect(ask(on(one), { lora: noLora })).toBe(0);
    ask(two);
    expect(ask(on(one), { lora })).toBeGreaterThan(90);
  });

  test("serve several who go on differently", () => {
    const { ask } = start();
    ask(one);
    ask(two);
    const first = [...one, 48, 48];
    ask(first);
    ask(two);
    expect(ask([...one, 49, 49])).toBeGreaterThan(90);
  });
});

test("a sequence that had to make room goes on where it was", () => {
  const runner = new SimulatedRunner({ ...sizes, nCells: 210 });
  const s = setUp(runner);
  const prompts = [prompt(1, 100), prompt(2, 95)];
  for (const [id, p] of prompts.entries()) {
    s.scheduler.add(runner.request(id, p, { nPredict: 40 }));
  }
  s.run();
  for (const [id, p] of prompts.entries()) {
    expect(s.texts.get(id) ?? "").toBe(expectedAnswer(p, 40));
  }
});

test("a file is restored into a full cache: what has ended makes room", async () => {
  const s = setUp(new SimulatedRunner(small));
  const ask = (id: number, slot: number) => {
    s.scheduler.add(s.runner.request(id, prompt(id, 100), {}, { slot }));
    s.run();
    return s.completions.get(id);
  };
  const nHeld = ask(1, 0)?.nHeld ?? 0;
  const saved = s.scheduler.saveSlot({ slot: 0, path: "a" });
  s.run();
  await saved;
  ask(2, 1);
  const restored = s.scheduler.restoreSlot({ slot: 0, path: "a" }, noLora);
  s.run();
  expect((await restored).nTokens).toBe(nHeld);
  expect(s.runner.nCellsUsed).toBe(nHeld);
});

test("a picture comes back without being looked at again", () => {
  const runner = new SimulatedRunner(small);
  const s = setUp(runner);
  const keys = new MediaKeys();
  const chunk = { type: "media" as const, id: "a", nTokens: 20, nPos: 20, ptr: null };
  const seen = (...end: number[]) =>
    TokenList.fromChunks(
      [
        { type: "text", tokens: Int32Array.from(prompt(1, 60)) },
        { ...chunk, ptr: 1 as never },
        { type: "text", tokens: Int32Array.from([...prompt(2, 20), ...end]) },
      ],
      keys,
    );
  s.scheduler.add(runner.request(0, seen()));
  s.run();
  s.scheduler.add(runner.request(1, prompt(4, 100)));
  s.run();
  s.scheduler.add(runner.request(2, seen(5, 5)));
  s.run();
  expect(s.completions.get(2)?.nCached).toBe(100);
  expect([runner.nMediaDecoded, runner.nRestored]).toEqual([1, 1]);
});

describe("what nobody has used for a while", () => {
  const start = (with_: Parameters<typeof setUp>[1] = {}) => {
    const s = setUp(new SimulatedRunner(sizes), with_);
    let id = 0;
    const ask = (p: number[], slot?: number, more: object = {}) => {
      s.scheduler.add(
        s.runner.request(id, p, {}, { ...(slot !== undefined && { slot }), ...more }),
      );
      s.run();
      expect(s.texts.get(id) ?? "").toBe(expectedAnswer(p, 8));
      return s.completions.get(id++);
    };
    const held = ask(prompt(1, 100), 0)?.nHeld ?? 0;
    const other = ask(prompt(2, 30), 1)?.nHeld ?? 0;
    return { ...s, ask, held, other };
  };

  test("makes room, and comes back for its slot", () => {
    const { ask, runner, held, other } = start();
    expect(runner.nCellsUsed).toBe(other);
    expect(ask([...prompt(1, 100), 48], 0)?.nCached).toBe(held);
  });

  test("is not in another slot", () => {
    const { ask } = start();
    expect(ask([...prompt(1, 100), 48], 1)?.nCached).toBe(0);
  });

  test("is saved as what its slot holds", async () => {
    const { scheduler, run, runner, held } = start();
    const saved = scheduler.saveSlot({ slot: 0, path: "a" });
    run();
    expect((await saved).nTokens).toBe(held);
    expect(runner.files.get("a")?.keys).toHaveLength(held);
  });

  test("is erased with what its slot holds", async () => {
    const { ask, scheduler, run, held } = start();
    const erased = scheduler.eraseSlot({ slot: 0 });
    run();
    expect((await erased).nErased).toBe(held);
    expect(ask([...prompt(1, 100), 48], 0)?.nCached).toBe(0);
  });

  test("goes while nobody asks, however lately it was used", () => {
    const { ask, runner, scheduler, held, other } = start();
    ask(prompt(3, 100), 2);
    expect(runner.nCellsUsed).toBeGreaterThan(other);
    expect([scheduler.makeRoom(), scheduler.makeRoom()]).toEqual([true, false]);
    // The one of 30 tokens is not worth it.
    expect([runner.nCellsUsed, runner.nSaved]).toEqual([other, 2]);
    scheduler.checkIntegrity();
    expect(ask([...prompt(1, 100), 48], 0)?.nCached).toBe(held);
    expect(ask([...prompt(3, 100), 48], 2)?.nCached).toBeGreaterThan(90);
  });

  test("is still what its slot holds, which is chosen for it", () => {
    const { ask, scheduler } = start();
    const p = prompt(3, 100);
    const held = ask(p, 2)?.nHeld;
    while (scheduler.makeRoom()) {}
    expect(scheduler.slots()[2]?.task?.nPrompt).toBe(held);
    expect(ask([...p, 48])).toMatchObject({ slot: 2, nCached: 100 });
  });

  test("is nobody else's when it is private", () => {
    const { ask, runner, scheduler, other } = start();
    const p = prompt(3, 100);
    ask(p, 2, { cachePrompt: false });
    expect(scheduler.makeRoom()).toBe(true);
    expect(runner.nCellsUsed).toBe(other);
    expect(ask([...p, 48], 3)?.nCached).toBe(0);
    expect(ask([...p, 49], 2)?.nCached).toBeGreaterThan(90);
    expect(ask([...p, 50])?.nCached).toBeGreaterThan(90);
  });

  test("comes back for the little that another request begins with as well", () => {
    const { ask, scheduler } = start();
    const p = prompt(3, 100);
    ask(p, 2);
    while (scheduler.makeRoom()) {}
    expect(ask([...p.slice(0, 20), ...prompt(9, 30)])?.nCached).toBe(20);
    expect(ask([...p, 48])?.nCached).toBe(100);
    expect(ask([p[0] ?? 0, 46, 47])?.nCached).toBe(1);
  });

  test("does not come back for less than it costs", () => {
    const { ask, scheduler } = start();
    const p = prompt(3, 190);
    ask(p, 2);
    while (scheduler.makeRoom()) {}
    expect(ask([...p.slice(0, 2), 46, 47])?.nCached).toBe(0);
  });

  test("stays where stretches of it may be moved", () => {
    const { ask, scheduler } = start({ cacheReuse: 8 });
    ask(prompt(3, 100), 2);
    expect(scheduler.makeRoom()).toBe(false);
  });

  test("goes with another that is the same", () => {
    const { ask, runner, scheduler, other } = start();
    ask(prompt(3, 100), 2);
    ask(prompt(3, 100), 3);
    while (scheduler.makeRoom()) {}
    expect(runner.nCellsUsed).toBe(other);
    for (const slot of [2, 3]) {
      expect(ask([...prompt(3, 100), 48], slot)?.nCached).toBeGreaterThan(90);
    }
  });

  test("takes the place of what was unused for longer where that memory is full", () => {
    const { ask, scheduler, held } = start({ host: { ...host, nBytesMax: 2000 } });
    ask(prompt(3, 100), 2);
    while (scheduler.makeRoom()) {}
    expect(ask([...prompt(3, 100), 48], 2)?.nCached).toBeGreaterThan(90);
    expect(ask([...prompt(1, 100), 48], 0)?.nCached).not.toBe(held);
  });

  test("stays where it is, if that is wanted, or if there is no room for it", () => {
    for (const other of [{ movesIdle: false }, { nBytesMax: 10 }]) {
      expect(start({ host: { ...host, ...other } }).runner.nSaved).toBe(0);
    }
  });
});

describe("what nobody uses while a stream runs", () => {
  /** A stream of 60 tokens, and beside it a request of 100 that has just ended. */
  const start = (runner = new SimulatedRunner(sizes)) => {
    const nBytesMax = 1024 ** 3;
    const s = setUp(runner, { host: { ...host, nBytesMax } });
    s.scheduler.add(runner.request(0, longRunning(), { nPredict: 60 }));
    s.scheduler.step();
    s.scheduler.add(runner.request(1, prompt(1, 100)));
    while (!s.completions.has(1)) s.scheduler.step();
    expect(s.completions.has(0)).toBe(false);
    return s;
  };

  test("leaves after the steps in which it may be wanted again", () => {
    const { scheduler, runner, run } = start();
    for (let i = 0; i < 31; i++) scheduler.step();
    expect(runner.nSaved).toBe(0);
    run();
    expect(runner.nSaved).toBe(1);
  });

  test("stays if it is wanted meanwhile", () => {
    const { scheduler, runner, completions } = start();
    for (let i = 0; i < 20; i++) scheduler.step();
    scheduler.add(runner.request(2, [...prompt(1, 100), 48]));
    while (!completions.has(2)) scheduler.step();
    for (let i = 0; i < 16; i++) scheduler.step();
    expect(completions.get(2)?.nCached).toBe(100);
    expect(runner.nSaved).toBe(0);
  });

  test("stays if the stream would wait long for it", () => {
    class Large extends SimulatedRunner {
      override stateBytes(): number {
        return 65 * 1024 * 1024;
      }
    }
    const { scheduler, runner, run } = start(new Large(sizes));
    run();
    expect(runner.nSaved).toBe(0);
    expect(scheduler.makeRoom()).toBe(true);
  });
});
