import { AppError } from "../../core/errors.ts";

export function missing(param: string): AppError {
  return new AppError("invalid_request", `\`${param}\` is required`, { param });
}

export function unknownType(type: string, param: string, reason = "models here cannot take it") {
  return new AppError("unsupported", `\`${param}\` is "${type}": ${reason}`, { param });
}
