import { markdownTable } from "../bench/table.ts";
import { type Figure, intervalOf, type Miss, type Score } from "./scores.ts";
import { resultOf, type Target, type TargetResult, targets } from "./targets.ts";

/** All that one run of the evaluation found out. */
export interface EvaluationReport {
  /** ISO date of the run. */
  readonly date: string;
  readonly command: string;
  /** What `hutch --version` says. */
  readonly version: string;
  /** What was measured, such as "text model": "tiny-text.gguf, 3.2 MB". */
  readonly files: Readonly<Record<string, string>>;
  readonly scores: readonly Score[];
  /** Names of the dialects, in the order of the columns. */
  readonly dialects: readonly string[];
}

/** Wrong answers that are shown of each skill. */
const nMissesShown = 3;

/** A longer text of an example is cut, characters. */
const shownLengthMax = 240;

const wordingText = { seen: "as trained", held: "held-out phrasing", free: "free" } as const;

const intro = `\
It is a demonstration and a test model, NOT a language model: a few million weights that know a
small closed world. Asked beyond it, or in words far from those that it was trained on, it says that
it does not know, or something wrong. What follows was measured through the running server, at
temperature 0, with several requests at once. The cases take the dialects in turn, so that a mistake
in one of them shows as well.`;

const columns = `\
- *wording*: *as trained* has phrases of the training corpus, with values that may be new;
  *held-out phrasing* has phrases by the corpus's authors that are never trained; *free* was typed
  by somebody who had not seen the corpus (\`scripts/tiny/eval/free-wording.json\`).
- *accuracy*: share of right answers; for paraphrases the area under the ROC curve (AUC): how often
  a paraphrase is closer than an unrelated sentence. A failed request is a wrong answer.
- *95 %*: where the true accuracy lies, by Wilson's interval; few cases tell little.
- Under each dialect: its own accuracy and cases. Empty: it has no form for them, or no turn.`;

/** docs/tiny-model.md. */
export function markdownReport(report: EvaluationReport): string {
  const { date, command, version, files, scores } = report;
  const results = targets.map((target) => resultOf(target, scores));
  const nMet = results.filter(({ isMet }) => isMet).length;
  const nCases = scores.reduce((sum, { n }) => sum + n, 0);
  return [
    ...["# The tiny model", "", `Made by \`${command}\`; do not edit.`, "", intro, ""],
    `**${nMet} of ${results.length} targets are met**, over ${nCases} cases.`,
    ...["", targetTable(results), ""],
    ...["## By skill, and by dialect", "", skillTable(report), "", columns, ""],
    ...["## What it gets wrong", "", missesText(scores), ""],
    ...["## What was measured", "", `- ${date}, ${version}`],
    ...Object.entries(files).map(([name, text]) => `- ${name}: ${text}`),
    "",
  ].join("\n");
}

/** Every target, and whether it is met; also readable on a terminal. */
export function targetTable(results: readonly TargetResult[]): string {
  return markdownTable([
    ["target", "accuracy", "cases", "at least", ""],
    ...results.map(({ target, isMet, ...figure }) => [
      target.name,
      figure.n === 0 ? "not measured" : valueText(figure, isArea(target)),
      `${figure.n}`,
      isArea(target) ? target.least.toFixed(2) : percent(target.least),
      isMet ? "met" : "**missed**",
    ]),
  ]);
}

const isArea = ({ name }: Target) => name.endsWith("AUC");

function skillTable({ scores, dialects }: EvaluationReport): string {
  return markdownTable([
    ["skill", "wording", "accuracy", "95 %", "cases", ...dialects],
    ...scores.map((score) => [
      score.skill,
      wordingText[score.wording],
      valueText(score, score.unit === "area"),
      intervalText(score),
      `${score.n}`,
      ...dialects.map((name) => dialectText(score.byDialect.get(name), score.unit === "area")),
    ]),
  ]);
}

function valueText({ value }: Figure, area: boolean): string {
  if (Number.isNaN(value)) return "–";
  return area ? value.toFixed(3) : percent(value);
}

/** Without rounding what is not perfect up to 100 %. */
function percent(share: number): string {
  const tenths = share < 1 ? Math.min(999, Math.round(share * 1000)) : 1000;
  return `${tenths % 10 === 0 ? tenths / 10 : (tenths / 10).toFixed(1)} %`;
}

function intervalText(score: Score): string {
  const interval = intervalOf(score);
  return interval === undefined ? "" : interval.map((bound) => Math.round(bound * 100)).join("–");
}

function dialectText(figure: Figure | undefined, area: boolean): string {
  return figure === undefined ? "" : `${valueText(figure, area)} (${figure.n})`;
}

function missesText(scores: readonly Score[]): string {
  const missed = scores.filter(({ misses }) => misses.length > 0);
  if (missed.length === 0) return "Nothing that was asked.";
  return missed
    .map((score) => {
      const shown = score.misses.slice(0, nMissesShown);
      return [`### ${missesTitle(score)}`, "", ...shown.flatMap(missLines)].join("\n");
    })
    .join("\n\n");
}

function missesTitle({ skill, wording, unit, misses, n }: Score): string {
  const count = unit === "area" ? "least alike" : `${misses.length} of ${n} wrong`;
  return `${skill}, ${wordingText[wording]}: ${count}`;
}

function missLines({ asked, answered, expected, dialect }: Miss): string[] {
  const said = answered === "" ? "nothing" : code(answered);
  return [`- ${code(asked)}`, `  got ${said}, expected ${code(expected)} (${dialect})`];
}

/** The text on one line, as it stands whatever Markdown would make of it. */
function code(text: string): string {
  const line = text.replaceAll(/\s*\n\s*/g, " ⏎ ").trim();
  const shown = line.length > shownLengthMax ? `${line.slice(0, shownLengthMax)}…` : line;
  return shown.includes("`") ? `\`\` ${shown} \`\`` : `\`${shown}\``;
}
