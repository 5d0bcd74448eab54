import { isPublic } from "../gate/keys.ts";
import { errorAnswer } from "./answers.ts";

interface Operation extends Record<string, unknown> {
  requestBody?: unknown;
  responses: Record<string, { content?: Record<string, { schema?: object }> }>;
}

/** Hosts and pages that are not let in, and models that a key is not for. */
const ofGates = [403];
const ofKeys = [401, 429];
/** Bodies that are broken, late, too large, or compressed in a way that nobody knows. */
const ofBodies = [400, 408, 413, 415];
/** Whoever waits for a model is told when somebody unloads it. */
const ofModels = [409];
/** A server that ends begins nothing new, and answers who only looks. */
const ofEnding = [503];
const looks: ReadonlySet<string> = new Set(["get", "head"]);

/**
 * An operation with the answers that its requests can have before they reach its route: they all
 * come in the form of the route's own errors.
 */
export function withEarlierAnswers<T extends Operation>(about: T, method: string, path: string): T {
  const statuses = [
    ...ofGates,
    ...(isPublic(path) ? [] : ofKeys),
    ...(about.requestBody === undefined ? [] : ofBodies),
    ...(500 in about.responses ? ofModels : []),
    ...(looks.has(method) ? [] : ofEnding),
  ];
  const schema = errorSchemaOf(about);
  const missing = statuses
    .filter((status) => !(status in about.responses))
    .map((status) => [status, errorAnswer(status, schema)]);
  return { ...about, responses: { ...about.responses, ...Object.fromEntries(missing) } };
}

function errorSchemaOf({ responses }: Operation): object {
  const [first] = Object.entries(responses).filter(([status]) => Number(status) >= 400);
  const schema = first?.[1].content?.["application/json"]?.schema;
  if (!schema) throw new Error("a route does not say what its errors look like");
  return schema;
}
