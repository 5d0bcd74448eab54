import { basename } from "node:path";
import type { RawFigures } from "./llama-bench.ts";
import { busyShareMax, type Machine } from "./machine.ts";
import type { Reading } from "./rounds.ts";
import type { ServerName } from "./server.ts";
import { type Setup, type Stage, sidesOf } from "./stage.ts";
import type { Spread, SummaryRow } from "./summary.ts";
import { markdownTable } from "./table.ts";
import type { Metric } from "./workload.ts";

/** Everything that one run of the benchmark found out; also the contents of benchmark.json. */
export interface BenchmarkReport {
  /** ISO date of the run. */
  readonly date: string;
  readonly command: string;
  readonly machine: Machine;
  readonly versions: Readonly<Record<string, string>>;
  readonly nRounds: number;
  readonly stages: readonly ReportedStage[];
  readonly raw: readonly RawFigures[];
  readonly summary: readonly SummaryRow[];
  readonly readings: readonly Reading[];
}

interface ReportedStage {
  readonly name: string;
  /** How each process of both sides was started, without this machine's folders. */
  readonly commands: readonly string[];
  readonly workloads: readonly { readonly name: string; readonly description: string }[];
}

/** Command lines of both sides without this machine's folders. */
export function shownCommands(stage: Stage, setup: Setup): string[] {
  return sidesOf(stage, setup).flatMap(({ processes }) =>
    processes.map(({ command }) =>
      command(0)
        .map((word) => (word.startsWith("/") ? basename(word) : word))
        .join(" "),
    ),
  );
}

/** The comparison as a Markdown table, which is also readable on a terminal. */
export function comparisonTable({ stages, summary, readings }: BenchmarkReport): string {
  const rows = stages.flatMap(({ name }) => [
    [`**${name}**`],
    ...summary
      .filter(({ stage }) => stage === name)
      .map((row) => [
        `${row.workload}: ${row.metric.label}, ${row.metric.unit}`,
        spreadText(row.ours) ?? absentText(readings, row, "hutch"),
        spreadText(row.theirs) ?? absentText(readings, row, "llama-server"),
        row.ratio === undefined ? "" : `${row.ratio.toFixed(2)}×`,
        targetText(row.metric),
        row.met === undefined ? "" : row.met ? "met" : "**missed**",
      ]),
  ]);
  const head = ["median of the rounds (min–max)", "hutch", "llama-server"];
  return markdownTable([[...head, "hutch ÷ llama-server", "target", ""], ...rows]);
}

/** What the engine does without a server, as a Markdown table. */
export function rawTable({ raw }: BenchmarkReport): string {
  return markdownTable([
    ["`llama-bench`, no server", "prefill of 512 tokens, tok/s", "decode, tok/s"],
    ...raw.map((one) => [one.model, spreadText(one.prefill) ?? "", spreadText(one.decode) ?? ""]),
  ]);
}

/** docs/benchmark.md. */
export function markdownReport(report: BenchmarkReport): string {
  const { machine, versions, stages, summary } = report;
  const failures = failureLines(report.readings);
  const unsupported = unsupportedLines(report.readings);
  const withTarget = summary.filter(({ metric }) => metric.target !== undefined);
  const nMet = withTarget.filter(({ met }) => met === true).length;
  const lines = [
    "# Benchmark",
    "",
    `Made by \`${report.command}\`; do not edit. All figures of all rounds: [benchmark.json]` +
      "(benchmark.json).",
    "",
    `${nMet} of ${withTarget.length} targets are met.`,
    "",
    "![hutch beside llama-server](benchmark.svg)",
    "",
    comparisonTable(report),
    "",
    rawTable(report),
    "",
    ...(failures.length === 0 ? [] : ["**Failed:**", "", ...failures, ""]),
    ...(unsupported.length === 0 ? [] : ["What a server cannot do:", "", ...unsupported, ""]),
    "## Where and with what",
    "",
    `- ${report.date}, ${machine.cpu}, ${machine.nCores} cores, ${machine.memoryGiB} GiB, ` +
      `${machine.system}`,
    `- ${busyText(report.readings)}`,
    ...Object.entries(versions).map(([name, version]) => `- ${name}: ${version}`),
    ...report.raw.map(({ command }) => `- \`${command}\``),
    "",
    "## How",
    "",
    howText(report.nRounds),
    ...stages.flatMap(({ name, commands, workloads }) => [
      "",
      `### ${name}`,
      "",
      ...commands.map((command) => `- \`${command}\``),
      ...workloads.map((workload) => `- *${workload.name}*: ${workload.description}`),
    ]),
    "",
  ];
  return lines.join("\n");
}

