import type { TestCase } from "../junit.ts";
import type { Comparison } from "./numbers.ts";

export interface ConformanceReport {
  /** ISO date of the run. */
  date: string;
  versions: Readonly<Record<string, string>>;
  /** What each program made of each test. */
  llamaServer: readonly TestCase[];
  hutch: readonly TestCase[];
  comparisons: readonly Comparison[];
}

/** Tests that hutch is not meant to pass, by the beginning of their names, and why. */
export type Exceptions = Readonly<Record<string, string>>;

interface Row {
  name: string;
  llamaServer: TestCase | undefined;
  hutch: TestCase | undefined;
}

const nameOf = ({ group, name }: TestCase) => `${group.replace(/^unit\./, "")}::${name}`;

/** Every test of either run, in the order of llama-server's. */
function rowsOf({ llamaServer, hutch }: ConformanceReport): Row[] {
  const ours = new Map(hutch.map((test) => [nameOf(test), test]));
  const theirs = new Map(llamaServer.map((test) => [nameOf(test), test]));
  const names = [...new Set([...theirs.keys(), ...ours.keys()])];
  return names.map((name) => ({
    name,
    llamaServer: theirs.get(name),
    hutch: ours.get(name),
  }));
}

/** Tests that llama-server passes and hutch does not, though nothing excuses it. */
export function unexcused(report: ConformanceReport, exceptions: Exceptions): string[] {
  return rowsOf(report)
    .filter((row) => row.llamaServer?.outcome === "passed" && row.hutch?.outcome !== "passed")
    .filter((row) => excuseOf(row.name, exceptions) === undefined)
    .map((row) => `${row.name}: ${row.hutch?.message ?? "did not run"}`);
}

function excuseOf(name: string, exceptions: Exceptions): string | undefined {
  return Object.entries(exceptions).find(([prefix]) => name.startsWith(prefix))?.[1];
}

/** Such as "340 passed, 3 failed, 6 skipped". */
export function totals(cases: readonly TestCase[]): string {
  const outcomes = ["passed", "failed", "skipped"] as const;
  return outcomes
    .map((outcome) => `${cases.filter((test) => test.outcome === outcome).length} ${outcome}`)
    .join(", ");
}

/** docs/conformance.md. */
export function markdownReport(report: ConformanceReport, exceptions: Exceptions): string {
  const rows = rowsOf(report);
  const notPassed = rows.filter((row) => row.hutch?.outcome !== "passed");
  const lines = [
    "# Conformance with llama-server",
    "",
    "Made by `npm run conformance:llamacpp`; do not edit. llama.cpp's own server tests,",
    "unmodified, run against llama-server and `dist/hutch`, built from the same llama.cpp.",
    "",
    `- ${report.date}`,
    ...Object.entries(report.versions).map(([name, version]) => `- ${name}: ${version}`),
    `- **llama-server: ${totals(report.llamaServer)}**`,
    `- **hutch: ${totals(report.hutch)}**`,
    "",
    "## What hutch does not pass",
    "",
    ...tableHead("test", "llama-server", "hutch", "why"),
    ...notPassed.map((row) => {
      const why = excuseOf(row.name, exceptions) ?? row.hutch?.message.split("\n")[0] ?? "";
      return tableRow(code(row.name), outcome(row.llamaServer), outcome(row.hutch), cell(why));
    }),
    "",
    ...comparisonLines(report.comparisons),
    "## All tests",
    "",
    ...tableHead("test", "llama-server", "hutch"),
    ...rows.map((row) => tableRow(code(row.name), outcome(row.llamaServer), outcome(row.hutch))),
  ];
  return `${lines.join("\n")}\n`;
}

function comparisonLines(comparisons: readonly Comparison[]): string[] {
  if (comparisons.length === 0) return [];
  const nSame = comparisons.filter(({ differences }) => differences.length === 0).length;
  return [
    "## Numbers",
    "",
    "The same request at temperature 0 to both: text, token counts, finish reason, and the log",
    `probability of every token (to 1e-3). ${nSame} of ${comparisons.length} agree. Where two`,
    "tokens are equally likely and each server took another one, what comes before is compared.",
    "",
    ...tableHead(
      "model",
      "request",
      "tokens",
      "largest logprob difference",
      "tie at token",
      "differs in",
    ),
    ...comparisons.map(({ model, request, nTokens, logprobGap, tiedAt, differences }) => {
      const gap = logprobGap === null ? "" : logprobGap.toExponential(1);
      const figures = [String(nTokens), gap, String(tiedAt ?? "")];
      return tableRow(model, cell(request), ...figures, cell(differences.join(", ")));
    }),
    "",
  ];
}

const tableRow = (...cells: string[]) => `| ${cells.join(" | ")} |`;
const tableHead = (...titles: string[]) => [
  tableRow(...titles),
  tableRow(...titles.map(() => "---")),
];
const outcome = (test: TestCase | undefined) => test?.outcome ?? "–";
const cell = (text: string) => text.replaceAll("|", "\\|").replaceAll("\n", " ").slice(0, 300);
const code = (name: string) => `\`${cell(name).replaceAll("`", "'")}\``;
