import { type Static, Type } from "@sinclair/typebox";
import { object } from "./wire.ts";

/** OpenAI's error object, or llama-server's with OpenAI's `param` in it: the profile decides. */
export const OpenAiError = object(
  {
    error: object({
      code: Type.Union([Type.String(), Type.Integer()], {
        description:
          "A word for what went wrong, such as `model_not_found`; as a drop-in for llama-server: " +
          "the HTTP status.",
      }),
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
