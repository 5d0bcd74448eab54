import type { TSchema } from "@sinclair/typebox";
import { AppError } from "../../core/errors.ts";
import { checkBody } from "../body.ts";
import type { Gateway } from "../gateway.ts";
import { readOptions } from "./options.ts";

type Fields = Record<string, unknown>;

/**
 * How a body of this dialect is read: JSON whatever its content type says (curl -d), its keys in
 * any case, as Go reads them.
 * @param tidy changes what else is read more freely than its schema says
 */
export function bodyHook<Body extends TSchema>(
  schema: Body,
  gateway: Gateway,
  tidy: (body: Fields) => void = () => {},
) {
  const check = checkBody(schema);
  return {
    parse: [readJson],
    body: schema,
    transform: (context: { body: unknown }) => {
      matchKeys(schema, context.body);
      const { body } = context;
      if (isObject(body)) {
        if (isObject(body.options)) body.options = readOptions(body.options, gateway.warn);
        tidy(body);
      }
      check(context);
    },
  };
}

/** @throws AppError invalid_request */
async function readJson({ request }: { request: Request }): Promise<unknown> {
  const text = await request.text();
  if (text.trim() === "") throw new AppError("invalid_request", "missing request body");
  try {
    return JSON.parse(text, halfEscape.test(text) ? wellFormed : undefined);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new AppError("invalid_request", `the body is not valid JSON: ${reason}`, { cause });
  }
}

/** Clients that cut a text in the middle of an emoji send half of it; Go takes U+FFFD instead. */
const halfEscape = /\\ud[89a-f]/i;
const wellFormed = (_key: string, value: unknown) =>
  typeof value === "string" ? value.toWellFormed() : value;

/** Gives fields that `schema` knows by another case its name for them; an exact one wins. */
function matchKeys(schema: TSchema, value: unknown): void {
  if (Array.isArray(value)) {
    if (isObject(schema.items)) for (const item of value) matchKeys(schema.items as TSchema, item);
    return;
  }
  if (!isObject(value)) return;
  const properties = (schema.properties ?? {}) as Record<string, TSchema>;
  const names = new Map(Object.keys(properties).map((name) => [name.toLowerCase(), name]));
  for (const key of Object.keys(value)) {
    const name = names.get(key.toLowerCase());
    if (name === undefined || name === key) continue;
    if (!Object.hasOwn(value, name)) value[name] = value[key];
    delete value[key];
  }
  for (const [name, field] of Object.entries(properties)) matchKeys(field, value[name]);
}

function isObject(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
