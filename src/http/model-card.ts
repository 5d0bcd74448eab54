import { type Static, Type } from "@sinclair/typebox";
import type { ModelInfo } from "../core/generate.ts";
import type { Model } from "../models/catalog.ts";
import type { Gateway } from "./gateway.ts";
import { object } from "./wire.ts";

const { Integer, String: text } = Type;

export const ModelCard = object(
  {
    id: text(),
    aliases: Type.Array(text(), { description: "All names that requests may use." }),
    tags: Type.Array(text()),
    object: Type.Literal("model"),
    created: Integer({ description: "When the file was last changed, seconds since 1970." }),
    owned_by: text(),
    meta: Type.Optional(
      object(
        {
          vocab_type: Integer(),
          n_vocab: Integer(),
          n_ctx: Integer({ description: "Tokens of one request, prompt and answer." }),
          n_ctx_train: Integer(),
          n_embd: Integer(),
          n_params: Integer(),
          size: Integer({ description: "Bytes." }),
          ftype: text(),
        },
        { description: "Known once the model was loaded." },
      ),
    ),
  },
  { title: "Model" },
);
export type ModelCard = Static<typeof ModelCard>;

/** A model as OpenAI's and llama-server's lists have it. Loads nothing. */
export function toModelCard(gateway: Gateway, model: Model): ModelCard {
  const info = gateway.supervisor.info(model);
  return {
    id: model.name,
    aliases: [...new Set([model.name, ...(model.aliases ?? [])])],
    tags: [...(model.tags ?? [])],
    object: "model",
    created: Math.floor(model.modifiedAt / 1000),
    owned_by: gateway.settings.profile === "hutch" ? "hutch" : "llamacpp",
    ...(info && { meta: toMeta(info) }),
  };
}

function toMeta(info: ModelInfo) {
  return {
    vocab_type: info.vocabType,
    n_vocab: info.nVocab,
    n_ctx: info.nCtxSeq,
    n_ctx_train: info.nCtxTrain,
    n_embd: info.nEmbd,
    n_params: info.nParams,
    size: info.nBytes,
    ftype: info.fileType,
  };
}
