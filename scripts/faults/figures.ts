import { join } from "node:path";
import { describeMachine } from "../bench/machine.ts";
import { root } from "../paths.ts";
import { outputOf } from "../program.ts";

export interface Figure {
  name: string;
  value: string | number;
}

/** A table, with what was measured where; numbers of one name are put together. */
export async function figureTable(command: string, figures: readonly Figure[]): Promise<string> {
  const describe = outputOf(["git", "-C", root, "describe", "--always", "--dirty"]);
  const revision = (await describe.catch(() => "no git revision")).trim();
  const date = new Date().toISOString().slice(0, 10);
  const { cpu, nCores, system } = describeMachine();
  const byName = Map.groupBy(figures, ({ name }) => name);
  return [
    `\`${command}\` on ${date}, ${revision}, ${nCores} cores of ${cpu}, ${system}:`,
    "",
    "| figure | value |",
    "|---|---|",
    ...Array.from(byName, ([name, found]) => `| ${name} | ${shown(found)} |`),
  ].join("\n");
}

function shown(figures: readonly Figure[]): string {
  const numbers = figures.map(({ value }) => (typeof value === "number" ? Math.round(value) : NaN));
  if (numbers.some(Number.isNaN)) return figures.map(({ value }) => value).join("; ");
  const [least, most] = [Math.min(...numbers), Math.max(...numbers)];
  return least === most ? String(most) : `${least} to ${most}`;
}

/**
 * Puts a table into docs/reliability.md, in place of the last one of its kind.
 * @throws Error when the document has no place for it
 */
export async function documentFigures(kind: "faults" | "soak", table: string): Promise<void> {
  const path = join(root, "docs/reliability.md");
  const text = await Bun.file(path).text();
  const [begin, end] = [`<!-- figures: ${kind} -->`, "<!-- end of figures -->"];
  const from = text.indexOf(begin);
  const to = text.indexOf(end, from);
  if (from < 0 || to < 0) throw new Error(`docs/reliability.md has no ${begin}`);
  await Bun.write(path, `${text.slice(0, from)}${begin}\n${table}\n${text.slice(to)}`);
}
