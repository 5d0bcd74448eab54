import type { Machine } from "./machine.ts";
import type { SummaryRow } from "./summary.ts";

/** What the chart is drawn from: parts of a report. */
export interface ChartSource {
  readonly date: string;
  readonly machine: Machine;
  readonly summary: readonly SummaryRow[];
}

/** One bar: how many times better we are, below 1 where we are worse. */
interface Bar {
  readonly label: string;
  readonly gain: number;
  /** Where the gain is to be, when the metric has a target. */
  readonly targetGain: number | undefined;
}

// Lengths are pixels of the picture at its own size.
const width = 960;
const margin = 16;
const rowHeight = 22;
const barHeight = 12;
const headHeight = 92;
/** Labels end here, and the scale begins. */
const scaleLeft = 456;
const scaleRight = width - 88;

/** Lines of the scale: some multiples of powers of ten. */
const gridLines = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000];

const style = `
  svg { --paper: #ffffff; --ink: #1f2328; --pale: #59636e; --line: #d1d9e0;
        --better: #0f766e; --worse: #c2410c; font-family: system-ui, sans-serif; }
  @media (prefers-color-scheme: dark) {
    svg { --paper: #0d1117; --ink: #f0f6fc; --pale: #9198a1; --line: #3d444d;
          --better: #2dd4bf; --worse: #fb923c; }
  }
  text { fill: var(--ink); font-size: 13px; }
  .title { font-size: 18px; font-weight: 600; }
  .stage { font-weight: 600; }
  .pale { fill: var(--pale); font-size: 12px; }
  .right { text-anchor: end; }
  .middle { text-anchor: middle; }
  .paper { fill: var(--paper); }
  .grid { stroke: var(--line); }
  .one { stroke: var(--ink); }
  .target { stroke: var(--ink); stroke-width: 3; }
  .better { fill: var(--better); }
  .worse { fill: var(--worse); }`;

/**
 * The ratios of a report as an SVG file: a bar for each, on a logarithmic scale from 1, turned so
 * that further right is better for hutch whatever the metric. Follows the reader's dark mode.
 */
export function chartSvg({ date, machine, summary }: ChartSource): string {
  const groups = Map.groupBy(summary, ({ stage }) => stage);
  const stages = [...groups]
    .map(([stage, rows]) => ({ stage, bars: rows.flatMap(barsOf) }))
    .filter(({ bars }) => bars.length > 0);
  const bars = stages.flatMap((one) => one.bars);
  const at = scaleOf(bars.flatMap(({ gain, targetGain }) => [gain, targetGain ?? gain]));
  const height = headHeight + (stages.length + bars.length) * rowHeight + margin;
  const parts: string[] = [];
  let y = headHeight;
  for (const { stage, bars: ofStage } of stages) {
    parts.push(text(margin, y + 15, stage, "stage"));
    y += rowHeight;
    for (const bar of ofStage) {
      parts.push(...drawBar(bar, y, at));
      y += rowHeight;
    }
  }
  const place = `${date}, ${machine.cpu}, ${machine.nCores} cores`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}"` +
      ` width="${width}" height="${height}" role="img" aria-label="hutch beside llama-server">`,
    `<style>${style}\n</style>`,
    `<rect class="paper" width="${width}" height="${height}"/>`,
    text(margin, 30, "hutch beside llama-server", "title"),
    text(margin, 52, `How many times better; right of 1 hutch is ahead. ${place}`, "pale"),
    line("target", margin + 2, 64, 78),
    text(margin + 12, 75, "what was aimed for", "pale"),
    ...gridLines.filter(at.shows).flatMap((gain) => drawGridLine(gain, height, at)),
    ...parts,
    "</svg>",
    "",
  ].join("\n");
}

/** No bar without a ratio: a server that cannot do it, or whose figure is 0. */
function barsOf({ workload, metric, ratio, ours, theirs }: SummaryRow): Bar[] {
  if (ratio === undefined || ratio <= 0 || ours === undefined || theirs === undefined) return [];
  const gainOf = (value: number) => (metric.better === "higher" ? value : 1 / value);
  const aim = targetRatio(metric.target, theirs.median);
  return [
    {
      label: `${workload}: ${metric.label}`,
      gain: gainOf(ratio),
      targetGain: aim === undefined || aim <= 0 ? undefined : gainOf(aim),
    },
  ];
}

/** The target as our figure ÷ theirs. */
function targetRatio(target: SummaryRow["metric"]["target"], theirs: number): number | undefined {
  if (target === undefined) return undefined;
  if ("ratio" in target) return target.ratio;
  if ("ours" in target) return target.ours / theirs;
  return (theirs + target.difference) / theirs;
}

/** Where a gain lies from left to right, and whether it lies within the picture. */
interface Scale {
  (gain: number): number;
  shows(gain: number): boolean;
}

/** A logarithmic scale with room for all of `gains`, from 0.5 to 2 at least. */
function scaleOf(gains: readonly number[]): Scale {
  const low = Math.log(Math.min(0.5, ...gains));
  const high = Math.log(Math.max(2, ...gains));
  const perUnit = (scaleRight - scaleLeft) / (high - low);
  const at = (gain: number) => scaleLeft + (Math.log(gain) - low) * perUnit;
  const shows = (gain: number) => Math.log(gain) >= low && Math.log(gain) <= high;
  return Object.assign(at, { shows });
}

function drawBar({ label, gain, targetGain }: Bar, y: number, at: Scale): string[] {
  const [left, right] = [at(Math.min(1, gain)), at(Math.max(1, gain))];
  const [top, bottom] = [y + (rowHeight - barHeight) / 2, y + (rowHeight + barHeight) / 2];
  const box = `x="${fixed(left)}" y="${top}" width="${fixed(right - left)}" height="${barHeight}"`;
  return [
    text(scaleLeft - 12, y + 15, label, "right"),
    `<rect class="bar ${gain >= 1 ? "better" : "worse"}" ${box}/>`,
    ...(targetGain === undefined ? [] : [line("target", at(targetGain), top - 3, bottom + 3)]),
    text(width - margin, y + 15, `${gain.toFixed(gain < 10 ? 2 : 0)}×`, "right"),
  ];
}

function drawGridLine(gain: number, height: number, at: Scale): string[] {
  const kind = gain === 1 ? "one" : "grid";
  return [
    line(kind, at(gain), headHeight, height - margin),
    text(at(gain), headHeight - 8, `${gain}×`, "pale middle"),
  ];
}

function line(kind: string, x: number, top: number, bottom: number): string {
  return `<line class="${kind}" x1="${fixed(x)}" x2="${fixed(x)}" y1="${top}" y2="${bottom}"/>`;
}

function text(x: number, y: number, content: string, kind: string): string {
  return `<text class="${kind}" x="${fixed(x)}" y="${y}">${Bun.escapeHTML(content)}</text>`;
}

/** A hundredth of a pixel is exact enough. */
function fixed(length: number): string {
  return String(Math.round(length * 100) / 100);
}
