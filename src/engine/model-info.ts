import type { ChatTemplateInfo, ChatTemplates } from "../../ffi/chat.ts";
import type { Context } from "../../ffi/context.ts";
import { devices } from "../../ffi/devices.ts";
import type { MediaContext } from "../../ffi/media.ts";
import type { Model } from "../../ffi/model.ts";
import { goTemplateFacts } from "../chat/go-template-facts.ts";
import { usedGoTemplate } from "../chat/known-templates.ts";
import type { ModelInfo } from "../core/generate.ts";
import type { LoadSpec } from "../core/load.ts";
import type { Sizes } from "../core/sizes.ts";
import type { Drafting } from "./drafting.ts";
import { missingFim } from "./infill.ts";
import { memoryUse } from "./memory.ts";
import type { EmbeddingMode } from "./pooling.ts";
import { samplingDefaults } from "./sampling-defaults.ts";

/** What a model was loaded as. */
export interface LoadedParts {
  model: Model;
  context: Context;
  templates: ChatTemplates;
  media: MediaContext | null;
  mode: EmbeddingMode;
  sizes: Sizes;
  drafting: Drafting;
}

/** What requests can know about a loaded model. */
export function describe(options: LoadSpec, parts: LoadedParts): ModelInfo {
  const { model, context, templates, media, mode, sizes } = parts;
  const { source, tool_use_source } = templates.info;
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
    memory: memoryUse(options, context),
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
    ...templateFacts(usedGoTemplate(options.chat?.goTemplate, ownTemplate(model)), templates.info),
    fimMissing: missingFim(model.fim),
    defaults: {
      ...samplingDefaults(model, options.sampling),
      nPredict: options.nPredict ?? -1,
      nKeep: options.nKeep ?? 0,
      stop: options.stop ?? [],
      reasoningFormat: options.chat?.reasoningFormat ?? "deepseek",
      speculationTypes: parts.drafting.types,
    },
  };
}

function ownTemplate(model: Model): string | null {
  return model.metaString("tokenizer.chat_template");
}

/** What the template that is used can do: a Go one comes before the model's own. */
function templateFacts(
  goTemplate: string | undefined,
  { caps, supports_thinking }: ChatTemplateInfo,
): Pick<ModelInfo, "goTemplate" | "chatTemplateCaps" | "thinks" | "inserts"> {
  if (goTemplate === undefined) return { chatTemplateCaps: caps, thinks: supports_thinking };
  const { capabilities } = goTemplateFacts(goTemplate);
  const [tools, thinks] = [capabilities.includes("tools"), capabilities.includes("thinking")];
  const goCaps = {
    supports_tools: tools,
    supports_tool_calls: tools,
    supports_parallel_tool_calls: tools,
    supports_system_role: /\.(System|Messages)\b/.test(goTemplate),
    supports_string_content: true,
  };
  const silent = Object.keys(caps).map((name) => [name, false]);
  const chatTemplateCaps = { ...Object.fromEntries(silent), ...goCaps };
  return { goTemplate, chatTemplateCaps, thinks, inserts: capabilities.includes("insert") };
}

function textOf(model: Model, token: number): string {
  return token < 0 ? "" : model.joinPieces([token], true);
}

function eogTokens(model: Model): number[] {
  const tokens = Array.from({ length: model.nVocab }, (_, token) => token);
  return tokens.filter((token) => model.isEog(token));
}
