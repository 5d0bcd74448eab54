/** Columns under their heads, as wide as their widest cell, without spaces at the ends of lines. */
export function table(rows: readonly (readonly string[])[], { gap = 4, indent = 0 } = {}): string {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [i, cell] of row.entries()) {
      widths[i] = Math.max(widths[i] ?? 0, Bun.stringWidth(cell));
    }
  }
  const line = (row: readonly string[]) =>
    row
      .map((cell, i) => cell + " ".repeat((widths[i] ?? 0) - Bun.stringWidth(cell) + gap))
      .join("");
  return rows.map((row) => (" ".repeat(indent) + line(row)).trimEnd()).join("\n");
}
