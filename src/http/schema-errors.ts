import { AppError } from "../core/errors.ts";

/**
 * What was thrown; if the engine could make no grammar of a schema, under `param`: the client's
 * name of the field at fault, which the engine does not know.
 */
export function namedSchema(thrown: unknown, param: string): unknown {
  if (!(thrown instanceof AppError) || thrown.code !== "invalid_request") return thrown;
  const [reason] = /JSON schema .*/s.exec(thrown.message) ?? [];
  if (reason === undefined && thrown.param !== "json_schema") return thrown;
  const why = reason ?? thrown.message.replace(/^`json_schema`: /, "");
  return new AppError("invalid_request", `\`${param}\`: ${why}`, { param, cause: thrown });
}
