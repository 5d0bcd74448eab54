import { AppError } from "../../core/errors.ts";
import type { ChatPromptRequest } from "./chat-schema.ts";

/**
 * What was thrown, under the client's name of the schema at fault. The engine knows that it could
 * make no grammar of one, but not which field it came in.
 */
export function namedSchema(thrown: unknown, body: ChatPromptRequest): unknown {
  if (!(thrown instanceof AppError) || thrown.code !== "invalid_request") return thrown;
  const [reason] = /JSON schema .*/s.exec(thrown.message) ?? [];
  if (reason === undefined && thrown.param !== "json_schema") return thrown;
  const param = schemaField(body);
  const why = reason ?? thrown.message.replace(/^`json_schema`: /, "");
  return new AppError("invalid_request", `\`${param}\`: ${why}`, { param, cause: thrown });
}

function schemaField({ tools, response_format: format }: ChatPromptRequest): string {
  if (tools?.length) return "tools";
  if (format?.type === "json_schema") return "response_format.json_schema.schema";
  return format?.type === "json_object" ? "response_format.schema" : "json_schema";
}
