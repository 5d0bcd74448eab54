import type { Seeded } from "./seeded.ts";

/** As much of JSON Schema as openapi.yaml uses. */
export interface Schema {
  $ref?: string;
  type?: string | string[];
  const?: unknown;
  enum?: unknown[];
  anyOf?: Schema[];
  properties?: Record<string, Schema>;
  required?: string[];
  additionalProperties?: boolean | Schema;
  patternProperties?: Record<string, Schema>;
  items?: Schema;
  minItems?: number;
  minimum?: number;
  maximum?: number;
  minLength?: number;
  example?: unknown;
  examples?: unknown[];
}

/** The value of a broken body; see `broken`. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** Levels of a made value at most: some schemas contain themselves. */
const depthMax = 5;

/** Makes values that fit schemas of a document, and spoils them. */
export class ValueMaker {
  readonly #schemas: Record<string, Schema>;
  readonly #random: Seeded;
  /** Values for fields of this name that lead somewhere: the name of a model that is there. */
  readonly #known: Record<string, readonly Json[]>;

  constructor(
    schemas: Record<string, Schema>,
    random: Seeded,
    known: Record<string, readonly Json[]> = {},
  ) {
    this.#schemas = schemas;
    this.#random = random;
    this.#known = known;
  }

  /** A value that fits, of which optional parts are there or not. */
  fitting(schema: Schema, depth = 0): Json {
    const random = this.#random;
    const { $ref, anyOf, examples = [], example } = schema;
    if ($ref !== undefined) return this.fitting(this.#named($ref), depth);
    const shown = example === undefined ? examples : [example];
    if (shown.length > 0 && random.chance(0.6)) return structuredClone(random.pick(shown) as Json);
    if (schema.const !== undefined) return schema.const as Json;
    if (schema.enum) return random.pick(schema.enum) as Json;
    if (anyOf) return this.fitting(random.pick(anyOf), depth);
    const types = [schema.type ?? (schema.properties ? "object" : "string")].flat();
    switch (random.pick(types)) {
      case "object":
        return this.#object(schema, depth);
      case "array":
        return this.#array(schema, depth);
      case "integer":
        return Math.floor(this.#number(schema));
      case "number":
        return this.#number(schema);
      case "boolean":
        return random.chance(0.5);
      case "null":
        return null;
      default:
        return this.#text(schema);
    }
  }

  /** The value, with one of its parts replaced, removed, or put where it does not belong. */
  broken(value: Json): Json {
    if (typeof value !== "object" || value === null || this.#random.chance(0.15)) {
      return this.#random.pick(oddValues);
    }
    if (Array.isArray(value)) return this.#brokenList(value);
    const keys = Object.keys(value);
    if (keys.length === 0) return this.#random.pick(oddValues);
    const key = this.#random.pick(keys);
    const { [key]: part = null, ...rest } = value;
    if (this.#random.chance(0.1)) return rest;
    return { ...rest, [key]: this.broken(part) };
  }

  #brokenList(list: Json[]): Json {
    if (list.length === 0) return [this.#random.pick(oddValues)];
    const at = this.#random.below(list.length);
    const part = list[at] ?? null;
    if (this.#random.chance(0.2)) return list.concat(Array.from({ length: 200 }, () => part));
    return list.with(at, this.broken(part));
  }

  #named(reference: string): Schema {
    const schema = this.#schemas[reference.split("/").at(-1) ?? ""];
    if (!schema) throw new Error(`the document has no ${reference}`);
    return schema;
  }

  #object(schema: Schema, depth: number): Json {
    const { properties = {}, required = [], patternProperties = {} } = schema;
    const made: Record<string, Json> = {};
    const likelihood = depth >= depthMax ? 0 : 0.15;
    for (const [name, of] of Object.entries(properties)) {
      if (!required.includes(name) && !this.#random.chance(likelihood)) continue;
      const known = this.#known[name];
      const isKnown = known !== undefined && this.#random.chance(0.9);
      made[name] = isKnown ? this.#random.pick(known) : this.fitting(of, depth + 1);
    }
    for (const of of Object.values(patternProperties)) {
      if (depth < depthMax) made[this.#random.pick(words)] = this.fitting(of, depth + 1);
    }
    return made;
  }

  #array({ items = {}, minItems = 0 }: Schema, depth: number): Json {
    const nItems = Math.max(minItems, depth >= depthMax ? 0 : this.#random.below(4));
    return Array.from({ length: nItems }, () => this.fitting(items, depth + 1));
  }

  #number({ minimum, maximum }: Schema): number {
    const usual = this.#random.pick([0, 1, 2, 0.5, 7, 40, 1000]);
    const bound = this.#random.pick([minimum, maximum, usual, usual, usual]) ?? usual;
    return Math.min(Math.max(bound, minimum ?? bound), maximum ?? bound);
  }

  #text({ minLength = 0 }: Schema): string {
    return this.#random.pick(words).padEnd(minLength, "x");
  }
}

const words = ["Hello!", "tiny", "a", "The ship sails.", "é😀", "name", "0", "user"];

/** What programs stumble over. */
const oddValues: readonly Json[] = [
  ...[null, true, false, 0, -1, 1, 2 ** 31, -(2 ** 31) - 1, 2 ** 53, 1e308, -1e-308, 0.1, NaN],
  ...["", " ", "\u0000", "\ud800", "a".repeat(100_000), "é".repeat(5000), "../../etc/passwd"],
  ...["%s%n", "{{.Prompt}}", "{% for %}", "<|im_end|>", "data:image/png;base64,AAAA", "1e999"],
  ...[[], {}, [[[[[[[[]]]]]]]], { a: { b: { c: {} } } }, ["a", 1, null], { __proto__: 1 }],
  ...[{ constructor: null }, { length: -1 }, Array.from({ length: 3000 }, () => 0)],
  nested(3000),
];

function nested(depth: number): Json {
  let value: Json = [];
  for (let i = 0; i < depth; i++) value = [value];
  return value;
}
