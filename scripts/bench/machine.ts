import { existsSync, readFileSync } from "node:fs";
import { arch, availableParallelism, cpus, release, totalmem, type } from "node:os";

/** The facts about a machine that a reader needs to judge its figures. */
export interface Machine {
  readonly cpu: string;
  readonly nCores: number;
  readonly memoryGiB: number;
  readonly system: string;
}

export function describeMachine(): Machine {
  return {
    cpu: cpus()[0]?.model.trim() ?? "unknown",
    nCores: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    system: `${type()} ${release()} ${arch()}${schedulingText()}`,
  };
}

/** Whether sessions, or processes, share processors as equals: it counts on a busy machine. */
function schedulingText(): string {
  const path = "/proc/sys/kernel/sched_autogroup_enabled";
  if (!existsSync(path)) return "";
  return readFileSync(path, "utf8").trim() === "1" ? ", autogroup on" : ", autogroup off";
}

/** Long enough for several scheduler ticks, short beside a round. */
const sampleMs = 500;

/** From this share of the processor in other hands on, figures say little. */
export const busyShareMax = 0.1;

/** Share of all cores' time that was in use while we slept: 0 idle, 1 all busy. */
async function sampleProcessorUse(): Promise<number> {
  const before = processorTimes();
  await Bun.sleep(sampleMs);
  const after = processorTimes();
  const total = after.total - before.total;
  return total === 0 ? 0 : 1 - (after.idle - before.idle) / total;
}

/**
 * Waits until the processor is nearly idle, at most `timeoutMs`: servers whose threads wait at
 * barriers crawl while another program computes. Returns the share in use at the end.
 */
export async function untilQuiet(timeoutMs: number, signal: AbortSignal): Promise<number> {
  const deadlineMs = performance.now() + timeoutMs;
  for (;;) {
    const use = await sampleProcessorUse();
    signal.throwIfAborted();
    if (use < busyShareMax || performance.now() > deadlineMs) return use;
  }
}

function processorTimes(): { idle: number; total: number } {
  const times = cpus().map((cpu) => cpu.times);
  const sum = (values: number[]) => values.reduce((total, value) => total + value, 0);
  return {
    idle: sum(times.map((time) => time.idle)),
    total: sum(times.flatMap((time) => Object.values(time))),
  };
}
