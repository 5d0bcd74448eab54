/**
 * `npm run bench`: our server and llama.cpp's own, built from the same source, on the same model
 * with the same settings, in turn. Prints the comparison and writes docs/benchmark.md and .json.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { basename, join } from "node:path";
import { parseArgs } from "node:util";
import pinned from "../native/llama-cpp.json";
import { version } from "../package.json";
import { runLlamaBench } from "./bench/llama-bench.ts";
import { describeMachine, untilQuiet } from "./bench/machine.ts";
import {
  type BenchmarkReport,
  busyText,
  comparisonTable,
  failureLines,
  markdownReport,
} from "./bench/report.ts";
import { runRounds } from "./bench/rounds.ts";
import type { Contender } from "./bench/server.ts";
import { summarize } from "./bench/summary.ts";
import { workloads } from "./bench/workloads.ts";
import { buildExecutable } from "./build.ts";
import { ensureSource } from "./llama-source.ts";
import { buildLlamaServer } from "./native.ts";
import { root } from "./paths.ts";
import { outputOf, runMain } from "./program.ts";
import { ensureRandomModel } from "./random-model.ts";

const nParallel = 8;

/** Tokens per sequence: 8 × 2048 = 16384 cells in all, as design.md's figures had. */
const nCtxSeq = 2048;

const nPredictFull = 128;
const nPredictQuick = 32;

const nRoundsDefault = 3;

const quietTimeoutMs = 60_000;

/** Rounds at most: a mistyped number must not keep the machine busy for days. */
const nRoundsMax = 100;

const usage = `Compares hutch with llama-server on this machine; takes some minutes.

  npm run bench -- [--rounds N] [--quick]

  --rounds N  how often each server is measured (default ${nRoundsDefault})
  --quick     1 round with a quarter of the tokens; docs/benchmark.* stay as they are
  --help      this text`;

interface Options {
  nRounds: number;
  nPredict: number;
  quick: boolean;
}

interface Programs {
  hutch: string;
  llamaServer: string;
  llamaBench: string;
}

const ours = "hutch";
const theirs = "llama-server";

/** Both servers with the same settings. Ours counts context per sequence, theirs in all. */
function contendersOf({ hutch, llamaServer }: Programs, model: string): Contender[] {
  const nThreads = availableParallelism();
  const same = (port: number) => ["-m", model, "--host", "127.0.0.1", "--port", `${port}`];
  const sizes = (nCtx: number) => ["--ctx-size", `${nCtx}`, "--parallel", `${nParallel}`];
  const threads = ["--threads", `${nThreads}`];
  return [
    {
      name: ours,
      command: (port) => [hutch, "serve", ...same(port), ...sizes(nCtxSeq), ...threads],
    },
    {
      name: theirs,
      command: (port) => [
        llamaServer,
        ...same(port),
        ...sizes(nCtxSeq * nParallel),
        ...threads,
        "--no-webui",
      ],
    },
  ];
}

async function main(): Promise<number> {
  const options = parseOptions(process.argv.slice(2));
  if (options === "help") {
    console.log(usage);
    return 0;
  }
  const say = (line: string) => console.error(`bench: ${line}`);
  say("building hutch and llama-server …");
  const hutch = await buildExecutable();
  const { server, bench } = await buildLlamaServer();
  const model = ensureRandomModel("qwen2.5-0.5b", await ensureSource());
  say(`model ${basename(model)}`);

  const report = await measure(
    { hutch, llamaServer: server, llamaBench: bench },
    model,
    options,
    say,
  );
  console.log(comparisonTable(report));
  console.log(busyText(report.readings));
  const failures = failureLines(report.readings);
  for (const line of failures) console.log(`FAILED ${line}`);
  if (!options.quick) await writeReport(report);
  return failures.length === 0 ? 0 : 1;
}

async function measure(
  programs: Programs,
  model: string,
  { nRounds, nPredict }: Options,
  say: (line: string) => void,
): Promise<BenchmarkReport> {
  const interrupt = new AbortController();
  const onSignal = () => interrupt.abort(new Error("interrupted"));
  // A second signal, which npm may send, must not end us before the server has ended.
  process.on("SIGINT", onSignal).on("SIGTERM", onSignal);
  const logDir = await mkdtemp(join(tmpdir(), "hutch-bench-"));
  try {
    say("llama-bench, without a server, once the processor is quiet …");
    await untilQuiet(quietTimeoutMs, interrupt.signal);
    const nThreads = availableParallelism();
    const nRuns = Math.max(nRounds, nRoundsDefault); // cheap, and one run alone misleads
    const raw = await runLlamaBench(programs.llamaBench, model, { nThreads, nPredict, nRuns });
    const contenders = contendersOf(programs, model);
    const { signal } = interrupt;
    const rounds = { nRounds, nPredict, nParallel, quietTimeoutMs, logDir, signal, say };
    const readings = await runRounds(contenders, workloads, rounds);
    return {
      date: new Date().toISOString().slice(0, 10),
      command:
        nRounds === nRoundsDefault ? "npm run bench" : `npm run bench -- --rounds ${nRounds}`,
      machine: describeMachine(),
      versions: await versions(),
      servers: Object.fromEntries(contenders.map((one) => [one.name, shownCommand(one)])),
      nRounds,
      nPredict,
      raw,
      summary: summarize(readings, workloads, ours, theirs),
      readings,
    };
  } finally {
    await rm(logDir, { recursive: true, force: true });
  }
}

/** A server's command line without this machine's folders. */
function shownCommand(contender: Contender): string {
  const words = contender.command(0);
  return words.map((word) => (word.startsWith("/") ? basename(word) : word)).join(" ");
}

async function versions(): Promise<Record<string, string>> {
  const describe = outputOf(["git", "-C", root, "describe", "--always", "--dirty"]);
  const revision = await describe.catch(() => "no git revision");
  return {
    hutch: `${version} (${revision.trim()})`,
    "llama.cpp": `${pinned.tag} (${pinned.commit.slice(0, 7)})`,
    bun: Bun.version,
  };
}

async function writeReport(report: BenchmarkReport): Promise<void> {
  await Bun.write(join(root, "docs/benchmark.json"), `${JSON.stringify(report, null, 2)}\n`);
  await Bun.write(join(root, "docs/benchmark.md"), markdownReport(report));
}

/** @throws Error naming what is wrong with the arguments */
function parseOptions(args: string[]): Options | "help" {
  const { values } = parseArgs({
    args,
    options: {
      rounds: { type: "string" },
      quick: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) return "help";
  const { quick } = values;
  const nRounds = Number(values.rounds ?? (quick ? 1 : nRoundsDefault));
  if (!Number.isInteger(nRounds) || nRounds < 1 || nRounds > nRoundsMax) {
    throw new Error(`--rounds takes a whole number from 1 to ${nRoundsMax}`);
  }
  return { nRounds, nPredict: quick ? nPredictQuick : nPredictFull, quick };
}

if (import.meta.main) await runMain(main);
