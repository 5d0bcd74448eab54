import type { Budget } from "./budget.ts";
import { CallError, isEqual, isLess } from "./comparisons.ts";
import { htmlEscaped, jsEscaped, queryEscaped } from "./escapes.ts";
import { sprint, sprintf, sprintln } from "./format.ts";
import { toJson } from "./json.ts";
import { GoList, GoMap, GoStruct, isTrue, typeName, type Value } from "./values.ts";

/** Where templates have the date from. */
export interface Clock {
  now(): Date;
}

/** What functions are called with beside their arguments. */
export interface Calling {
  budget: Budget;
  clock: Clock;
}

/** A function that templates may call. */
export interface GoFunction {
  /** Arguments at least. */
  nMin: number;
  /** It takes any number of them. */
  isVariadic: boolean;
  /** Arguments that must be texts: all, the first, or none. */
  texts: "all" | "first" | "none";
  /** @throws CallError */
  call(args: Value[], calling: Calling): Value;
}

/** `and` and `or` are not called: they do not evaluate all of their arguments. */
const neverCalled = () => {
  throw new Error("and, or: evaluated by the evaluator");
};

function fixed(nMin: number, call: GoFunction["call"]): GoFunction {
  return { nMin, isVariadic: false, texts: "none", call };
}

function variadic(nMin: number, call: GoFunction["call"]): GoFunction {
  return { nMin, isVariadic: true, texts: "none", call };
}

function escaper(escaped: (text: string) => string): GoFunction {
  return variadic(0, (args, { budget }) => {
    const shown = args.map((arg) => arg ?? "<no value>");
    return budget.text(escaped(sprint(shown, budget)));
  });
}

/** A function of dates, for which formats may be given, though there is one only. */
function date(daysAgo: number): GoFunction {
  const call: GoFunction["call"] = (_, { clock }) => {
    const day = clock.now();
    day.setDate(day.getDate() - daysAgo);
    const part = (n: number) => String(n).padStart(2, "0");
    return `${day.getFullYear()}-${part(day.getMonth() + 1)}-${part(day.getDate())}`;
  };
  return { nMin: 0, isVariadic: true, texts: "all", call };
}

const functions: Record<string, GoFunction> = {
  and: variadic(1, neverCalled),
  or: variadic(1, neverCalled),
  not: fixed(1, ([value]) => !isTrue(value)),
  len: fixed(1, ([value], { budget }) => lengthOf(value, budget)),
  index: variadic(1, ([item, ...indexes]) => indexes.reduce(itemAt, indexable(item))),
  slice: variadic(1, ([item, ...indexes], { budget }) => sliceOf(item, indexes, budget)),
  call: variadic(1, ([fn]) => {
    if (fn === undefined || fn === null) throw new CallError("call of nil");
    throw new CallError(`non-function of type ${typeName(fn)}`);
  }),
  eq: variadic(1, ([first, ...others]) => isEqual(first, others)),
  ne: fixed(2, ([a, b]) => !isEqual(a, [b])),
  lt: fixed(2, ([a, b]) => isLess(a, b)),
  le: fixed(2, ([a, b]) => isLess(a, b) || isEqual(a, [b])),
  gt: fixed(2, ([a, b]) => !(isLess(a, b) || isEqual(a, [b]))),
  ge: fixed(2, ([a, b]) => !isLess(a, b)),
  print: variadic(0, (args, { budget }) => sprint(args, budget)),
  println: variadic(0, (args, { budget }) => sprintln(args, budget)),
  printf: {
    ...variadic(1, ([format, ...args], { budget }) => sprintf(String(format), args, budget)),
    texts: "first",
  },
  html: escaper(htmlEscaped),
  js: escaper(jsEscaped),
  urlquery: escaper(queryEscaped),
  json: fixed(1, ([value], { budget }) => budget.text(toJson(value))),
  currentDate: date(0),
  yesterdayDate: date(1),
  toTypeScriptType: fixed(1, ([value]) => {
    const method = value instanceof GoStruct ? value.type.methods?.ToTypeScriptType : undefined;
    return method && value instanceof GoStruct ? method(value) : "any";
  }),
};

export const functionNames: ReadonlySet<string> = new Set(Object.keys(functions));

/** @throws Error for a name that is not in `functionNames` */
export function functionNamed(name: string): GoFunction {
  const found = functions[name];
  if (!found) throw new Error(`no function ${name}`);
  return found;
}

function lengthOf(value: Value, budget: Budget): bigint {
  if (value === undefined || value === null) throw new CallError("len of nil pointer");
  if (typeof value === "string") {
    budget.characters(value.length);
    return BigInt(Buffer.byteLength(value));
  }
  if (value instanceof GoList) return BigInt(value.length);
  if (value instanceof GoMap) return BigInt(value.entries.size);
  throw new CallError(`len of type ${typeName(value)}`);
}

function indexable(value: Value): Value {
  if (value === undefined || value === null) throw new CallError("index of untyped nil");
  return value;
}

function itemAt(item: Value, index: Value): Value {
  if (item === undefined || item === null) throw new CallError("index of nil pointer");
  if (item instanceof GoMap) return valueAt(item, index);
  if (typeof item !== "string" && !(item instanceof GoList)) {
    throw new CallError(`can't index item of type ${typeName(item)}`);
  }
  const bytes = typeof item === "string" ? Buffer.from(item) : null;
  const { length } = bytes ?? item;
  const at = position(index, length);
  if (at === length) {
    const kind = bytes ? "string" : "slice";
    throw new CallError(`reflect: ${kind} index out of range`);
  }
  if (bytes) return BigInt(bytes[at] ?? 0);
  return item instanceof GoList ? item.at(at) : undefined;
}

function valueAt(map: GoMap, key: Value): Value {
  if (key === undefined || key === null) {
    throw new CallError("value is nil; should be of type string");
  }
  if (typeof key !== "string") {
    throw new CallError(`value has type ${typeName(key)}; should be string`);
  }
  return map.entries.get(key) ?? null;
}

/** An index as a number from 0 to `max`. @throws CallError */
function position(index: Value, max: number): number {
  if (index === undefined || index === null) {
    throw new CallError("cannot index slice/array with nil");
  }
  if (typeof index !== "bigint") {
    throw new CallError(`cannot index slice/array with type ${typeName(index)}`);
  }
  if (index < 0n || index > BigInt(max)) throw new CallError(`index out of range: ${index}`);
  return Number(index);
}

function sliceOf(item: Value, indexes: Value[], budget: Budget): Value {
  if (item === undefined || item === null) throw new CallError("slice of untyped nil");
  if (indexes.length > 3) throw new CallError(`too many slice indexes: ${indexes.length}`);
  if (typeof item === "string" && indexes.length === 3) {
    throw new CallError("cannot 3-index slice a string");
  }
  if (typeof item !== "string" && !(item instanceof GoList)) {
    throw new CallError(`can't slice item of type ${typeName(item)}`);
  }
  const bytes = typeof item === "string" ? Buffer.from(item) : null;
  if (bytes) budget.characters(bytes.length);
  const { length } = bytes ?? item;
  const capacity = item instanceof GoList ? item.capacity : length;
  const [from = 0, to = length, end] = indexes.map((index) => position(index, capacity));
  if (from > to) throw new CallError(`invalid slice index: ${from} > ${to}`);
  if (end !== undefined && to > end) throw new CallError(`invalid slice index: ${to} > ${end}`);
  if (bytes) return bytes.toString("utf8", from, to);
  return item instanceof GoList ? item.slice(from, to) : undefined;
}
