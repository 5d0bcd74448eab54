import { type Json, type Schema, ValueMaker } from "./openapi-values.ts";
import { Seeded } from "./seeded.ts";

interface Parameter {
  name: string;
  in: "path" | "query" | "header";
  required?: boolean;
  schema: Schema;
}

interface Operation {
  parameters?: Parameter[];
  requestBody?: { content: Record<string, { schema: Schema; example?: unknown }> };
  responses: Record<string, unknown>;
}

/** As much of an OpenAPI document as requests can be made of. */
export interface Document {
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Schema> };
}

export interface MadeRequest {
  method: string;
  /** With its query. */
  path: string;
  contentType: string | null;
  /** Bytes, as text in which every character is one. */
  body: string | null;
  /** Statuses that the document has for it; with a path that leads elsewhere, some more. */
  statuses: number[];
}

/** The n-th request of a seed: it fits the document, or is broken somewhere. */
export function requestOf(
  document: Document,
  seed: number,
  known: Record<string, readonly Json[]>,
): MadeRequest {
  const random = new Seeded(seed);
  const maker = new ValueMaker(document.components.schemas, random, known);
  const [template, methods] = random.pick(Object.entries(document.paths));
  const [method, operation] = random.pick(Object.entries(methods));
  const value = (schema: Schema) => {
    const fitting = maker.fitting(schema);
    const given = random.chance(0.3) ? maker.broken(fitting) : fitting;
    return typeof given === "string" ? given : JSON.stringify(given);
  };
  const query = new URLSearchParams();
  const statuses = Object.keys(operation.responses).map(Number);
  let path = template;
  for (const { name, in: where, required = false, schema } of operation.parameters ?? []) {
    if (where === "path") {
      const part = encoded(value(schema));
      path = path.replace(`{${name}}`, () => part);
      if (/^\.{0,2}$/.test(part)) statuses.push(404, 405); // which is another route's path, if any
    }
    if (where === "query" && (required || random.chance(0.5))) query.append(name, value(schema));
  }
  const body = bodyOf(operation, maker, random);
  return {
    method: method.toUpperCase(),
    path: query.size > 0 ? `${path}?${query}` : path,
    contentType: body === null ? null : random.chance(0.05) ? "text/html" : "application/json",
    body,
    statuses,
  };
}

/** A part of a path; half of a surrogate pair has no encoding. */
const encoded = (text: string) => encodeURIComponent(text.slice(0, 500).toWellFormed());

function bodyOf({ requestBody }: Operation, maker: ValueMaker, random: Seeded): string | null {
  const content = requestBody?.content["application/json"];
  if (!content) return null;
  const { schema, example } = content;
  let value = maker.fitting(example === undefined ? schema : { ...schema, example });
  const nBroken = random.pick([0, 0, 1, 1, 2, 3]);
  for (let i = 0; i < nBroken; i++) value = maker.broken(value);
  const text = JSON.stringify(value);
  if (random.chance(0.03)) return text.slice(0, random.below(text.length));
  if (random.chance(0.01)) return "\u00ff\u00fe\u0000";
  return text;
}
