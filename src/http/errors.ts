import type { TSchema } from "@sinclair/typebox";
import { type ValueError, ValueErrorType } from "@sinclair/typebox/errors";
import { NotFoundError, ParseError, ValidationError } from "elysia";
import { AppError, asAppError, type ErrorCode } from "../core/errors.ts";

/** What llama-server calls an error, by which its clients tell errors apart. */
export const errorTypes: Readonly<Record<ErrorCode, string>> = {
  invalid_request: "invalid_request_error",
  context_length_exceeded: "exceed_context_size_error",
  unsupported: "invalid_request_error",
  unauthorized: "authentication_error",
  forbidden: "permission_error",
  model_not_found: "not_found_error",
  not_found: "not_found_error",
  wrong_method: "invalid_request_error",
  conflict: "invalid_request_error",
  body_too_late: "invalid_request_error",
  body_too_large: "invalid_request_error",
  rate_limited: "rate_limit_error",
  unsupported_encoding: "invalid_request_error",
  cancelled: "invalid_request_error",
  internal: "server_error",
  engine_crashed: "server_error",
  model_load_failed: "server_error",
  loading: "unavailable_error",
  switched_off: "not_supported_error",
  overloaded: "unavailable_error",
  crash_loop: "unavailable_error",
  worker_unreachable: "unavailable_error",
};

/**
 * llama-server's error object, with OpenAI's `param` in it. `details` has n_prompt_tokens and n_ctx
 * for a prompt that is too long.
 */
export function toErrorBody(error: AppError) {
  const { status: code, message, param = null, details } = error;
  return { error: { code, message, type: errorTypes[error.code], param, ...details } };
}

/** OpenAI calls these bad requests: `code` tells them apart. */
const openAiErrorTypes: typeof errorTypes = {
  ...errorTypes,
  context_length_exceeded: "invalid_request_error",
  unauthorized: "invalid_request_error",
};

/** Where OpenAI has another word than we do. */
const openAiCodes: Partial<Record<ErrorCode, string>> = {
  unauthorized: "invalid_api_key",
  rate_limited: "rate_limit_exceeded",
};

/** OpenAI's error object, whose `code` is a word, with llama-server's details in it. */
export function toOpenAiErrorBody(error: AppError) {
  const { code: ours, message, param = null, details } = error;
  const code = openAiCodes[ours] ?? ours;
  return { error: { message, type: openAiErrorTypes[ours], param, code, ...details } };
}

/** Whatever was thrown, as an answer: llama-server's, unless `toBody` has another envelope. */
export function errorResponse(
  thrown: unknown,
  toBody: (error: AppError) => object = toErrorBody,
): Response {
  const error = toAppError(thrown);
  const { status, retryAfterSeconds } = error;
  const headers =
    retryAfterSeconds === undefined ? {} : { "retry-after": wholeUp(retryAfterSeconds) };
  return Response.json(toBody(error), { status, headers });
}

const wholeUp = (seconds: number) => String(Math.max(1, Math.ceil(seconds)));

/** What a handler or Elysia threw, as an AppError; each dialect's `onError` begins with it. */
export function toAppError(error: unknown): AppError {
  if (error instanceof ParseError) return malformed(error);
  if (error instanceof NotFoundError) return new AppError("not_found", "File Not Found");
  if (error instanceof ValidationError) {
    const wrong = invalid(error.valueError);
    if (error.type !== "response") return wrong;
    return new AppError("internal", `the answer breaks its own schema: ${wrong.message}`);
  }
  return asAppError(error);
}

function malformed(error: ParseError): AppError {
  if (error.cause instanceof AppError) return error.cause; // there is no whole body
  const reason = error.cause instanceof Error ? error.cause.message : error.message;
  return new AppError("invalid_request", `the body is not valid JSON: ${reason}`, { cause: error });
}

/** The first thing that is wrong, in words, and the field it is about. */
export function invalid(first: ValueError | undefined): AppError {
  if (!first) return new AppError("invalid_request", "the request does not fit its schema");
  const wrong = innermost(first);
  const param = dotted(wrong.path);
  if (!param) return new AppError("invalid_request", complaint(wrong));
  return new AppError("invalid_request", `\`${param}\` ${complaint(wrong)}`, { param });
}

/** A union only says that no variant fits; the variant that got furthest says what is wrong. */
function innermost(error: ValueError): ValueError {
  if (error.type !== ValueErrorType.Union) return error;
  const variants = error.errors
    .map((variant) => variant.First())
    .filter((inner) => inner !== undefined)
    .map(innermost);
  const deepest = variants.reduce((a, b) => (depth(b) > depth(a) ? b : a), error);
  return deepest === error ? (variants.find(isTooLong) ?? error) : deepest;
}

/** Then it is of the right type. */
const isTooLong = ({ type }: ValueError) =>
  type === ValueErrorType.StringMaxLength || type === ValueErrorType.ArrayMaxItems;

const depth = (error: ValueError) => error.path.split("/").length;

function complaint({ type, message, schema, value }: ValueError): string {
  if (limitErrors.has(type)) return `is out of range: ${range(schema)}, but got ${value}`;
  if (type === ValueErrorType.ObjectRequiredProperty) return "is required";
  if (type === ValueErrorType.ArrayMinItems && schema.minItems === 1) return "must not be empty";
  if (type !== ValueErrorType.Union) return `is wrong: ${message.toLowerCase()}`;
  return `must be one of: ${[...new Set(variantsOf(schema))].join(", ")}`;
}

const limitErrors = new Set([
  ValueErrorType.IntegerMinimum,
  ValueErrorType.IntegerMaximum,
  ValueErrorType.NumberMinimum,
  ValueErrorType.NumberMaximum,
]);

function range({ minimum, maximum }: TSchema): string {
  const [low, high] = [minimum ?? "", maximum ?? ""];
  return `value must be ${low}${low === "" ? "" : " <= "}value${high === "" ? "" : " <= "}${high}`;
}

/** What a schema takes, in words. */
function variantsOf(schema: TSchema): string[] {
  if (Array.isArray(schema.anyOf)) return schema.anyOf.flatMap(variantsOf);
  return ["const" in schema ? JSON.stringify(schema.const) : String(schema.type)];
}

/** `/messages/0/role` → `messages[0].role`. */
function dotted(path: string): string {
  const keys = path.split("/").slice(1);
  const names = keys.map((key) => key.replaceAll("~1", "/").replaceAll("~0", "~"));
  return names
    .map((name, i) => (/^\d+$/.test(name) ? `[${name}]` : i === 0 ? name : `.${name}`))
    .join("");
}
