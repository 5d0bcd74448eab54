import {
  type ObjectOptions,
  type SchemaOptions,
  type TLiteral,
  type TObject,
  type TProperties,
  type TUnion,
  Type,
} from "@sinclair/typebox";

/**
 * An object as clients send it: fields that it does not name are ignored, as the peers do. Without
 * `additionalProperties: true`, Elysia would close the schema and reject them.
 */
export function object<Fields extends TProperties>(
  fields: Fields,
  options: ObjectOptions = {},
): TObject<Fields> {
  return Type.Object(fields, { ...options, additionalProperties: true });
}

/** One of a few words. */
export function oneOf<const Words extends readonly string[]>(
  words: Words,
  options: SchemaOptions = {},
) {
  const literals = words.map((word) => Type.Literal(word));
  return Type.Union(literals, options) as unknown as TUnion<{
    -readonly [I in keyof Words]: TLiteral<Words[I]>;
  }>;
}

/** Any JSON object; what is in it is somebody else's business (a JSON schema, say). */
export function anyObject(options: SchemaOptions = {}) {
  return Type.Record(Type.String(), Type.Unknown(), options);
}

/** Whether JSON that stands in a text can be read. */
export function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
