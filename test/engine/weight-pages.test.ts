import { describe, expect, test } from "bun:test";
import { WeightPages } from "../../src/engine/weight-pages.ts";

const mib = 2 ** 20;

/** Weights of 100 MiB, 80 of them mapped; `nPages` MiB of huge pages are to be had. */
class Weights {
  nLeft = 100 * mib;
  #nPages: number;

  constructor(nPages = 1000) {
    this.#nPages = nPages * mib;
  }

  get nMapped(): number {
    return Math.min(80 * mib, this.nLeft);
  }

  move(nBytes: number): boolean {
    if (this.#nPages < nBytes) return false;
    this.#nPages -= nBytes;
    this.nLeft = Math.max(0, this.nLeft - nBytes);
    return true;
  }
}

function run(weights: Weights, availableBytes: () => number | null, told = (_n: number) => {}) {
  const pages = new WeightPages(weights, told, availableBytes);
  let nSteps = 0;
  while (pages.step()) nSteps++;
  return nSteps;
}

describe("weights", () => {
  test("are moved piece by piece where memory is plenty", () => {
    const weights = new Weights();
    const told: number[] = [];
    const nSteps = run(
      weights,
      () => 180 * mib,
      (n) => told.push(n / mib),
    );
    expect([nSteps, weights.nLeft]).toEqual([Math.ceil(100 / 16), 0]);
    expect(told).toEqual([12, 16, 16, 16, 16, 4]);
  });

  test.each([[179 * mib], [0], [null]])("stay in the file with %p bytes available", (available) => {
    const weights = new Weights();
    expect(run(weights, () => available)).toBe(0);
    expect(weights.nLeft).toBe(100 * mib);
  });

  test("stop when others take the memory, and go on when it is free again", () => {
    const weights = new Weights();
    let available = 180 * mib;
    const pages = new WeightPages(
      weights,
      () => {},
      () => available,
    );
    expect(pages.step()).toBe(true);
    available = 150 * mib;
    expect(pages.step()).toBe(false);
    available = 180 * mib;
    expect(pages.step()).toBe(true);
    expect(weights.nLeft).toBe(68 * mib);
  });

  test("are left alone once the system has no more huge pages", () => {
    const weights = new Weights(40);
    const pages = new WeightPages(
      weights,
      () => {},
      () => 1000 * mib,
    );
    const steps = Array.from({ length: 5 }, () => pages.step());
    expect(steps).toEqual([true, true, false, false, false]);
    expect(weights.nLeft).toBe(68 * mib);
  });
});
