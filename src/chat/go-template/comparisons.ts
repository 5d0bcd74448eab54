import { compareTexts, GoList, GoMap, GoStruct, typeName, type Value } from "./values.ts";
import { formatOne, plainFlags } from "./verbs.ts";

/** What Go calls the kind of a value that has an order or an identity by itself. */
type Kind = "bool" | "int" | "float" | "string" | null;

function kindOf(value: Value): Kind {
  switch (typeof value) {
    case "boolean":
      return "bool";
    case "bigint":
      return "int";
    case "number":
      return "float";
    case "string":
      return "string";
    default:
      return null;
  }
}

/** Why a function failed, in Go's words. */
export class CallError extends Error {}

/** Whether the first is one of the others. @throws CallError */
export function isEqual(first: Value, others: readonly Value[]): boolean {
  if (others.length === 0) throw new CallError("missing argument for comparison");
  return others.some((other) => isSame(first, other));
}

function isNothing(value: Value): boolean {
  return value === undefined || value === null;
}

function isSame(a: Value, b: Value): boolean {
  const [kindA, kindB] = [kindOf(a), kindOf(b)];
  if (kindA !== kindB) {
    if (!isNothing(a) && !isNothing(b)) {
      throw new CallError("incompatible types for comparison");
    }
    return false;
  }
  if (kindA !== null) return a === b;
  if (isNothing(a) || isNothing(b)) return isNothing(a) && isNothing(b);
  if (shapeOf(a) !== shapeOf(b)) {
    const [x, y] = [a, b].map((value) => formatOne("v", value, plainFlags));
    throw new CallError(`non-comparable types ${x}: ${typeName(a)}, ${typeName(b)}: ${y}`);
  }
  if (!(b instanceof GoStruct)) {
    throw new CallError(`non-comparable type ${formatOne("v", b, plainFlags)}: ${typeName(b)}`);
  }
  return a === b;
}

function shapeOf(value: Value): string {
  return value instanceof GoList ? "list" : value instanceof GoMap ? "map" : "struct";
}

/** @throws CallError for what has no order */
export function isLess(a: Value, b: Value): boolean {
  const [kindA, kindB] = [kindOf(a), kindOf(b)];
  if (kindA === null || kindB === null) throw new CallError("invalid type for comparison");
  if (kindA !== kindB) throw new CallError("incompatible types for comparison");
  if (typeof a === "bigint" && typeof b === "bigint") return a < b;
  if (typeof a === "number" && typeof b === "number") return a < b;
  if (typeof a === "string" && typeof b === "string") return compareTexts(a, b) < 0;
  throw new CallError("invalid type for comparison");
}
