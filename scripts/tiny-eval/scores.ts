import type { Wording } from "./case-schema.ts";
import type { Answered, Compared, Outcome } from "./run.ts";
import { areaUnderRoc, wilsonInterval } from "./statistics.ts";

/** A share, or for pairs the area under the ROC curve, of a number of cases. */
export interface Figure {
  readonly value: number;
  readonly n: number;
}

/** One row of the report. */
export interface Score extends Figure {
  readonly skill: string;
  readonly wording: Wording;
  readonly unit: "share" | "area";
  /** By the dialect's name. */
  readonly byDialect: ReadonlyMap<string, Figure>;
  /** Wrong answers, in the cases' order; of pairs, the paraphrases that look least alike. */
  readonly misses: readonly Miss[];
}

export interface Miss {
  readonly asked: string;
  readonly answered: string;
  readonly expected: string;
  readonly dialect: string;
}

/** Of pairs, which are all more or less wrong. */
const nPairMisses = 3;

/** A row for each skill and wording, in the order in which they first occur. */
export function scoresOf(outcomes: readonly Outcome[]): Score[] {
  const rows = grouped(outcomes, ({ skill, wording, kind }) => `${skill}\0${wording}\0${kind}`);
  return [...rows.values()].flatMap((row) => {
    const [first] = row;
    if (first === undefined) return [];
    const { skill, wording, kind } = first;
    const unit = kind === "answered" ? "share" : "area";
    const byDialect = [...grouped(row, ({ dialect }) => dialect)].map(
      ([dialect, own]) => [dialect, figureOf(own)] as const,
    );
    const labels = { skill, wording, unit } as const;
    return [{ ...labels, ...figureOf(row), byDialect: new Map(byDialect), misses: missesOf(row) }];
  });
}

function grouped<T>(values: readonly T[], keyOf: (value: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const value of values) {
    const key = keyOf(value);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [value]);
    else group.push(value);
  }
  return groups;
}

const isAnswered = (outcome: Outcome): outcome is Answered => outcome.kind === "answered";
const isCompared = (outcome: Outcome): outcome is Compared => outcome.kind === "compared";

function figureOf(row: readonly Outcome[]): Figure {
  const answered = row.filter(isAnswered);
  const n = row.length;
  if (answered.length > 0) {
    return { value: answered.filter(({ fault }) => fault === undefined).length / n, n };
  }
  const similarities = (relation: string) =>
    row
      .filter(isCompared)
      .filter(({ pair }) => pair[2] === relation)
      .map(({ similarity }) => similarity);
  return { value: areaUnderRoc(similarities("paraphrase"), similarities("unrelated")), n };
}

function missesOf(row: readonly Outcome[]): Miss[] {
  const wrong = row.filter(isAnswered).flatMap(({ asked, answered, fault, dialect }) => {
    return fault === undefined ? [] : [{ asked, answered, expected: fault, dialect }];
  });
  const unlike = row
    .filter(isCompared)
    .filter(({ pair }) => pair[2] === "paraphrase")
    .sort((a, b) => a.similarity - b.similarity)
    .slice(0, nPairMisses)
    .map(({ pair: [one, other], similarity, dialect }) => ({
      asked: `${one} / ${other}`,
      answered: `cosine ${similarity.toFixed(2)}`,
      expected: "alike",
      dialect,
    }));
  return [...wrong, ...unlike];
}

/** All rows' cases together. An area counts as much as its pairs. */
export function pooled(scores: readonly Figure[]): Figure {
  const n = scores.reduce((sum, score) => sum + score.n, 0);
  const nRight = scores.reduce((sum, score) => sum + score.value * score.n, 0);
  return { value: n === 0 ? Number.NaN : nRight / n, n };
}

/** Where the true share lies, with 95 % probability; undefined for an area. */
export function intervalOf({ unit, value, n }: Score): readonly [number, number] | undefined {
  return unit === "share" ? wilsonInterval(Math.round(value * n), n) : undefined;
}
