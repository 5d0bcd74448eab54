import type { Progress } from "../../models/progress.ts";
import { clipped, printable } from "./graphemes.ts";
import { bytes, remaining } from "./human.ts";
import { LiveBlock, type Screen } from "./live-block.ts";
import { frameMs, spinnerFrame } from "./spinner.ts";
import { Transfer } from "./transfer.ts";

/** Shows the steps of long work as they come. Disposing leaves them on the screen. */
export interface ProgressView extends Disposable {
  step(step: Progress): void;
}

type Terminal = Screen & { isTTY?: boolean };

/** Bars on a terminal, a plain line for every step elsewhere. */
export function progressView(stream: Terminal = process.stderr): ProgressView {
  const isSmart = stream.isTTY && process.env.TERM !== "dumb";
  return isSmart ? new Bars(stream) : new Lines(stream);
}

const keyOf = ({ status, digest = "" }: Progress) => `${status}\n${digest}`;

class Lines implements ProgressView {
  readonly #told = new Set<string>();

  constructor(readonly stream: Screen) {}

  step(step: Progress): void {
    const key = keyOf(step);
    if (this.#told.has(key)) return;
    this.#told.add(key);
    const size = step.total ? ` (${bytes(step.total)})` : "";
    this.stream.write(`${printable(step.status)}${size}\n`);
  }

  [Symbol.dispose](): void {}
}

class Bars implements ProgressView {
  readonly #block: LiveBlock;
  readonly #timer: NodeJS.Timeout;
  readonly #lines = new Map<string, Transfer>();

  constructor(screen: Screen) {
    this.#block = new LiveBlock(screen);
    this.#timer = setInterval(() => this.#draw(), frameMs);
  }

  step(step: Progress): void {
    const key = keyOf(step);
    let line = this.#lines.get(key);
    if (!line) {
      // A step that only has a name lasts until the next one begins.
      for (const other of this.#lines.values()) if (!other.hasBytes) other.isDone = true;
      line = new Transfer({ ...step, status: printable(step.status) });
      this.#lines.set(key, line);
    }
    line.update(step, Date.now());
  }

  #draw(): void {
    const now = Date.now();
    const layout = layoutOf([...this.#lines.values()], this.#block.width);
    const rows = [...this.#lines.values()].map((line) => rowOf(line, layout, now));
    this.#block.draw([...this.#settled(rows), ""]);
  }

  /** Finished rows at the top are put above the block: it stays smaller than the screen. */
  #settled(rows: string[]): string[] {
    const lines = [...this.#lines];
    const nMax = (this.#block.screen.rows ?? 24) - 2;
    let nSettled = 0;
    while (rows.length - nSettled > nMax && lines[nSettled]?.[1].isDone) nSettled++;
    if (nSettled === 0) return rows;
    for (const [key] of lines.slice(0, nSettled)) this.#lines.delete(key);
    const rest = rows.slice(nSettled);
    this.#block.above(`${rows.slice(0, nSettled).join("\n")}\n`, [...rest, ""]);
    return rest;
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    for (const line of this.#lines.values()) line.isDone ||= !line.hasBytes;
    this.#draw();
  }
}

interface Layout {
  width: number;
  labelWidth: number;
  barWidth: number;
}

/** "999 MB/999 MB  999 MB/s  59m59s" */
const numbersWidth = 33;
const barWidthMax = 40;
const barWidthMin = 5;

function layoutOf(lines: readonly Transfer[], width: number): Layout {
  const labels = lines
    .filter(({ hasBytes }) => hasBytes)
    .map(({ label }) => Bun.stringWidth(label));
  const labelWidth = Math.min(Math.max(0, ...labels), Math.floor(width / 2));
  const room = width - labelWidth - "  100% ▕▏ ".length - numbersWidth;
  return { width, labelWidth, barWidth: room < barWidthMin ? 0 : Math.min(room, barWidthMax) };
}

function rowOf(line: Transfer, { width, labelWidth, barWidth }: Layout, nowMs: number): string {
  if (!line.hasBytes) {
    return clipped(line.isDone ? line.label : `${line.label} ${spinnerFrame(nowMs)}`, width);
  }
  const share = line.completed / line.total;
  const label = clipped(line.label, labelWidth);
  const padding = " ".repeat(labelWidth - Bun.stringWidth(label));
  const percent = `${Math.floor(share * 100)}%`.padStart(4);
  const bar = barWidth > 0 ? ` ▕${barOf(share, barWidth)}▏` : "";
  return clipped(`${label}${padding}  ${percent}${bar} ${numbersOf(line, nowMs)}`, width);
}

const eighths = " ▏▎▍▌▋▊▉█";

function barOf(share: number, width: number): string {
  const n = Math.floor(share * width * 8);
  const full = "█".repeat(Math.floor(n / 8));
  const part = n % 8 > 0 ? (eighths[n % 8] ?? "") : "";
  return (full + part).padEnd(width);
}

function numbersOf(line: Transfer, nowMs: number): string {
  if (line.isDone) return bytes(line.total);
  const amount = `${bytes(line.completed)}/${bytes(line.total)}`;
  const rate = line.rate(nowMs);
  if (rate === null) return amount;
  const left = line.secondsLeft(nowMs);
  const rest = left === null ? "" : `  ${remaining(left)}`;
  return `${amount.padEnd(15)}  ${`${bytes(rate)}/s`.padEnd(8)}${rest}`;
}
