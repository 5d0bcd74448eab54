import { type Static, Type } from "@sinclair/typebox";
import { AppError } from "../core/errors.ts";
import type { Constraint } from "../core/generate.ts";
import { checkSchema } from "./json-schema.ts";
import { anyObject, object } from "./wire.ts";

/** Most triggers of a lazy grammar, and tokens that it may need to see. */
const nTriggersMax = 1000;

/** Most tools: the grammar of each is part of the answer's. OpenAI allows 128. */
export const nToolsMax = 1000;

/** llama-server's two ways to constrain an answer, and when they begin to. */
export const constraintFields = {
  grammar: Type.Optional(Type.String({ description: "GBNF grammar that the answer must fit." })),
  json_schema: Type.Optional(anyObject({ description: "JSON schema that the answer must fit." })),
  grammar_lazy: Type.Optional(
    Type.Boolean({ description: "The grammar holds only once a trigger was generated." }),
  ),
  grammar_triggers: Type.Optional(
    Type.Array(
      object({
        type: Type.Integer({
          minimum: 0,
          maximum: 3,
          description: "0: a token, 1: a word, 2: a pattern, 3: a pattern of the whole answer.",
        }),
        value: Type.String(),
        token: Type.Optional(Type.Integer()),
      }),
      { maxItems: nTriggersMax },
    ),
  ),
  preserved_tokens: Type.Optional(
    Type.Array(Type.String(), {
      maxItems: nTriggersMax,
      description: "Special tokens that are shown, and that the grammar sees.",
    }),
  ),
};
const constraint = Type.Object(constraintFields);

export function toConstraint(body: Static<typeof constraint>): Constraint {
  const { grammar, json_schema: jsonSchema, grammar_triggers: triggers = [] } = body;
  if (grammar && jsonSchema) {
    const message = "either `grammar` or `json_schema` can be given, not both";
    throw new AppError("invalid_request", message, { param: "grammar" });
  }
  if (jsonSchema) checkSchema(jsonSchema, "json_schema");
  if (body.grammar_lazy && triggers.length === 0) {
    const message = "`grammar_triggers`: no triggers are set for a lazy grammar";
    throw new AppError("invalid_request", message, { param: "grammar_triggers" });
  }
  return {
    ...(grammar ? { grammar } : jsonSchema && { jsonSchema }),
    ...(body.grammar_lazy && { grammarLazy: true }),
    ...(triggers.length > 0 && { grammarTriggers: triggers.map(toTrigger) }),
    ...(body.preserved_tokens && { preservedTokens: body.preserved_tokens }),
  };
}

type Trigger = NonNullable<Constraint["grammarTriggers"]>[number];

function toTrigger({ type, value, token }: { type: number; value: string; token?: number }) {
  const trigger: Trigger = { type, value };
  if (token !== undefined) trigger.token = token;
  return trigger;
}
