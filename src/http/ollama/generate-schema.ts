import { type Static, Type } from "@sinclair/typebox";
import { object } from "../wire.ts";
import { answerObject, generationFields, Images } from "./schema.ts";

const { Optional, Integer, Boolean: bool, String: text } = Type;

const Tokens = Type.Array(Integer({ minimum: 0 }));

export const GenerateRequest = object(
  {
    prompt: Optional(
      text({
        description: "Empty or absent: the model is only loaded, or unloaded by `keep_alive` 0.",
      }),
    ),
    suffix: Optional(
      text({
        description:
          "What comes after the answer: the model fills the gap, by its template's `.Suffix` or " +
          "else its fill-in-the-middle tokens.",
      }),
    ),
    system: Optional(text({ description: "System message, instead of the model's own." })),
    context: Optional(
      Type.Array(Integer({ minimum: 0 }), {
        description: "The `context` of an earlier answer, which this one goes on from.",
      }),
    ),
    raw: Optional(bool({ description: "The prompt is given to the model as it is." })),
    images: Optional(Images),
    ...generationFields,
  },
  {
    title: "OllamaGenerateRequest",
    examples: [
      { prompt: "What is the capital of France?", stream: false },
      { prompt: "What is the capital of France?" },
    ],
  },
);
export type GenerateRequest = Static<typeof GenerateRequest>;

export const GenerateResponse = answerObject(
  {
    response: text(),
    thinking: Optional(text()),
    context: Optional({
      ...Tokens,
      description: "On the last object: prompt and answer in tokens. Not with `raw`.",
    }),
  },
  "OllamaGenerateResponse",
);
export type GenerateResponse = Static<typeof GenerateResponse>;
