import { AppError } from "../../core/errors.ts";
import type { Gateway } from "../gateway.ts";

/** What is said of a name that the store does not have: `missing`, unless it is a plain file's. */
export function notStored(gateway: Gateway, name: string, missing: string): AppError {
  const model = gateway.supervisor.catalog.lookUp(name);
  if (!model) return new AppError("model_not_found", missing, { param: "model" });
  const what = model.origin === "cache" ? "of the download cache" : `the file ${model.path}`;
  const why = `model "${model.name}" is ${what}, not of the store: Hutch leaves it as it is`;
  return new AppError("unsupported", why, { param: "model" });
}
