import { expect, test } from "bun:test";
import { availableParallelism } from "node:os";
import type { Context } from "../../ffi/context.ts";
import { adaptThreads } from "../../src/engine/adaptive-threads.ts";

/** As much of a context as is asked for. */
function contextOf(decode: number, batch: number, buffers: object[] = []) {
  let nWrapped = 0;
  const context = { nThreads: { decode, batch }, buffers, wrapSteps: () => nWrapped++ };
  return { context: context as unknown as Context, nWrapped: () => nWrapped };
}

const spec = { modelPath: "" };
const nCores = availableParallelism();

test("never more threads than this process may use", () => {
  const { context } = contextOf(1000, 2000);
  adaptThreads(spec, context);
  expect(context.nThreads).toEqual({ decode: nCores, batch: nCores });
});

test("as many as are asked for, even too many", () => {
  for (const asked of [{ threads: { n_threads: 3 } }, { threadsBatch: { n_threads: 3 } }]) {
    const { context, nWrapped } = contextOf(1000, 3);
    adaptThreads({ ...spec, ...asked }, context);
    expect([context.nThreads, nWrapped()]).toEqual([{ decode: 1000, batch: 3 }, 0]);
  }
});

test("a single thread is not measured, nor is one that waits for a GPU", () => {
  const alone = contextOf(1, 1);
  adaptThreads(spec, alone.context);
  const beside = contextOf(1000, 1000, [{ gpu: true, model: 1 }]);
  adaptThreads(spec, beside.context);
  expect([alone.nWrapped(), beside.nWrapped(), beside.context.nThreads.decode]).toEqual([
    0, 0, 1000,
  ]);
});
