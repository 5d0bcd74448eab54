import type { AppError } from "../../core/errors.ts";
import type { OllamaError } from "./schema.ts";

/** The dialect's error, with the numbers of a prompt that is too long. */
export function toErrorBody({ message, details }: AppError): OllamaError {
  return { error: message, ...details };
}
