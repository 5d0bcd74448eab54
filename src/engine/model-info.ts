import type { ChatTemplates } from "../../ffi/chat.ts";
import type { Context } from "../../ffi/context.ts";
import { devices } from "../../ffi/devices.ts";
import type { MediaContext } from "../../ffi/media.ts";
import type { Model } from "../../ffi/model.ts";
import type { ModelInfo } from "../core/generate.ts";
import type { LoadOptions } from "../core/load.ts";
import { missingFim } from "./infill.ts";
import type { EmbeddingMode } from "./pooling.ts";
import { samplingDefaults } from "./sampling-defaults.ts";
import type { Sizes } from "./sizes.ts";

/** What a model was loaded as. */
export interface LoadedParts {
  model: Model;
  context: Context;
  templates: ChatTemplates;
  media: MediaContext | null;
  mode: EmbeddingMode;
  sizes: Sizes;
  /** Types of speculation in use, in llama-server's words. */
  types: string;
}

/** What requests can know about a loaded model. */
export function describe(options: LoadOptions, parts: LoadedParts): ModelInfo {
  const { model, context, templates, media, mode, sizes } = parts;
  const { source, tool_use_source, caps } = templates.info;
  const { nCtxSeq, nParallel, nBatch, nUbatch } = sizes;
  const isEmbedder = options.purpose === "embed" || options.purpose === "rerank";
  return {
    description: model.description,
    fileType: model.fileType,
    nCtxSeq,
    nCtx: context.nCtx,
    nCtxTrain: model.nCtxTrain,
    nParallel,
    nBatch,
    nUbatch,
    nParams: model.nParams,
    nBytes: model.nBytes,
    nEmbd: model.nEmbd,
    nVocab: model.nVocab,
    vocabType: model.vocabType,
    devices: devices().map(({ name }) => name),
    vision: media?.vision ?? false,
    audio: media?.audio ?? false,
    generates: context.hasMemory && !mode.isWhole && !isEmbedder,
    pooling: mode.pooling,
    reranks: mode.pooling === "rank",
    bosText: textOf(model, model.bos),
    eosText: textOf(model, model.eos),
    eogTokens: eogTokens(model),
    chatTemplate: source,
    ...(tool_use_source === "" ? {} : { chatTemplateToolUse: tool_use_source }),
    chatTemplateCaps: caps,
    fimMissing: missingFim(model.fim),
    defaults: {
      sampling: samplingDefaults(model, options.sampling),
      nPredict: options.nPredict ?? -1,
      nKeep: options.nKeep ?? 0,
      stop: options.stop ?? [],
      reasoningFormat: options.chat?.reasoningFormat ?? "deepseek",
      speculationTypes: parts.types,
    },
  };
}

function textOf(model: Model, token: number): string {
  return token < 0 ? "" : model.joinPieces([token], true);
}

function eogTokens(model: Model): number[] {
  const tokens = Array.from({ length: model.nVocab }, (_, token) => token);
  return tokens.filter((token) => model.isEog(token));
}
