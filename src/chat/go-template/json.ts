import { GoList, GoMap, type GoStruct, isTrue, type Value } from "./values.ts";

/** How deep values that become JSON or text may lie in each other. */
const depthMax = 200;

/** Go's json.Marshal: no spaces, and no characters that mean something in HTML. */
export function toJson(value: Value, depth = 0): string {
  if (value === undefined || value === null || depth > depthMax) return "null";
  switch (typeof value) {
    case "string":
      return quoted(value);
    case "number":
      return Number.isFinite(value) ? JSON.stringify(value) : "null";
    case "bigint":
    case "boolean":
      return String(value);
    default:
      return compound(value, depth);
  }
}

function compound(value: GoList | GoMap | GoStruct, depth: number): string {
  const { json } = value.type;
  if (json) return toJson(json(value), depth + 1);
  const inner = (item: Value) => toJson(item, depth + 1);
  if (value instanceof GoList) return `[${Array.from(value, inner).join(",")}]`;
  const members = value instanceof GoMap ? ofMap(value) : ofStruct(value);
  return `{${members.map(([name, item]) => `${quoted(name)}:${inner(item)}`).join(",")}}`;
}

function ofMap(map: GoMap): [string, Value][] {
  return map.keys.map((key) => [key, map.entries.get(key)]);
}

function ofStruct({ type, fields }: GoStruct): [string, Value][] {
  const names = Object.keys(fields).map((field) => ({ field, json: type.fields?.[field] }));
  return names.flatMap(({ field, json }): [string, Value][] => {
    const value = fields[field];
    if (json?.omit === "empty" && !isTrue(value)) return [];
    if (json?.omit === "nil" && (value ?? null) === null) return [];
    return [[json?.name ?? field, value]];
  });
}

function quoted(text: string): string {
  const escaped = (c: string) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`;
  return JSON.stringify(text.toWellFormed()).replace(/[<>&\u2028\u2029]/g, escaped);
}
