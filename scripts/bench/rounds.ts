import { join } from "node:path";
import { streamCompletion } from "./completion.ts";
import { untilQuiet } from "./machine.ts";
import { promptSupply } from "./prompts.ts";
import type { RunningServer, ServerName } from "./server.ts";
import { type Side, startSide } from "./side.ts";
import { type Setup, type Stage, sidesOf } from "./stage.ts";
import { type Load, Unsupported, type Workload } from "./workload.ts";

/** One workload on one server in one round: its numbers, or why there are none. */
export interface Reading {
  readonly round: number;
  readonly server: ServerName;
  readonly stage: string;
  readonly workload: string;
  /** Share of the processor that other programs used just before the server was started. */
  readonly busyBefore: number;
  readonly values?: Readonly<Record<string, number>>;
  readonly error?: string;
  /** Why this server cannot do it. */
  readonly unsupported?: string;
}

export interface RoundOptions {
  readonly nRounds: number;
  /** Measures a part of the tokens. */
  readonly quick: boolean;
  /** How long to wait for other programs to leave the processor, before every start. */
  readonly quietTimeoutMs: number;
  /** Folder for the servers' logs. */
  readonly logDir: string;
  readonly signal: AbortSignal;
  readonly say: (line: string) => void;
}

/** The longest takes two minutes; this ends one that crawls because the machine became busy. */
const workloadTimeoutMs = 300_000;

const nWarmUpTokens = 16;
/** Hutch begins to put things in order after a second without a request. */
const lullMs = 1500;

/** Part of the tokens that a quick run measures. */
const quickPart = 0.25;

/**
 * Runs every stage on both servers, round by round, so that a machine that slows down slows both.
 * Rounds begin with another server in turn. A failure becomes a reading, and the rest runs.
 */
export async function runRounds(
  stages: readonly Stage[],
  setup: Setup,
  options: RoundOptions,
): Promise<Reading[]> {
  const readings: Reading[] = [];
  for (let round = 1; round <= options.nRounds; round++) {
    for (const stage of stages) {
      const sides = sidesOf(stage, setup);
      for (const side of round % 2 === 1 ? sides : sides.toReversed()) {
        const turn = await runTurn(side, stage, round, { ...options, fileOf: setup.fileOf });
        options.signal.throwIfAborted();
        readings.push(...turn);
      }
    }
  }
  return readings;
}

/** All workloads of a stage on one server. */
async function runTurn(
  side: Side,
  stage: Stage,
  round: number,
  options: RoundOptions & Pick<Setup, "fileOf">,
): Promise<Reading[]> {
  const server = side.name;
  const prefix = `round ${round}/${options.nRounds}, ${stage.name}, ${server}`;
  const readings: Reading[] = [];
  const busyBefore = await untilQuiet(options.quietTimeoutMs, options.signal);
  const fail = (workload: string, error: unknown) => {
    if (options.signal.aborted) return; // nothing failed: the run is over
    const message = error instanceof Error ? error.message : String(error);
    const unsupported = error instanceof Unsupported;
    options.say(`${prefix}, ${workload}: ${unsupported ? "cannot" : "FAILED"}: ${message}`);
    const reason = unsupported ? { unsupported: message } : { error: message };
    readings.push({ round, server, stage: stage.name, workload, busyBefore, ...reason });
  };
  try {
    const others = `other programs use ${Math.round(busyBefore * 100)} % of the processor`;
    options.say(`${prefix}: starting; ${others}`);
    const logPath = join(options.logDir, `${server}-${round}.log`);
    await using running = await startSide(side, logPath, options.signal);
    const load: Load = {
      nextPrompt: promptSupply(round),
      round,
      fileOf: options.fileOf,
      tokens: (full) => (options.quick ? Math.ceil(full * quickPart) : full),
      signal: options.signal,
    };
    await (stage.warmUp ?? warmUp)(running, load);
    // What a server does when it falls idle is not to be measured, here or beside the other one.
    await Bun.sleep(lullMs);
    await untilQuiet(options.quietTimeoutMs, options.signal);
    for (const workload of stage.workloads) {
      try {
        const limit = AbortSignal.timeout(workloadTimeoutMs);
        const signal = AbortSignal.any([options.signal, limit]);
        const values = await workload.run(running, { ...load, signal });
        options.say(`${prefix}, ${workload.name}: ${describe(values, workload)}`);
        const reading = { round, server, stage: stage.name, workload: workload.name, busyBefore };
        readings.push({ ...reading, values });
      } catch (error) {
        fail(workload.name, error);
      }
    }
  } catch (error) {
    fail("start and stop", error);
  }
  return readings;
}

/** Brings every model's pages in and the clocks up before anything is measured. */
async function warmUp({ models }: RunningServer, { nextPrompt, signal }: Load): Promise<void> {
  for (const model of models) {
    await streamCompletion(model, { prompt: nextPrompt(), nPredict: nWarmUpTokens }, signal);
  }
}

function describe(values: Record<string, number>, { metrics }: Workload): string {
  return Object.entries(metrics)
    .map(([key, { label, unit }]) => `${label} ${values[key]?.toFixed(1) ?? "none"} ${unit}`)
    .join(", ");
}
