import type { Shown } from "../client/wire.ts";
import { printable } from "../terminal/graphemes.ts";
import { table } from "../terminal/table.ts";

type Rows = string[][];

/** Lines of a license or a system prompt that are shown unasked. */
const nLinesShown = 2;

/** A model in sections, as `show` and `/show info` print it. */
export function modelInfo(shown: Shown, verbose = false): string {
  const sections: [string, Rows][] = [
    ["Model", modelRows(shown)],
    ["Projector", projectorRows(shown)],
    ["Capabilities", (shown.capabilities ?? []).map((name) => [name])],
    ["Parameters", parameterRows(shown.parameters ?? "")],
    ["System", textRows(shown.system, verbose)],
    ["License", textRows(shown.license, verbose)],
    ...(verbose ? detailSections(shown) : []),
  ];
  return sections
    .filter(([, rows]) => rows.length > 0)
    .map(([name, rows]) => `  ${name}\n${table(rows.map(cleaned), { indent: 4 })}`)
    .join("\n\n");
}

const cleaned = (row: string[]) => row.map((cell) => printable(cell).replaceAll("\n", " "));

function modelRows({ details = {}, model_info: info = {} }: Shown): Rows {
  const architecture = textOf(info["general.architecture"]) || (details.family ?? "");
  const count = Number(info["general.parameter_count"] ?? 0);
  const rows = [
    ["architecture", architecture],
    ["parameters", details.parameter_size || (count > 0 ? amount(count) : "")],
    ["context length", textOf(info[`${architecture}.context_length`])],
    ["embedding length", textOf(info[`${architecture}.embedding_length`])],
    ["quantization", details.quantization_level ?? ""],
  ];
  return rows.filter(([, value]) => value !== "");
}

function projectorRows({ projector_info: info }: Shown): Rows {
  if (!info) return [];
  const architecture = textOf(info["general.architecture"]);
  const count = Number(info["general.parameter_count"] ?? 0);
  const rows = [
    ["architecture", architecture],
    ["parameters", count > 0 ? amount(count) : ""],
    ["embedding length", textOf(info[`${architecture}.vision.embedding_length`])],
    ["dimensions", textOf(info[`${architecture}.vision.projection_dim`])],
  ];
  return rows.filter(([, value]) => value !== "");
}

/** A parameter a line, its name and its value apart. */
export function parameterRows(text: string): Rows {
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  return lines.map((line) => {
    const [, name = line, value = ""] = /^\s*(\S+)\s+(.*)$/.exec(line) ?? [];
    return [name, value];
  });
}

function textRows(text: string | undefined, verbose: boolean): Rows {
  const lines = (text ?? "").split("\n").map((line) => line.trim());
  const filled = lines.filter((line) => line !== "");
  if (verbose || filled.length <= nLinesShown) return filled.map((line) => [line]);
  return [...filled.slice(0, nLinesShown), "..."].map((line) => [line]);
}

function detailSections({ model_info: info = {}, tensors = [] }: Shown): [string, Rows][] {
  const metadata = Object.entries(info).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return [
    ["Metadata", metadata.map(([key, value]) => [key, textOf(value)])],
    ["Tensors", tensors.map(({ name, type, shape }) => [name, type, `[${shape.join(" ")}]`])],
  ];
}

/** Items of a list that are shown. */
const nItemsShown = 8;

/** Values longer than this are cut, characters. */
const valueLengthMax = 60;

/** What files hold as float32 is no more exact: 0.00001, not 0.000009999999747378752. */
const nDigitsOfFloat = 7;

function textOf(value: unknown): string {
  if (value === undefined || value === null) return "";
  if (typeof value === "number" && !Number.isInteger(value)) {
    return String(Number(value.toPrecision(nDigitsOfFloat)));
  }
  if (!Array.isArray(value)) return cut(String(value));
  const nMore = value.length - nItemsShown;
  const more = nMore > 0 ? `, ...+${nMore} more` : "";
  return `[${cut(value.slice(0, nItemsShown).join(", "))}${more}]`;
}

const cut = (text: string) =>
  text.length > valueLengthMax ? `${text.slice(0, valueLengthMax)}...` : text;

/** 8030261248 → "8.0B" */
export function amount(n: number): string {
  const units: [number, string][] = [
    [1e12, "T"],
    [1e9, "B"],
    [1e6, "M"],
    [1e3, "K"],
  ];
  const [size, unit] = units.find(([size]) => n >= size) ?? [1, ""];
  const value = n / size;
  return unit === "" ? String(n) : `${value >= 100 ? Math.round(value) : value.toFixed(1)}${unit}`;
}
