import { availableParallelism, cpus } from "node:os";
import type { Context } from "../../ffi/context.ts";
import type { LoadSpec, ThreadOptions } from "../core/load.ts";
import { type CoreClocks, ThreadCount } from "./thread-count.ts";

/** Keeps a context's numbers of threads at what the machine has cores for. */
export interface AdaptiveThreads {
  /** @param nSharers engines that compute now, this one included */
  share(nSharers: number): void;
}

/**
 * From now on the context computes with as many threads as find a core of their own, up to as many
 * as it has now. Not where the user has said how many, or where, nor where a GPU computes: threads
 * that wait for it are not short of cores.
 */
export function adaptThreads(spec: LoadSpec, context: Context): AdaptiveThreads {
  const hasGpu = context.buffers.some(({ gpu, model }) => gpu && model > 0);
  if (isPinned(spec.threads) || isPinned(spec.threadsBatch) || hasGpu) return { share: () => {} };
  const most = withinReach(context.nThreads);
  context.nThreads = most;
  if (Math.max(most.decode, most.batch) === 1) return { share: () => {} };
  const count = new ThreadCount(Math.max(most.decode, most.batch), systemClocks);
  let nNow = count.nMax;
  context.wrapSteps((step) => {
    if (count.n !== nNow) {
      nNow = count.n;
      context.nThreads = {
        decode: Math.min(nNow, most.decode),
        batch: Math.min(nNow, most.batch),
      };
    }
    return count.measure(step);
  });
  return count;
}

/** llama.cpp counts the machine's cores, and this process may be confined to some of them. */
function withinReach({ decode, batch }: Context["nThreads"]): Context["nThreads"] {
  const nCores = availableParallelism();
  return { decode: Math.min(decode, nCores), batch: Math.min(batch, nCores) };
}

const isPinned = (threads: ThreadOptions = {}) =>
  Object.values(threads).some((value) => value !== undefined);

const systemClocks: CoreClocks = {
  now: () => performance.now(),
  process: () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1000;
  },
  cores: () => {
    let [idle, busy] = [0, 0];
    for (const { times } of cpus()) {
      idle += times.idle;
      busy += times.user + times.nice + times.sys + times.irq;
    }
    return { idle, busy };
  },
};
