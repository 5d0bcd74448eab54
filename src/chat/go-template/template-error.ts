import { AppError } from "../../core/errors.ts";

/** A template does not parse, or cannot be executed. What follows "template error:" is Go's. */
export function templateError(message: string): AppError {
  return new AppError("invalid_request", `template error: ${message}`);
}
