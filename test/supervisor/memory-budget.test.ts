import { describe, expect, test } from "bun:test";
import type { MemoryUse } from "../../src/core/generate.ts";
import { MemoryBudget } from "../../src/supervisor/memory-budget.ts";
import { processBytes } from "../../src/supervisor/memory-fit.ts";
import { model } from "./set-up.ts";

const none = { host: 0, gpu: 0 };
const use = (more: Partial<MemoryUse> = {}): MemoryUse => ({
  model: 1e9,
  context: 2e8,
  compute: 1e8,
  onGpus: 0,
  mapped: 0,
  gpus: null,
  ...more,
});
const loaded = (memory: MemoryUse) => ({ bytes: none, memory });
const machine = () => ({ totalBytes: 16e9, availableBytes: 10e9 });
const budget = (budgetBytes: number | null = null, gpuOverheadBytes = 0) =>
  new MemoryBudget({ budgetBytes, gpuOverheadBytes, machine });

describe("what is free", () => {
  test("of a budget: what models have not taken, by measure or by estimate", () => {
    const loading = { bytes: { host: 2e9, gpu: 0 }, memory: null };
    const { host } = budget(8e9).room([loaded(use()), loading]);
    expect(host).toBe(8e9 - (1.3e9 + processBytes) - 2e9);
  });

  test("of the machine: what it says, without what is mapped and what is still to come", () => {
    expect(budget().room([]).host).toBe(9e9);
    expect(budget().room([loaded(use({ mapped: 1e9 }))]).host).toBe(8e9);
    expect(budget().room([{ bytes: { host: 3e9, gpu: 0 }, memory: null }]).host).toBe(6e9);
  });

  test("of a machine that does not say: most of it, less what models have", () => {
    const silent = () => ({ totalBytes: 16e9, availableBytes: null });
    const all = new MemoryBudget({ budgetBytes: null, gpuOverheadBytes: 0, machine: silent });
    expect(all.room([loaded(use({ mapped: 1e9 }))]).host).toBe(12e9 - (1.3e9 + processBytes));
  });

  test("of GPUs: known after the first load, less what others have of them", () => {
    const gpus = { totalBytes: 10e9, freeBytes: 6e9 };
    const there = use({ onGpus: 1e9, gpus });
    const known = budget(null, 0.5e9);
    expect(known.room([]).gpu).toBe(0);
    known.learn(model("a"), {}, there, []);
    expect(known.room([loaded(there)]).gpu).toBeCloseTo(9e9 - 0.5e9 - 3e9 - 1e9, -3);
    expect(known.room([]).gpu).toBeCloseTo(9e9 - 0.5e9 - 3e9, -3);
  });
});

describe("what a model needs", () => {
  test("is what it took before, when it was loaded alike", () => {
    const known = budget();
    const one = model("a");
    known.learn(one, { nBatch: 64, memory: { freeBytes: 1, totalBytes: 2 } }, use(), []);
    expect(known.needed(one, { nBatch: 64 }, none)).toEqual({ host: 1.3e9 + processBytes, gpu: 0 });
    expect(known.needed(one, { nBatch: 65 }, none).host).not.toBe(1.3e9 + processBytes);
    known.forget();
    expect(known.needed(one, { nBatch: 64 }, none).host).not.toBe(1.3e9 + processBytes);
  });

  test("is unknown before its files are here", () => {
    expect(budget().needed(model("a", { path: "" }), {}, none)).toEqual(none);
  });

  test("counts all its files", () => {
    const path = "assets/tiny-text.gguf";
    const alone = model("a", { path, sizeBytes: 3e6 });
    const { host } = budget().needed(alone, {}, none);
    const seeing = { ...alone, mmprojPath: "assets/tiny-mmproj.gguf" };
    const mmproj = Bun.file("assets/tiny-mmproj.gguf").size;
    expect(budget().needed(seeing, {}, none).host).toBe(host + mmproj);
  });
});
