import type { TSchema } from "@sinclair/typebox";
import { type TypeCheck, TypeCompiler } from "@sinclair/typebox/compiler";
import { AppError } from "../core/errors.ts";
import { beyond, type RequestLimits } from "../core/limits.ts";
import { invalid } from "./errors.ts";

/**
 * A `transform` hook that lets only what fits `schema` through, without nulls. Elysia's own check
 * comes after it and has nothing left to find: its errors quote the whole body, indented, several
 * times over, which a hostile body turns into gigabytes.
 */
export function checkBody(schema: TSchema): (context: { body: unknown }) => void {
  let compiled: TypeCheck<TSchema> | null = null;
  return ({ body }) => {
    const wanted = schema.type === "array" ? "array" : "object";
    if (typeof body !== "object" || body === null || Array.isArray(body) !== (wanted === "array")) {
      throw new AppError("invalid_request", `the body must be a JSON ${wanted}`);
    }
    dropNulls(schema, body);
    compiled ??= TypeCompiler.Compile(schema);
    if (compiled.Check(body)) return;
    throw invalid(compiled.Errors(body).First());
  };
}

/**
 * A `transform` hook for all routes. A schema nested a thousand times deep would overflow the stack
 * of what turns it into a grammar.
 */
export function checkDepth(limits: RequestLimits): (context: { body: unknown }) => void {
  return ({ body }) => {
    if (nestsWithin(body, limits.jsonDepth)) return;
    throw beyond(`the body is nested more than ${limits.jsonDepth} deep`, "max-json-depth");
  };
}

function nestsWithin(value: unknown, depth: number): boolean {
  if (typeof value !== "object" || value === null) return true;
  if (depth === 0) return false;
  return Object.values(value).every((inner) => nestsWithin(inner, depth - 1));
}

/**
 * Removes every null that stands where `schema` has an optional field: many clients send null for
 * "not given". Nulls inside free JSON (a tool's parameters, say) stay.
 */
function dropNulls(schema: TSchema, value: unknown): void {
  if (typeof value !== "object" || value === null) return;
  for (const variant of asList(schema.anyOf)) dropNulls(variant, value);
  if (Array.isArray(value)) {
    for (const item of value) if (isSchema(schema.items)) dropNulls(schema.items, item);
    return;
  }
  const fields = value as Record<string, unknown>;
  for (const [name, field] of Object.entries(schema.properties ?? {})) {
    if (!Object.hasOwn(fields, name)) continue;
    if (fields[name] === null && !schema.required?.includes(name)) delete fields[name];
    else dropNulls(field as TSchema, fields[name]);
  }
}

const asList = (schemas: unknown): TSchema[] => (Array.isArray(schemas) ? schemas : []);

const isSchema = (schema: unknown): schema is TSchema =>
  typeof schema === "object" && schema !== null && !Array.isArray(schema);
