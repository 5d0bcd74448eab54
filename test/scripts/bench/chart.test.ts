import { describe, expect, test } from "bun:test";
import { chartSvg } from "../../../scripts/bench/chart.ts";
import type { SummaryRow } from "../../../scripts/bench/summary.ts";
import type { Metric, Target } from "../../../scripts/bench/workload.ts";

const spread = (median: number) => ({ median, min: median, max: median, nValues: 1 });

function row(better: Metric["better"], ours: number, theirs: number, target?: Target): SummaryRow {
  const metric: Metric = { label: "speed", unit: "x", better, ...(target && { target }) };
  const ratio = ours / theirs;
  const both = { ours: spread(ours), theirs: spread(theirs), ratio };
  return { stage: "stage", workload: "workload", metric, ...both };
}

const machine = { cpu: "a <fast> & cheap one", nCores: 2, memoryGiB: 4, system: "Linux" };
const drawn = (...summary: SummaryRow[]) => chartSvg({ date: "2026-01-01", machine, summary });

/** Left edge, right edge and kind of every bar. */
function barsIn(svg: string): { left: number; right: number; kind: string }[] {
  const bars = svg.matchAll(/<rect class="bar (\w+)" x="([\d.]+)" y="[\d.]+" width="([\d.]+)"/g);
  return [...bars].map(([, kind = "", x, width]) => {
    return { left: Number(x), right: Number(x) + Number(width), kind };
  });
}

/** The x of every line of this kind. */
function linesIn(svg: string, kind: string): number[] {
  return [...svg.matchAll(new RegExp(`<line class="${kind}" x1="([\\d.]+)"`, "g"))].map(([, x]) =>
    Number(x),
  );
}

/** @throws Error unless every element is closed in order and all text is escaped */
function checkXml(xml: string): void {
  const open: string[] = [];
  const rest = xml.replaceAll(
    /<(\/?)(\w+)((?: [\w:-]+="[^"<&]*")*)(\/?)>/g,
    (_, ends, name, __, empty) => {
      if (ends === "") open.push(name);
      if ((ends !== "" || empty !== "") && open.pop() !== name)
        throw new Error(`${name} in disorder`);
      return "";
    },
  );
  if (open.length > 0) throw new Error(`${open.join(", ")} not closed`);
  if (/<|&(?!\w+;|#\d+;)/.test(rest)) throw new Error("text that is not escaped");
}

describe("the chart", () => {
  test("is well-formed XML whatever the names are, without scripts", () => {
    const svg = drawn({ ...row("higher", 2, 1), stage: "<b>", workload: 'GET /a?b&"c"' });
    checkXml(svg);
    expect(svg).toContain("GET /a?b&amp;");
    expect(svg).not.toContain("<script");
  });

  test("has one bar for each ratio and none where there is no ratio", () => {
    const { ratio: _, ...without } = row("higher", 1, 1);
    expect(barsIn(drawn(row("higher", 2, 1), without, row("lower", 1, 3)))).toHaveLength(2);
    checkXml(drawn());
  });

  test("points right from 1 where we are better, left where we are worse", () => {
    const rows = [row("higher", 4, 1), row("lower", 1, 4), row("higher", 1, 4), row("lower", 4, 1)];
    const svg = drawn(...rows);
    const [one] = linesIn(svg, "one");
    const [more, less, fewer, longer] = barsIn(svg);
    expect(more).toEqual({ ...less!, kind: "better" });
    expect(more?.left).toBeCloseTo(one!, 1);
    expect(fewer).toEqual({ ...longer!, kind: "worse" });
    expect(fewer?.right).toBeCloseTo(one!, 1);
  });

  test.each<[string, Target, Metric["better"], number]>([
    ["a ratio", { ratio: 2 }, "higher", 2],
    ["a ratio of what should be low", { ratio: 0.5 }, "lower", 2],
    ["a figure of ours", { ours: 20 }, "higher", 2],
    ["a difference", { difference: 10 }, "lower", 0.5],
  ])("marks a target that is %s", (_, target, better, gain) => {
    const svg = drawn(row(better, 10, 10, target), row("higher", 2, 1), row("higher", 1, 2));
    const [, mark] = linesIn(svg, "target"); // the first is the legend's
    const [, twice, half] = barsIn(svg);
    expect(mark).toBeCloseTo((gain === 2 ? twice?.right : half?.left) ?? 0, 1);
  });
});
