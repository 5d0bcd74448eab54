/** Cells of a row, up to `to`, that came to be together: rows with the same source share them. */
export interface Extent {
  readonly source: object;
  readonly to: number;
}

/** The first `n` cells of a row. */
export function firstCells(extents: readonly Extent[], n: number): Extent[] {
  const first: Extent[] = [];
  for (const { source, to } of extents) {
    if ((first.at(-1)?.to ?? 0) >= n) break;
    first.push({ source, to: Math.min(to, n) });
  }
  return n > 0 ? first : [];
}

/** Cells that some rows take together; those that they share count once. */
export function cellsTogether(rows: Iterable<readonly Extent[]>): number {
  const ends = new Map<object, { from: number; to: number }>();
  for (const extents of rows) {
    let from = 0;
    for (const { source, to } of extents) {
      const known = ends.get(source);
      if (!known) ends.set(source, { from, to });
      else if (known.to < to) known.to = to;
      from = to;
    }
  }
  let n = 0;
  for (const { from, to } of ends.values()) n += to - from;
  return n;
}
