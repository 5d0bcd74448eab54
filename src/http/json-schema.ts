import { AppError } from "../core/errors.ts";
import { nSkippable } from "./pattern.ts";

// llama.cpp turns a schema into a grammar, and follows all ways into it at once. What is beyond
// these limits takes it more than a second, or for ever, and nobody else is answered meanwhile.

/** Longest name of a property or definition, characters. Each overflows the stack a little more. */
const nameCharsMax = 1000;
/** Most values of an `enum`, or schemas to choose from: each is compared with all others. */
const nChoicesMax = 1000;
/** Most optional properties of an object: after each, every later one may follow. */
const nOptionalMax = 500;
/** Longest regular expression, characters. */
const patternCharsMax = 1000;
/** Most parts of a regular expression that may be absent. */
const nSkippableMax = 100;
/** Most schemas within a schema, with `$ref` and repeated items written out. */
const nExpandedMax = 100_000;

/**
 * Lets through what llama.cpp makes a grammar of in good time; whether it can is for the engine to
 * say. `param` is the field that the schema is in.
 * @throws AppError invalid_request
 */
export function checkSchema(schema: object, param: string): void {
  const refused = (what: string) =>
    new AppError("invalid_request", `\`${param}\` is too complex: ${what}`, { param });
  const nExpanded = new Expansion(schema, refused).size(schema);
  if (nExpanded <= nExpandedMax) return;
  throw refused(`with every $ref and item written out it has over ${nExpandedMax} schemas`);
}

type Json = Record<string, unknown>;

/** Counts schemas as often as a grammar meets them. */
class Expansion {
  readonly #root: object;
  readonly #refused: (what: string) => AppError;
  readonly #sizes = new Map<string, number>();

  constructor(root: object, refused: (what: string) => AppError) {
    this.#root = root;
    this.#refused = refused;
  }

  size(node: unknown): number {
    if (typeof node !== "object" || node === null) return 0;
    if (Array.isArray(node)) return node.reduce<number>((sum, one) => sum + this.size(one), 0);
    const schema = node as Json;
    this.#checkNames(schema);
    this.#check(schema);
    const { $ref: ref, $defs: _defs, definitions: _definitions, ...rest } = schema;
    const own = Object.entries(rest).map(
      ([key, value]) => this.size(value) * (key === "items" ? repeats(schema) : 1),
    );
    const referred = typeof ref === "string" ? this.#target(ref) : 0;
    return own.reduce((sum, n) => sum + n, 1 + referred);
  }

  /** A schema that contains itself is a rule that is used again. */
  #target(ref: string): number {
    const known = this.#sizes.get(ref);
    if (known !== undefined) return known;
    this.#sizes.set(ref, 1);
    const size = this.size(resolved(this.#root, ref));
    this.#sizes.set(ref, size);
    return size;
  }

  #checkNames(schema: Json): void {
    const names = [...Object.keys(schema), String(schema.$ref ?? "")];
    if (names.every((name) => name.length <= nameCharsMax)) return;
    throw this.#refused(`a name of more than ${nameCharsMax} characters`);
  }

  #check({ enum: values, anyOf, oneOf, properties, required, pattern }: Json): void {
    for (const choices of [values, anyOf, oneOf]) {
      if (!Array.isArray(choices) || choices.length <= nChoicesMax) continue;
      throw this.#refused(`${choices.length} values to choose from, of at most ${nChoicesMax}`);
    }
    const needed = new Set(Array.isArray(required) ? required : []);
    const names = typeof properties === "object" ? Object.keys(properties ?? {}) : [];
    const nOptional = names.filter((name) => !needed.has(name)).length;
    if (nOptional > nOptionalMax) {
      throw this.#refused(`${nOptional} optional properties of at most ${nOptionalMax}`);
    }
    if (typeof pattern === "string" && pattern.length > patternCharsMax) {
      throw this.#refused(`a pattern of more than ${patternCharsMax} characters`);
    }
    const nSkipped = typeof pattern === "string" ? nSkippable(pattern) : 0;
    if (nSkipped > nSkippableMax) {
      throw this.#refused(
        `${nSkipped} parts of a pattern may be absent, of at most ${nSkippableMax}`,
      );
    }
  }
}

/** How often the items of an array are written out. */
function repeats({ minItems, maxItems }: Json): number {
  return Math.max(...[1, minItems, maxItems].filter((n) => typeof n === "number"));
}

/** What a `#/path` means; another reference is for the engine to refuse. */
function resolved(root: object, ref: string): unknown {
  if (!ref.startsWith("#/")) return undefined;
  const keys = ref.slice(2).split("/");
  return keys.reduce<unknown>((node, key) => {
    const name = key.replaceAll("~1", "/").replaceAll("~0", "~");
    return typeof node === "object" && node !== null ? (node as Json)[name] : undefined;
  }, root);
}
