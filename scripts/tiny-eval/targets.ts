import type { Wording } from "./case-schema.ts";
import { type Figure, pooled, type Score } from "./scores.ts";

/** What a part of the cases must reach. */
export interface Target {
  readonly name: string;
  /** Absent: every skill. `facts` is `facts: capitals` too. */
  readonly skill?: string;
  /** Absent: in every wording. */
  readonly wording?: Wording;
  /** Least share of right answers, or area under the ROC curve. */
  readonly least: number;
}

/** The skills' names are those of the cases. */
export const targets: readonly Target[] = [
  { name: "facts", skill: "facts", wording: "seen", least: 0.98 },
  { name: "facts, held-out phrasing", skill: "facts", wording: "held", least: 0.92 },
  { name: "free wording, all skills", wording: "free", least: 0.8 },
  { name: "no tool call where none fits", skill: "no tool call", least: 0.97 },
  { name: "tool calls, valid and right", skill: "tool call", least: 0.95 },
  { name: "vision: shape", skill: "vision: shape", least: 0.95 },
  { name: "vision: colour", skill: "vision: colour", least: 0.95 },
  { name: "JSON, valid under a grammar", skill: "schema", least: 0.99 },
  { name: "refusal of what it cannot know", skill: "refusal", least: 0.8 },
  { name: "paraphrase or unrelated, AUC", skill: "paraphrases", least: 0.9 },
];

export interface TargetResult extends Figure {
  readonly target: Target;
  /** A target without a case is not met. */
  readonly isMet: boolean;
}

export function resultOf(target: Target, scores: readonly Score[]): TargetResult {
  const figure = pooled(scores.filter((score) => counts(target, score)));
  return { target, ...figure, isMet: figure.value >= target.least };
}

function counts({ skill, wording }: Target, score: Score): boolean {
  const isOfSkill =
    skill === undefined || score.skill === skill || score.skill.startsWith(`${skill}: `);
  return isOfSkill && (wording === undefined || score.wording === wording);
}
