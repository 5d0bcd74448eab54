import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Context } from "../../ffi/context.ts";
import { HugePages } from "../../ffi/huge-pages.ts";
import type { DecoderShape } from "../../scripts/gguf/decoder.ts";
import { writeRandomModel } from "../../scripts/random-model.ts";
import { answer, ask, loadModel, tinyContext, tinyPath } from "../support/tiny-native.ts";

const folder = mkdtempSync(join(tmpdir(), "hutch-pages-"));
afterAll(() => rmSync(folder, { recursive: true }));
const path = join(folder, "model.gguf");

/** About 100 MB: what is small is not moved. */
const shape: DecoderShape = {
  ...{ arch: "llama", nLayer: 8, nEmbd: 1024, nHead: 8, nHeadKv: 8, nFf: 4096, nCtx: 256 },
  ...{ ropeFreqBase: 10_000, rmsEps: 1e-6 },
};
beforeAll(() => {
  writeRandomModel(path, "pages", shape, tinyPath, 1);
});

const hugeKiB = () =>
  Number(/AnonHugePages: *(\d+)/.exec(readFileSync("/proc/self/smaps_rollup", "utf8"))?.[1]);

function hasHugePages(): boolean {
  try {
    const modes = readFileSync("/sys/kernel/mm/transparent_hugepage/enabled", "utf8");
    return !modes.includes("[never]");
  } catch {
    return false;
  }
}

describe.skipIf(!hasHugePages())("weights", () => {
  // Mapped, as Linux's page cache has them, or read into memory of their own.
  test.each(["mmap", "none"] as const)("%s: are moved, and the text is the same", (load_mode) => {
    using model = loadModel(path, { load_mode });
    using context = new Context(model, tinyContext);
    const write = () => answer(model, context, ask("Hello"), { nMax: 4 });
    const before = write();
    using pages = HugePages.of(model);
    const nAll = pages?.nLeft ?? 0;
    expect(nAll).toBeGreaterThan(32 * 2 ** 20);
    // All of it, or what is not weights that were put in another order.
    expect(pages?.nMapped ?? 0)[load_mode === "mmap" ? "toBeGreaterThan" : "toBe"](0);
    const hugeBefore = hugeKiB();
    while (pages && pages.nLeft > 0) {
      const nLeft = pages.nLeft;
      expect(pages.move(32 * 2 ** 20)).toBe(true);
      expect(pages.nLeft).toBeLessThan(nLeft);
      expect(write()).toEqual(before);
    }
    expect(hugeKiB() - hugeBefore).toBeGreaterThanOrEqual((nAll / 1024) * 0.9);
    expect(pages?.move(2 ** 20)).toBe(true);
  });

  test("what is left over is the model's to free", () => {
    const model = loadModel(path);
    const pages = HugePages.of(model);
    pages?.move(4 * 2 ** 20);
    pages?.[Symbol.dispose]();
    model[Symbol.dispose]();
    expect(hugeKiB()).toBeLessThan(1024);
  });
});
