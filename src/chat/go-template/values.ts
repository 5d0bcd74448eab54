/** What a template computes with. */
export type Value =
  /** No value at all: a field of nothing. */
  | undefined
  /** nil in a place that may hold anything. */
  | null
  | boolean
  /** Go's int. */
  | bigint
  /** Go's float64. */
  | number
  | string
  | GoList
  | GoMap
  | GoStruct;

/** A Go type with a name, as far as templates can tell. */
export interface GoType {
  name: string;
  /** Its String(). */
  text?: (value: GoList | GoMap | GoStruct) => string;
  /** Its MarshalJSON(): what stands for it in JSON. */
  json?: (value: GoList | GoMap | GoStruct) => Value;
  /** Methods without arguments, beside String. */
  methods?: Record<string, (value: GoList | GoMap | GoStruct) => Value>;
  /** Of a struct: its fields in JSON; others have the same name there. */
  fields?: Record<string, JsonField>;
  /** Elements are of any type. */
  isOfAny?: boolean;
}

export interface JsonField {
  name: string;
  /** Left out of JSON when it is empty, or only when there is nothing. */
  omit?: "empty" | "nil";
}

const anyList: GoType = { name: "[]interface {}", isOfAny: true };
const anyMap: GoType = { name: "map[string]interface {}", isOfAny: true };

/** A slice: a view of items. */
export class GoList {
  readonly type: GoType;
  readonly #items: readonly Value[];
  readonly #start: number;
  readonly length: number;

  constructor(
    items: readonly Value[],
    type: GoType = anyList,
    start = 0,
    length: number = items.length,
  ) {
    this.#items = items;
    this.type = type;
    this.#start = start;
    this.length = length;
  }

  /** Items from its start to the end of what it is a view of. */
  get capacity(): number {
    return this.#items.length - this.#start;
  }

  at(i: number): Value {
    return this.#items[this.#start + i];
  }

  slice(from: number, to: number): GoList {
    return new GoList(this.#items, this.type, this.#start + from, to - from);
  }

  *[Symbol.iterator](): Generator<Value> {
    for (let i = 0; i < this.length; i++) yield this.at(i);
  }
}

/** A map with names for keys. */
export class GoMap {
  readonly type: GoType;
  readonly entries: ReadonlyMap<string, Value>;
  /** As a loop takes them. */
  readonly keys: string[];

  /** @param isOrdered its keys have an order of their own, instead of being sorted */
  constructor(
    entries: ReadonlyMap<string, Value>,
    type: GoType = anyMap,
    { isOrdered = false }: { isOrdered?: boolean } = {},
  ) {
    this.entries = entries;
    this.type = type;
    this.keys = isOrdered ? [...entries.keys()] : [...entries.keys()].sort(compareTexts);
  }
}

export class GoStruct {
  readonly type: GoType;
  readonly fields: Readonly<Record<string, Value>>;

  constructor(type: GoType, fields: Record<string, Value>) {
    this.type = type;
    this.fields = fields;
  }
}

/** Go orders texts by their bytes. */
export function compareTexts(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

/** Neither zero, nor empty, nor nothing. */
export function isTrue(value: Value): boolean {
  if (value === undefined || value === null) return false;
  if (value instanceof GoList) return value.length > 0;
  if (value instanceof GoMap) return value.entries.size > 0;
  return value instanceof GoStruct || Boolean(value) || Number.isNaN(value);
}

export function typeName(value: Value): string {
  switch (typeof value) {
    case "boolean":
      return "bool";
    case "bigint":
      return "int";
    case "number":
      return "float64";
    case "string":
      return "string";
    default:
      return value ? value.type.name : "<nil>";
  }
}

/** What JSON means: objects are maps, numbers floats. */
export function fromJson(value: unknown, isOrdered = false): Value {
  if (Array.isArray(value)) return new GoList(value.map((item) => fromJson(item, isOrdered)));
  if (typeof value === "object" && value !== null) {
    const entries = Object.entries(value).map(([key, item]): [string, Value] => [
      key,
      fromJson(item, isOrdered),
    ]);
    return new GoMap(new Map(entries), anyMap, { isOrdered });
  }
  return isScalar(value) ? value : null;
}

function isScalar(value: unknown): value is string | number | boolean {
  return ["string", "number", "boolean"].includes(typeof value);
}
