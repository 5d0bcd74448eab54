import { catalogFlags } from "./flags/catalog.ts";
import { chatFlags } from "./flags/chat.ts";
import { computeFlags } from "./flags/compute.ts";
import { contextFlags } from "./flags/context.ts";
import type { Flag } from "./flags/flag.ts";
import { httpFlags } from "./flags/http.ts";
import { limitFlags } from "./flags/limits.ts";
import { modelFlags } from "./flags/model.ts";
import { agentFlags, loggingFlags, programFlags } from "./flags/program.ts";
import { samplingFlags } from "./flags/sampling.ts";
import { schedulingFlags } from "./flags/scheduling.ts";
import { shorthandFlags } from "./flags/shorthands.ts";
import { speculationFlags } from "./flags/speculation.ts";
import { supervisionFlags } from "./flags/supervision.ts";

/** Every option, in the order of the help. */
export const flags: readonly Flag[] = [
  ...programFlags,
  ...modelFlags,
  ...contextFlags,
  ...computeFlags,
  ...httpFlags,
  ...limitFlags,
  ...catalogFlags,
  ...schedulingFlags,
  ...samplingFlags,
  ...chatFlags,
  ...speculationFlags,
  ...supervisionFlags,
  ...loggingFlags,
  ...shorthandFlags,
  ...agentFlags,
];

/** A flag by one of its spellings, and whether that one switches it off. */
export interface Spelled {
  flag: Flag;
  isNegative: boolean;
}

const bySpelling = new Map<string, Spelled>(
  flags.flatMap((flag) => [
    ...flag.spellings.map((name) => [name, { flag, isNegative: false }] as const),
    ...flag.negatives.map((name) => [name, { flag, isNegative: true }] as const),
  ]),
);

/** The flag spelled like this; `--a_b` is `--a-b`. */
export function flagSpelled(spelled: string): Spelled | undefined {
  return bySpelling.get(spelled.startsWith("--") ? spelled.replaceAll("_", "-") : spelled);
}

/** The known spelling with the fewest edits from `spelled`. */
export function nearestSpelling(spelled: string): string {
  let nearest = { name: "", distance: Infinity };
  for (const name of bySpelling.keys()) {
    const distance = editDistance(spelled, name);
    if (distance < nearest.distance) nearest = { name, distance };
  }
  return nearest.name;
}

/** Characters to insert, delete, replace, or swap with their neighbour. */
export function editDistance(a: string, b: string): number {
  let before: number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const isSwap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const swapped = isSwap ? (before[j - 2] ?? 0) + 1 : Infinity;
      next.push(Math.min(replaced, swapped, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    [before, row] = [row, next];
  }
  return row[b.length] ?? 0;
}
