import { graphemes } from "../terminal/graphemes.ts";
import type { EditBuffer } from "./edit-buffer.ts";

/** Before the first line, and before those that follow. All are as wide. */
export interface Prompts {
  first: string;
  next: string;
}

export interface Layout {
  rows: string[];
  cursor: { row: number; column: number };
}

/** What is being written, in rows of `width` columns at most, and where its cursor stands. */
export function layoutOf(buffer: EditBuffer, prompts: Prompts, width: number): Layout {
  const indent = " ".repeat(Bun.stringWidth(prompts.first));
  const rows: string[] = [];
  let row = prompts.first;
  let cursor = { row: 0, column: 0 };
  const place = () => ({ row: rows.length, column: Bun.stringWidth(row) });
  const write = (text: string) => {
    for (const char of graphemes(text)) {
      const shown = char === "\t" ? "    " : char;
      const isLineEnd = char === "\n";
      if (isLineEnd || Bun.stringWidth(row) + Bun.stringWidth(shown) > width) {
        rows.push(row);
        row = isLineEnd ? prompts.next : indent;
      }
      if (!isLineEnd) row += shown;
    }
  };
  write(buffer.before);
  cursor = place();
  write(buffer.after);
  rows.push(row);
  return { rows, cursor };
}
