import { describe, expect, test } from "bun:test";
import { ThreadCount } from "../../src/engine/thread-count.ts";

/** A machine with cores, a program that computes steps, and others that keep cores busy. */
class Machine {
  readonly #nCores: number;
  /** Threads of other programs that never rest. */
  nOthers = 0;
  /** The program's threads sleep through this part of a step. */
  asleep = 0;
  /** Cores' worth of time that the host of this virtual machine takes. */
  stolen = 0;
  #now = 0;
  #process = 0;
  #idle = 0;
  #busy = 0;
  readonly clocks = {
    now: () => this.#now,
    process: () => this.#process,
    cores: () => ({ idle: this.#idle, busy: this.#busy }),
  };

  constructor(nCores: number) {
    this.#nCores = nCores;
  }

  /** A step of `ms`, in which the system gives every runnable thread the same. */
  step(count: ThreadCount, ms = 20): void {
    count.measure(() => this.#pass(ms, count.n));
  }

  run(count: ThreadCount, ms: number): void {
    for (let passed = 0; passed < ms; passed += 20) this.step(count);
  }

  #pass(ms: number, nOwn: number): void {
    const nAwake = nOwn * (1 - this.asleep);
    const nRunnable = nAwake + this.nOthers;
    const nCores = this.#nCores - this.stolen;
    const part = Math.min(1, nCores / nRunnable);
    this.#now += ms;
    this.#process += ms * nAwake * part;
    this.#busy += ms * nRunnable * part;
    this.#idle += ms * Math.max(0, nCores - nRunnable);
  }
}

describe("ThreadCount", () => {
  test("stays at the most on an idle machine", () => {
    const machine = new Machine(8);
    const count = new ThreadCount(8, machine.clocks);
    machine.run(count, 5000);
    expect(count.n).toBe(8);
  });

  test.each([
    { nCores: 2, nOthers: 2, n: 1 },
    { nCores: 2, nOthers: 1, n: 1 },
    { nCores: 8, nOthers: 1, n: 7 },
    { nCores: 8, nOthers: 8, n: 2 },
  ])("gives up threads for $nOthers others on $nCores cores", ({ nCores, nOthers, n }) => {
    const machine = new Machine(nCores);
    const count = new ThreadCount(nCores, machine.clocks);
    machine.nOthers = nOthers;
    machine.run(count, 2000);
    expect(count.n).toBeGreaterThanOrEqual(1);
    expect(count.n).toBeLessThanOrEqual(n);
  });

  test("gives up at once after a single long step", () => {
    const machine = new Machine(2);
    const count = new ThreadCount(2, machine.clocks);
    machine.nOthers = 2;
    machine.step(count, 2700);
    expect(count.n).toBe(1);
  });

  test("takes cores back once they are idle", () => {
    const machine = new Machine(4);
    const count = new ThreadCount(4, machine.clocks);
    machine.nOthers = 4;
    machine.run(count, 1000);
    expect(count.n).toBe(1);
    machine.nOthers = 0;
    machine.run(count, 10_000);
    expect(count.n).toBe(4);
  });

  test("tries more rarely where others come back each time", () => {
    const machine = new Machine(2);
    const count = new ThreadCount(2, machine.clocks);
    let nRaises = 0;
    let before = count.n;
    for (let i = 0; i < 3000; i++) {
      machine.nOthers = count.n === 1 ? 0 : 2; // as if they were there whenever we are
      machine.step(count);
      if (count.n > before) nRaises++;
      before = count.n;
    }
    // In 60 s: after 0.25, 0.5, 1, 2, 4, 8, 8 … seconds.
    expect(nRaises).toBeGreaterThan(5);
    expect(nRaises).toBeLessThan(16);
  });

  test("keeps threads that sleep, when nobody else wants their cores", () => {
    const machine = new Machine(8);
    const count = new ThreadCount(8, machine.clocks);
    machine.asleep = 0.4;
    machine.run(count, 2000);
    expect(count.n).toBe(8);
  });

  test.each([
    { nCores: 2, stolen: 0.6 },
    { nCores: 8, stolen: 2 },
  ])("keeps threads whose time the host takes: $stolen of $nCores", ({ nCores, stolen }) => {
    const machine = new Machine(nCores);
    const count = new ThreadCount(nCores, machine.clocks);
    machine.stolen = stolen;
    machine.run(count, 5000);
    expect(count.n).toBe(nCores);
  });

  test("gives none up where the system does not say what its cores do", () => {
    const machine = new Machine(4);
    const { now, process } = machine.clocks;
    const count = new ThreadCount(4, { now, process, cores: () => ({ idle: 0, busy: 0 }) });
    machine.nOthers = 8;
    machine.run(count, 5000);
    expect(count.n).toBe(4);
  });

  test("shares the cores with other engines, and takes all when they are done", () => {
    const machine = new Machine(8);
    const count = new ThreadCount(8, machine.clocks);
    count.share(3);
    expect(count.n).toBe(2);
    machine.run(count, 500);
    count.share(1);
    expect(count.n).toBe(8);
    count.share(20);
    expect(count.n).toBe(1);
  });

  test("does not take back more than it had when only an engine is done", () => {
    const machine = new Machine(8);
    const count = new ThreadCount(8, machine.clocks);
    count.share(2);
    machine.nOthers = 12;
    machine.run(count, 200);
    const n = count.n;
    expect(n).toBeLessThan(4);
    count.share(1);
    expect(count.n).toBe(n);
  });

  test("learns from a step that fails", () => {
    const machine = new Machine(2);
    const count = new ThreadCount(2, machine.clocks);
    machine.nOthers = 2;
    const fail = () =>
      count.measure(() => {
        machine.step(new ThreadCount(2, machine.clocks), 400);
        throw new Error("failed");
      });
    expect(fail).toThrow("failed");
    expect(count.n).toBe(1);
  });
});
