import { type Static, Type } from "@sinclair/typebox";
import { object } from "../wire.ts";
import { listedFields } from "./model-schema.ts";

const { Integer, String: text } = Type;

const LoadedModel = object(
  {
    ...listedFields,
    size: Integer({ description: "Memory that it takes with its context, bytes." }),
    size_vram: Integer({ description: "How much of that lies on GPUs." }),
    expires_at: text({
      format: "date-time",
      description:
        "When it is unloaded unless a request comes; centuries ahead when it stays. It goes " +
        "earlier only when another one needs its place.",
    }),
    context_length: Integer({ description: "Tokens of one request, prompt and answer together." }),
  },
  { title: "OllamaLoadedModel" },
);
export type LoadedModel = Static<typeof LoadedModel>;

export const LoadedModels = object(
  { models: Type.Array(LoadedModel) },
  { title: "OllamaLoadedModels" },
);
export type LoadedModels = Static<typeof LoadedModels>;
