import { type Static, Type } from "@sinclair/typebox";
import { object } from "../wire.ts";

/** Most requests that one prediction may hold, as llama-server has it. */
const nInstancesMax = 128;

export const PredictRequest = object(
  {
    instances: Type.Array(Type.Unknown(), {
      maxItems: nInstancesMax,
      description:
        "Bodies of requests, each with the name of its route in `@requestFormat`: its path " +
        "(`/v1/chat/completions`), or that in camel case (`chatCompletions`).",
    }),
  },
  {
    title: "PredictRequest",
    examples: [
      {
        instances: [
          {
            "@requestFormat": "chatCompletions",
            messages: [{ role: "user", content: "What is the capital of France?" }],
            temperature: 0,
          },
        ],
      },
    ],
  },
);
export type PredictRequest = Static<typeof PredictRequest>;

export const Predictions = object(
  {
    predictions: Type.Array(Type.Unknown(), {
      description: "What each instance's route answered; `{error: …}` where it failed.",
    }),
  },
  { title: "Predictions" },
);
