import assert from "node:assert/strict";
import { type AnyElysia, Elysia } from "elysia";
import { withEarlierAnswers } from "./earlier-answers.ts";

/** An OpenAPI 3.1 document; whoever needs more than this of it validates it. */
export interface OpenApiDocument {
  openapi: string;
  info: { title: string; version: string };
  security: Record<string, string[]>[];
  paths: Record<string, Record<string, unknown>>;
  components: {
    schemas: Record<string, unknown>;
    examples: Record<string, unknown>;
    securitySchemes: Record<string, unknown>;
  };
}

const description = `Chat, pictures, tools, completion and embeddings over llama.cpp, in the
dialects of OpenAI, Ollama, llama-server, Anthropic and Nitro. Unknown fields are ignored; null
means the same as an absent field; a documented field is honoured or refused, with a 400 that says
why.`.replaceAll("\n", " ");

/** A key, on servers that were started with some; without any, nothing is needed. */
const access = {
  security: [{}, { key: [] }],
  securitySchemes: { key: { type: "http", scheme: "bearer" } },
};

/**
 * What `api` offers, as OpenAPI. @elysiajs/swagger reads the routes; its own page, which loads
 * scripts from a CDN, stays inside this function.
 */
export async function openApiDocument(
  api: AnyElysia,
  { version, prefix }: { version: string; prefix: string },
): Promise<OpenApiDocument> {
  const { swagger } = await import("@elysiajs/swagger"); // slow to load, and seldom needed
  const plugin = swagger({
    path: "/page",
    specPath: "/json",
    excludeStaticFile: false,
    documentation: {
      openapi: "3.1.0", // TypeBox writes JSON Schema, which 3.0 is not
      info: { title: "Hutch", version, description },
      servers: [{ url: prefix === "" ? "/" : prefix }],
      tags: [
        { name: "OpenAI", description: "OpenAI's API" },
        { name: "Ollama", description: "Ollama's API" },
        { name: "llama.cpp", description: "llama-server's own API" },
        { name: "Anthropic", description: "Anthropic's Messages API" },
        { name: "Nitro", description: "Nitro's API" },
        { name: "Hutch", description: "What only this server has" },
        { name: "Streams", description: "Streams that outlive their connection" },
        { name: "Vertex AI", description: "The route that Google's Vertex AI calls" },
      ],
    },
  });
  const documented = new Elysia({ normalize: false }).use(api).use(plugin);
  const response = await documented.handle(new Request("http://localhost/json"));
  const raw = (await response.json()) as OpenApiDocument;
  const schemas: Record<string, unknown> = {};
  const paths = tidy(raw.paths, schemas) as OpenApiDocument["paths"];
  const examples: Json = {};
  for (const [name, path] of Object.entries(paths)) {
    for (const [method, operation] of Object.entries(path as Record<string, Operation>)) {
      for (const content of Object.values(operation.requestBody?.content ?? {})) {
        offerExamples(content, schemas, examples);
      }
      path[method] = inReadingOrder(withEarlierAnswers(operation, method, name));
    }
  }
  const { security, securitySchemes } = access;
  const components = { schemas: sorted(schemas), examples: sorted(examples), securitySchemes };
  return { ...raw, security, paths, components };
}

type Json = Record<string, unknown>;
/** Objects whose keys are names of the user's, not words of JSON Schema. */
const namespaces = new Set(["properties", "patternProperties", "paths", "responses", "content"]);

/**
 * Moves every schema with a title into `schemas`, leaving a reference, and says the rest as briefly
 * as JSON Schema can.
 */
function tidy(node: unknown, schemas: Json, isNamespace = false): unknown {
  if (Array.isArray(node)) return node.map((item) => tidy(item, schemas));
  if (typeof node !== "object" || node === null) return node;
  const entries = Object.entries(node).map(([key, value]) => {
    if (key === "examples" || key === "default" || key === "const") return [key, value];
    return [key, tidy(value, schemas, !isNamespace && namespaces.has(key))];
  });
  const object: Json = Object.fromEntries(entries);
  if (isNamespace) return object;
  const pattern = object.patternProperties as Json | undefined;
  if (pattern && anyName in pattern) {
    object.additionalProperties = pattern[anyName];
    delete object.patternProperties;
  }
  if (isAnything(object.additionalProperties)) delete object.additionalProperties; // the default
  if (Array.isArray(object.parameters) && object.parameters.length === 0) delete object.parameters;
  return named(asEnum(object), schemas);
}

/** TypeBox's pattern of a record, and the schema that takes anything. */
const anyName = "^(.*)$";
const isAnything = (schema: unknown) => schema === true || Bun.deepEquals(schema, {});

/** A union of constants of one type is an `enum`. */
function asEnum({ anyOf, ...rest }: Json): Json {
  if (!Array.isArray(anyOf)) return anyOf === undefined ? rest : { anyOf, ...rest };
  const type: unknown = anyOf[0]?.type;
  const isEnum = anyOf.every((variant: Json) => "const" in variant && variant.type === type);
  return isEnum
    ? { type, enum: anyOf.map((variant: Json) => variant.const), ...rest }
    : { anyOf, ...rest };
}

function named(schema: Json, schemas: Json): Json {
  const { title } = schema;
  if (typeof title !== "string" || !("type" in schema)) return schema;
  const known = schemas[title];
  if (known) assert.deepEqual(schema, known, `two schemas are called ${title}`);
  schemas[title] = schema;
  return { $ref: `#/components/schemas/${title}` };
}

interface Operation extends Json {
  requestBody?: { content: Record<string, Json> };
  responses: Record<string, { content?: Record<string, { schema?: object }> }>;
}

/**
 * Of a schema's several examples Swagger UI offers the first, but all of a body's, by name: they
 * are called by their fields.
 */
function offerExamples(content: Json, schemas: Json, examples: Json): void {
  const title = (content.schema as { $ref?: string } | undefined)?.$ref?.split("/").at(-1) ?? "";
  const { examples: values = [] } = (schemas[title] ?? {}) as { examples?: object[] };
  if (values.length < 2) return;
  const references = values.map((value, i) => {
    const name = `${title}${i + 1}`;
    examples[name] = { summary: Object.keys(value).join(", "), value };
    return [name, { $ref: `#/components/examples/${name}` }];
  });
  content.examples = Object.fromEntries(references);
}

/** What a route is for comes before what it answers. */
function inReadingOrder({ requestBody, responses, ...about }: Json): Json {
  return { ...about, ...(requestBody !== undefined && { requestBody }), responses };
}

const sorted = (schemas: Json): Json =>
  Object.fromEntries(Object.entries(schemas).sort(([a], [b]) => (a < b ? -1 : 1)));
