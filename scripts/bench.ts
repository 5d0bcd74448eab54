/**
 * `npm run bench`: our server and llama.cpp's own, built from the same source, on the same models
 * with the same settings, in turn. Prints the comparison and writes docs/benchmark.md, .json, .svg.
 */
import { basename, join, resolve } from "node:path";
import pinned from "../native/llama-cpp.json";
import { version } from "../package.json";
import { chartSvg } from "./bench/chart.ts";
import { runLlamaBench } from "./bench/llama-bench.ts";
import { describeMachine, untilQuiet } from "./bench/machine.ts";
import { linkModels, modelFile } from "./bench/models.ts";
import { isFullRun, type Options, parseOptions, usage } from "./bench/options.ts";
import {
  type BenchmarkReport,
  busyText,
  comparisonTable,
  failureLines,
  markdownReport,
  rawTable,
  shownCommands,
} from "./bench/report.ts";
import { type RoundOptions, runRounds } from "./bench/rounds.ts";
import { type Setup, type Stage, selectStages } from "./bench/stage.ts";
import { stages } from "./bench/stages.ts";
import { summarize } from "./bench/summary.ts";
import { buildExecutable } from "./build.ts";
import { ensureSource } from "./llama-source.ts";
import { buildLlamaServer } from "./native.ts";
import { root } from "./paths.ts";
import { outputOf, runMain } from "./program.ts";
import { temporaryFolder } from "./temporary-folder.ts";

/** How long to wait for other programs to leave the processor, before every start. */
const quietTimeoutMs = 60_000;

/** Runs of llama-bench: cheap, and one alone misleads. */
const nRawRuns = 3;

const say = (line: string) => console.error(`bench: ${line}`);

async function main(): Promise<number> {
  const options = parseOptions(process.argv.slice(2));
  if (options === "help") {
    console.log(usage);
    return 0;
  }
  const selected = selectStages(stages, options.only);
  if (selected.length === 0) throw new Error(`no stage or workload is named like ${options.only}`);
  if (options.list) {
    for (const { name, workloads } of selected) {
      console.log([name, ...workloads.map((workload) => `  ${workload.name}`)].join("\n"));
    }
    return 0;
  }

  await using folder = await temporaryFolder("bench");
  const report = await measure(await prepare(options, folder.path), selected, options, folder.path);
  console.log(`${comparisonTable(report)}\n\n${rawTable(report)}\n${busyText(report.readings)}`);
  const failures = failureLines(report.readings);
  for (const line of failures) console.log(`FAILED ${line}`);
  if (isFullRun(options)) await writeReport(report);
  return failures.length === 0 ? 0 : 1;
}

/** Builds the programs. Models are made when a stage first names them. */
async function prepare(options: Options, folder: string): Promise<Setup> {
  say("building hutch and llama-server …");
  const hutch = options.hutch === undefined ? await buildExecutable() : resolve(options.hutch);
  const { server, bench } = await buildLlamaServer();
  const sourceDir = await ensureSource();
  const fileOf: Setup["fileOf"] = (name) => modelFile(name, sourceDir);
  return {
    ...{ hutch, llamaServer: server, llamaBench: bench, fileOf },
    folderOf: (names) => linkModels(join(folder, "models"), names, fileOf),
  };
}

async function measure(
  setup: Setup,
  selected: readonly Stage[],
  { nRounds, quick }: Options,
  logDir: string,
): Promise<BenchmarkReport> {
  const interrupt = new AbortController();
  const onSignal = () => interrupt.abort(new Error("interrupted"));
  // A second signal, which npm may send, must not end us before the server has ended.
  process.on("SIGINT", onSignal).on("SIGTERM", onSignal);
  const { signal } = interrupt;
  for (const name of new Set(selected.flatMap(({ models }) => models))) setup.fileOf(name);
  const measured = await versions(); // now, because sources may be edited meanwhile

  const raw = [];
  for (const name of new Set(selected.flatMap((stage) => stage.raw ?? []))) {
    say(`llama-bench, without a server, ${name} …`);
    await untilQuiet(quietTimeoutMs, signal);
    const nRuns = quick ? 1 : nRawRuns;
    raw.push(await runLlamaBench(setup.llamaBench, name, setup.fileOf(name), nRuns));
    signal.throwIfAborted();
  }
  const rounds: RoundOptions = { nRounds, quick, quietTimeoutMs, logDir, signal, say };
  const readings = await runRounds(selected, setup, rounds);
  return {
    date: new Date().toISOString().slice(0, 10),
    command: shownCommandLine(process.argv.slice(2)),
    machine: describeMachine(),
    versions: measured,
    nRounds,
    stages: selected.map((stage) => ({
      name: stage.name,
      commands: shownCommands(stage, setup),
      workloads: stage.workloads.map(({ name, description }) => ({ name, description })),
    })),
    raw,
    summary: summarize(readings, selected),
    readings,
  };
}

/** The command without this machine's folders. */
function shownCommandLine(args: readonly string[]): string {
  const shown = args.map((arg) => (arg.includes("/") ? basename(arg) : arg));
  return ["npm run bench", ...(shown.length > 0 ? ["--", ...shown] : [])].join(" ");
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
  const write = (name: string, text: string) => Bun.write(join(root, "docs", name), text);
  await write("benchmark.json", `${JSON.stringify(report, null, 2)}\n`);
  await write("benchmark.svg", chartSvg(report));
  await write("benchmark.md", markdownReport(report));
}

if (import.meta.main) await runMain(main);
