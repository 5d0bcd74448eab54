import type { RawDecode } from "./llama-bench.ts";
import { busyShareMax, type Machine } from "./machine.ts";
import type { Reading } from "./rounds.ts";
import type { Spread, SummaryRow } from "./summary.ts";

/** Everything that one run of the benchmark found out; also the contents of benchmark.json. */
export interface BenchmarkReport {
  /** ISO date of the run. */
  readonly date: string;
  readonly command: string;
  readonly machine: Machine;
  readonly versions: Readonly<Record<string, string>>;
  /** How each server was started, without this machine's folders. */
  readonly servers: Readonly<Record<string, string>>;
  readonly nRounds: number;
  readonly nPredict: number;
  readonly raw: RawDecode;
  readonly summary: readonly SummaryRow[];
  readonly readings: readonly Reading[];
}

/** The comparison as a Markdown table, which is also readable on a terminal. */
export function comparisonTable({ raw, summary }: BenchmarkReport): string {
  const rows = summary.map((row) => [
    `${row.workload}: ${row.metric.label}, ${row.metric.unit} (${row.metric.better} is better)`,
    spreadText(row.ours),
    spreadText(row.theirs),
    row.ratio === undefined ? "failed" : `${row.ratio.toFixed(2)}×`,
  ]);
  const rawText = spreadText(raw.tokensPerSecond);
  return markdownTable([
    ["median of the rounds (min–max)", "hutch", "llama-server", "hutch ÷ llama-server"],
    ...rows,
    ["`llama-bench`, no server: decode, tok/s", rawText, rawText, ""],
  ]);
}

/** docs/benchmark.md. */
export function markdownReport(report: BenchmarkReport): string {
  const { machine, versions, servers } = report;
  const failures = failureLines(report.readings);
  const lines = [
    "# Benchmark",
    "",
    `Made by \`${report.command}\`; do not edit. All figures of all rounds: [benchmark.json]` +
      "(benchmark.json).",
    "",
    comparisonTable(report),
    "",
    ...(failures.length === 0 ? [] : ["**Failed:**", "", ...failures, ""]),
    "## Where and with what",
    "",
    `- ${report.date}, ${machine.cpu}, ${machine.nCores} cores, ${machine.memoryGiB} GiB, ` +
      `${machine.system}`,
    `- ${busyText(report.readings)}`,
    ...Object.entries(versions).map(([name, version]) => `- ${name}: ${version}`),
    ...Object.entries(servers).map(([name, command]) => `- ${name}: \`${command}\``),
    `- raw: \`${report.raw.command}\``,
    "",
    "## How",
    "",
    `Both servers use llama.cpp built from one source tree with one compiler. In each round ` +
      `(${report.nRounds} in all) each is started, warmed up, measured and stopped; rounds begin ` +
      `with another server in turn. A stream is one \`POST /completion\` with a prompt of about ` +
      `64 tokens that no other request shares, ${report.nPredict} tokens, greedy, ` +
      `\`ignore_eos\`, streamed; the client measures on the same machine. "1 stream" is the ` +
      `median of three in each round. "Decode" counts from the first token received to the last; ` +
      `"generated tokens ÷ wall time" from the first request sent to the last token received, ` +
      `prefill included.`,
    "",
    "The model has Qwen2.5-0.5B's shape, vocabulary and Q4_K_M types with random weights " +
      "(`scripts/random-model.ts`): right for speed, wrong for meaning.",
    "",
  ];
  return lines.join("\n");
}

/** One line for every failed reading; empty when all went well. */
export function failureLines(readings: readonly Reading[]): string[] {
  return readings.flatMap(({ round, server, workload, error }) =>
    error === undefined
      ? []
      : [`- round ${round}, ${server}, ${workload}: ${error.split("\n")[0]}`],
  );
}

/** How busy other programs kept the machine, with a warning when it was too much. */
export function busyText(readings: readonly Reading[]): string {
  const busiest = Math.max(0, ...readings.map((reading) => reading.busyBefore));
  const text = `other programs used at most ${Math.round(busiest * 100)} % of the processor`;
  return busiest >= busyShareMax ? `**${text}: these figures are not to be trusted**` : text;
}

function spreadText(spread: Spread | undefined): string {
  if (spread === undefined) return "failed";
  const digits = spread.median < 100 ? 1 : 0;
  const [median, min, max] = [spread.median, spread.min, spread.max].map((value) =>
    value.toFixed(digits),
  );
  return spread.nValues === 1 ? `${median}` : `${median} (${min}–${max})`;
}

/** Columns padded to one width. The first row is the head; numbers stand right-aligned. */
function markdownTable(rows: readonly (readonly string[])[]): string {
  const nColumns = Math.max(...rows.map((row) => row.length));
  const widths = Array.from({ length: nColumns }, (_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (row: readonly string[]) => {
    const cells = widths.map((width, column) => {
      const cell = row[column] ?? "";
      return column === 0 ? cell.padEnd(width) : cell.padStart(width);
    });
    return `| ${cells.join(" | ")} |`;
  };
  const rule = widths.map((width, column) =>
    column === 0 ? "-".repeat(width) : `${"-".repeat(width - 1)}:`,
  );
  const [head = [], ...body] = rows;
  return [line(head), line(rule), ...body.map(line)].join("\n");
}
