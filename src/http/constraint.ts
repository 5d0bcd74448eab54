import { type Static, Type } from "@sinclair/typebox";
import { AppError } from "../core/errors.ts";
import { anyObject } from "./wire.ts";

/** llama-server's two ways to constrain an answer. */
export const constraintFields = {
  grammar: Type.Optional(Type.String({ description: "GBNF grammar that the answer must fit." })),
  json_schema: Type.Optional(anyObject({ description: "JSON schema that the answer must fit." })),
};
const constraint = Type.Object(constraintFields);

/** At most one of the two is set. */
export interface Constraint {
  grammar?: string;
  jsonSchema?: object;
}

export function toConstraint({ grammar, json_schema }: Static<typeof constraint>): Constraint {
  if (grammar && json_schema) {
    const message = "either `grammar` or `json_schema` can be given, not both";
    throw new AppError("invalid_request", message, { param: "grammar" });
  }
  if (grammar) return { grammar };
  return json_schema ? { jsonSchema: json_schema } : {};
}
