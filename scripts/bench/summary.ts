import { median } from "./median.ts";
import type { Reading } from "./rounds.ts";
import type { ServerName } from "./server.ts";
import type { Stage } from "./stage.ts";
import type { Metric } from "./workload.ts";

/** The middle of some values and how far they lie apart. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
  readonly nValues: number;
}

/** One metric of one workload, for our server and the one it is measured against. */
export interface SummaryRow {
  readonly stage: string;
  readonly workload: string;
  readonly metric: Metric;
  /** Absent when there is no value in any round. */
  readonly ours?: Spread;
  readonly theirs?: Spread;
  /** Our median divided by theirs. */
  readonly ratio?: number;
  /** Absent without a target, or without the values that it needs. */
  readonly met?: boolean;
}

export function summarize(
  readings: readonly Reading[],
  stages: readonly Pick<Stage, "name" | "workloads">[],
): SummaryRow[] {
  const spread = (server: ServerName, stage: string, workload: string, key: string) =>
    spreadOf(
      readings
        .filter((one) => one.server === server && one.stage === stage && one.workload === workload)
        .flatMap((one) => one.values?.[key] ?? []),
    );
  return stages.flatMap((stage) =>
    stage.workloads.flatMap(({ name, metrics }) =>
      Object.entries(metrics).map(([key, metric]) => {
        const ours = spread("hutch", stage.name, name, key);
        const theirs = spread("llama-server", stage.name, name, key);
        const met = isMet(metric, ours?.median, theirs?.median);
        return {
          ...{ stage: stage.name, workload: name, metric },
          ...(ours === undefined ? {} : { ours }),
          ...(theirs === undefined ? {} : { theirs }),
          ...(ours && theirs && theirs.median !== 0 ? { ratio: ours.median / theirs.median } : {}),
          ...(met === undefined ? {} : { met }),
        };
      }),
    ),
  );
}

/** Undefined where there is no target, or where a value that it needs is missing. */
export function isMet(
  { better, target }: Metric,
  ours: number | undefined,
  theirs: number | undefined,
): boolean | undefined {
  if (target === undefined || ours === undefined) return undefined;
  const reaches = (value: number, bound: number) =>
    better === "higher" ? value >= bound : value <= bound;
  if ("ours" in target) return reaches(ours, target.ours);
  if (theirs === undefined) return undefined;
  if ("difference" in target) return reaches(ours - theirs, target.difference);
  // Multiplied instead of divided: theirs may be 0.
  return reaches(ours, theirs * target.ratio);
}

/** Median, least and greatest of the values; undefined when there are none. */
export function spreadOf(values: readonly number[]): Spread | undefined {
  if (values.length === 0) return undefined;
  return {
    median: median(values),
    min: Math.min(...values),
    max: Math.max(...values),
    nValues: values.length,
  };
}
