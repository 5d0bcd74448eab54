import { median } from "./median.ts";
import type { Reading } from "./rounds.ts";
import type { Metric, Workload } from "./workloads.ts";

/** The middle of some values and how far they lie apart. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
  readonly nValues: number;
}

/** One metric of one workload, for our server and the one it is measured against. */
export interface SummaryRow {
  readonly workload: string;
  readonly metric: Metric;
  /** Absent when every round failed. */
  readonly ours?: Spread;
  readonly theirs?: Spread;
  /** Our median divided by theirs. */
  readonly ratio?: number;
}

export function summarize(
  readings: readonly Reading[],
  workloads: readonly Workload[],
  ours: string,
  theirs: string,
): SummaryRow[] {
  const spread = (server: string, workload: string, key: string) =>
    spreadOf(
      readings
        .filter((reading) => reading.server === server && reading.workload === workload)
        .flatMap((reading) => reading.values?.[key] ?? []),
    );
  return workloads.flatMap(({ name, metrics }) =>
    Object.entries(metrics).map(([key, metric]) => {
      const [a, b] = [spread(ours, name, key), spread(theirs, name, key)];
      return {
        workload: name,
        metric,
        ...(a === undefined ? {} : { ours: a }),
        ...(b === undefined ? {} : { theirs: b }),
        ...(a === undefined || b === undefined ? {} : { ratio: a.median / b.median }),
      };
    }),
  );
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
