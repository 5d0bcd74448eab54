import { columnsOf } from "./style.ts";

export interface Screen {
  columns?: number;
  rows?: number;
  write(text: string): unknown;
}

interface Cell {
  row: number;
  column: number;
}

const nRowsDefault = 24;

/**
 * Rows at the end of what a terminal shows, drawn over again and again. Each is narrower than the
 * terminal, so that no row ever wraps by itself; after a resize the terminal may have broken them
 * anew, which is taken into account.
 */
export class LiveBlock {
  #rows: string[] = [];
  #cursor: Cell = { row: 0, column: 0 };

  constructor(readonly screen: Screen) {}

  /** Columns that a row may have. */
  get width(): number {
    return columnsOf(this.screen) - 1;
  }

  /** @param cursor where it stands afterwards; it stays in view when not all rows do */
  draw(rows: readonly string[], cursor: Cell = endOf(rows)): void {
    this.screen.write(this.#top() + this.#drawn(rows, cursor));
  }

  /** Puts finished text above the block, for good. It ends with a line end. */
  above(text: string, rows: readonly string[], cursor: Cell = endOf(rows)): void {
    const lines = text.replaceAll("\n", "\x1b[K\r\n");
    this.screen.write(this.#top() + lines + this.#drawn(rows, cursor));
  }

  /** Leaves the block on the screen and goes on below. */
  end(): void {
    const below = this.#rows.length - 1 - this.#cursor.row;
    this.screen.write(`${below > 0 ? `\x1b[${below}B` : ""}\r\n`);
    this.forget();
  }

  /** Takes the block away. */
  clear(): void {
    // Not all at once: tmux keeps a screen that is cleared from its first cell on.
    const others = this.#rows.length > 1 ? "\x1b[B\x1b[J\x1b[A" : "";
    this.screen.write(`${this.#top()}\x1b[K${others}`);
    this.forget();
  }

  /** The screen was cleared by somebody else, or the block is to begin anew where the cursor is. */
  forget(): void {
    this.#rows = [];
    this.#cursor = { row: 0, column: 0 };
  }

  /** Brings the cursor to the first column of the first row. */
  #top(): string {
    const width = columnsOf(this.screen);
    const above = this.#rows.slice(0, this.#cursor.row);
    const nWrapped = above.reduce((n, row) => n + nRowsOf(row, width), 0);
    const n = nWrapped + Math.floor(this.#cursor.column / width);
    return `\r${n > 0 ? `\x1b[${n}A` : ""}`;
  }

  #drawn(rows: readonly string[], cursor: Cell): string {
    const nMax = Math.max(1, (this.screen.rows || nRowsDefault) - 1);
    const first = Math.max(0, Math.min(rows.length - nMax, cursor.row));
    this.#rows = rows.slice(first, first + nMax);
    this.#cursor = { row: cursor.row - first, column: cursor.column };
    const up = this.#rows.length - 1 - this.#cursor.row;
    const text = this.#rows.map((row) => `\x1b[K${row}`).join("\r\n");
    const right = cursor.column > 0 ? `\x1b[${cursor.column}C` : "";
    return `${text}\x1b[J${up > 0 ? `\x1b[${up}A` : ""}\r${right}`;
  }
}

function endOf(rows: readonly string[]): Cell {
  return { row: Math.max(0, rows.length - 1), column: Bun.stringWidth(rows.at(-1) ?? "") };
}

const nRowsOf = (row: string, width: number) =>
  Math.max(1, Math.ceil(Bun.stringWidth(row) / width));