function howText(nRounds: number): string {
  return (
    "Both servers use llama.cpp built from one source tree with one compiler. In each round " +
    `(${nRounds} in all) and stage each is started, warmed up, measured and stopped; rounds ` +
    "begin with another server in turn. Threads are what each server takes by itself. A stream " +
    "is one `POST /completion`, greedy, `ignore_eos`, without the prompt cache unless said " +
    "otherwise; tokens are counted by the server's `tokens_predicted`, and a stream with " +
    "fewer than asked for is a failure. The client measures on the same machine.\n\n" +
    "The models have the shapes, vocabularies and Q4_K_M types of real ones with random weights " +
    "(`scripts/random-model.ts`): right for speed, wrong for meaning. Those named *successor* " +
    "give each token a fixed next one, all in one cycle: their greedy text is known and never " +
    "repeats, so that neither server gains by guessing repetitions, except where a prompt holds " +
    "what is to be copied."
  );
}

/** One line for every failed reading; empty when all went well. */
export function failureLines(readings: readonly Reading[]): string[] {
  return readings.flatMap(({ round, server, stage, workload, error }) =>
    error === undefined
      ? []
      : [`- round ${round}, ${server}, ${stage}, ${workload}: ${error.split("\n")[0]}`],
  );
}

/** One line for everything that a server cannot do, however often it was tried. */
function unsupportedLines(readings: readonly Reading[]): string[] {
  const lines = readings.flatMap(({ server, stage, workload, unsupported }) =>
    unsupported === undefined ? [] : [`- ${server}, ${stage}, ${workload}: ${unsupported}`],
  );
  return [...new Set(lines)];
}

/** How busy other programs kept the machine, with a warning when it was too much. */
export function busyText(readings: readonly Reading[]): string {
  const busiest = Math.max(0, ...readings.map((reading) => reading.busyBefore));
  const text = `other programs used at most ${Math.round(busiest * 100)} % of the processor`;
  return busiest >= busyShareMax ? `**${text}: these figures are not to be trusted**` : text;
}

/** Why a cell has no figure. */
function absentText(readings: readonly Reading[], row: SummaryRow, server: ServerName): string {
  const tried = readings.filter(
    (one) => one.server === server && one.stage === row.stage && one.workload === row.workload,
  );
  if (tried.some(({ unsupported }) => unsupported !== undefined)) return "cannot";
  return tried.some(({ values }) => values !== undefined) ? "–" : "failed";
}

/** "≥ 1.8×", "≥ 0.97" for hutch alone, "≤ +150 MB" for a difference; empty without a target. */
export function targetText({ better, target, unit }: Metric): string {
  if (target === undefined) return "";
  const sign = better === "higher" ? "≥" : "≤";
  if ("ratio" in target) return `${sign} ${target.ratio.toFixed(2)}×`;
  if ("ours" in target) return `hutch ${sign} ${target.ours}`;
  return `${sign} ${target.difference >= 0 ? "+" : "−"}${Math.abs(target.difference)} ${unit}`;
}

function spreadText(spread: Spread | undefined): string | undefined {
  if (spread === undefined) return undefined;
  const { median } = spread;
  const digits = median < 10 ? 2 : median < 100 ? 1 : 0;
  const [middle, min, max] = [median, spread.min, spread.max].map((one) => one.toFixed(digits));
  return spread.nValues === 1 ? `${middle}` : `${middle} (${min}–${max})`;
}
