import { join } from "node:path";
import { streamCompletion } from "./completion.ts";
import { untilQuiet } from "./machine.ts";
import { promptSupply } from "./prompts.ts";
import { type Contender, startServer } from "./server.ts";
import type { Load, Workload } from "./workloads.ts";

/** One workload on one server in one round: its numbers, or why there are none. */
export interface Reading {
  readonly round: number;
  readonly server: string;
  readonly workload: string;
  /** Share of the processor that other programs used just before the server was started. */
  readonly busyBefore: number;
  readonly values?: Readonly<Record<string, number>>;
  readonly error?: string;
}

export interface RoundOptions {
  readonly nRounds: number;
  readonly nPredict: number;
  readonly nParallel: number;
  /** How long to wait for other programs to leave the processor, before every start. */
  readonly quietTimeoutMs: number;
  /** Folder for the servers' logs. */
  readonly logDir: string;
  readonly signal: AbortSignal;
  readonly say: (line: string) => void;
}

/** A workload takes seconds; this ends one that crawls because the machine became busy. */
const workloadTimeoutMs = 180_000;

/** Brings the model's pages in and the clocks up before anything is measured. */
const nWarmUpTokens = 16;

/**
 * Runs every workload on every server, round by round, so that a machine that slows down slows
 * both. Rounds begin with another server in turn. A failure becomes a reading, and the rest runs.
 */
export async function runRounds(
  contenders: readonly Contender[],
  workloads: readonly Workload[],
  options: RoundOptions,
): Promise<Reading[]> {
  const readings: Reading[] = [];
  for (let round = 1; round <= options.nRounds; round++) {
    const order = round % 2 === 1 ? contenders : contenders.toReversed();
    for (const contender of order) {
      const turn = await runTurn(contender, workloads, round, options);
      options.signal.throwIfAborted();
      readings.push(...turn);
    }
  }
  return readings;
}

async function runTurn(
  contender: Contender,
  workloads: readonly Workload[],
  round: number,
  options: RoundOptions,
): Promise<Reading[]> {
  const server = contender.name;
  const prefix = `round ${round}/${options.nRounds}, ${server}`;
  const readings: Reading[] = [];
  options.say(`${prefix}: waiting for a quiet processor …`);
  const busyBefore = await untilQuiet(options.quietTimeoutMs, options.signal);
  const fail = (workload: string, error: unknown) => {
    if (options.signal.aborted) return; // nothing failed: the run is over
    const message = error instanceof Error ? error.message : String(error);
    options.say(`${prefix}, ${workload}: FAILED: ${message}`);
    readings.push({ round, server, workload, busyBefore, error: message });
  };
  try {
    const others = `other programs use ${Math.round(busyBefore * 100)} % of the processor`;
    options.say(`${prefix}: starting; ${others}`);
    const logPath = join(options.logDir, `${server}-${round}.log`);
    await using running = await startServer(contender, logPath, options.signal);
    const load: Load = { ...options, nextPrompt: promptSupply(round) };
    const warmUp = { prompt: load.nextPrompt(), nPredict: nWarmUpTokens };
    await streamCompletion(running.baseUrl, warmUp, options.signal);
    for (const workload of workloads) {
      try {
        const limit = AbortSignal.timeout(workloadTimeoutMs);
        const signal = AbortSignal.any([options.signal, limit]);
        const values = await workload.run(running.baseUrl, { ...load, signal });
        options.say(`${prefix}, ${workload.name}: ${describe(values, workload)}`);
        readings.push({ round, server, workload: workload.name, busyBefore, values });
      } catch (error) {
        fail(workload.name, error);
      }
    }
  } catch (error) {
    fail("start and stop", error);
  }
  return readings;
}

function describe(values: Record<string, number>, { metrics }: Workload): string {
  return Object.entries(metrics)
    .map(([key, { label, unit }]) => `${label} ${values[key]?.toFixed(1) ?? "missing"} ${unit}`)
    .join(", ");
}
