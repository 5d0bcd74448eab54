import { type Static, Type } from "@sinclair/typebox";
import { object } from "../wire.ts";

/** OpenAI's error object with llama-server's numbers in it: clients of both understand it. */
export const OpenAiError = object(
  {
    error: object({
      code: Type.Integer({ description: "The HTTP status." }),
      message: Type.String(),
      type: Type.String(),
      param: Type.Union([Type.String(), Type.Null()], { description: "The field at fault." }),
      n_prompt_tokens: Type.Optional(Type.Integer()),
      n_ctx: Type.Optional(Type.Integer()),
    }),
  },
  { title: "OpenAiError" },
);
export type OpenAiError = Static<typeof OpenAiError>;
