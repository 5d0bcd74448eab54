import { freemem } from "node:os";
import { LoraAdapter } from "../../ffi/adapter.ts";
import { ChatTemplates } from "../../ffi/chat.ts";
import { Context } from "../../ffi/context.ts";
import { MediaContext } from "../../ffi/media.ts";
import { Model } from "../../ffi/model.ts";
import { type LogLevel, NativeError, openNative, useNuma } from "../../ffi/native.ts";
import { Speculation } from "../../ffi/speculation.ts";
import { AppError } from "../core/errors.ts";
import type { ModelInfo } from "../core/generate.ts";
import type { LoadSpec, ModelOptions, ThreadOptions } from "../core/load.ts";
import { type Sizes, sizesFor } from "../core/sizes.ts";
import { Adapters } from "./adapters.ts";
import type { EmbedderSizes } from "./embedder.ts";
import { checkMemory } from "./memory.ts";
import { describe } from "./model-info.ts";
import { NativeRunner } from "./native-runner.ts";
import { type EmbeddingMode, embeddingMode } from "./pooling.ts";
import type { Loaded } from "./prepare.ts";
import type { Runner } from "./runner.ts";
import type { Limits } from "./scheduler.ts";
import { MediaKeys } from "./tokens.ts";

/** A loaded model, ready to schedule. */
export interface LoadedEngine extends Disposable {
  info: ModelInfo;
  runner: Runner;
  limits: Limits;
  loaded: Loaded;
  embedding: { mode: EmbeddingMode; sizes: EmbedderSizes };
}

/**
 * Finished sequences that are kept as prefix donors beside those that run. A recurrent model's rows
 * are memory each, and seldom of use as donors.
 */
const nDonorRows = { cuttable: 16, recurrent: 1 };
/**
 * Rows of a step that give logits at least, so that a prompt whose tokens are scored is not decoded
 * one by one. Each has memory for the whole vocabulary.
 */
const nScoredRows = 32;
/** llama-server's default. */
const slotPromptSimilarityDefault = 0.1;

/**
 * Loads what `spec` names. Blocks; `onProgress` is called with fractions from 0 to 1 on the way.
 * @throws AppError model_load_failed with llama.cpp's reason
 */
export function load(spec: LoadSpec, onProgress: (fraction: number) => void): LoadedEngine {
  return explained(spec.modelPath, () => {
    openNative(spec.libraryDir, spec.logLevel as LogLevel | undefined);
    if (spec.numa) useNuma(spec.numa);
    return open(spec, onProgress);
  });
}

function open(spec: LoadSpec, onProgress: (fraction: number) => void): LoadedEngine {
  using stack = new DisposableStack();
  checkMemory(spec);
  const model = stack.use(Model.load(spec.modelPath, modelOptions(spec), onProgress));
  const mode = embeddingMode(spec, model);
  const { nCtxTrain, kvBytesPerCell, canCutSequences } = model;
  const measures = { nCtxTrain, kvBytesPerCell, isWhole: mode.isWhole };
  const sizes = sizesFor(spec, measures, spec.memory?.freeBytes ?? freemem());
  // Adapters before the context: llama.cpp wants to know of them all when it makes one.
  const lora = openAdapters(spec, model, stack);
  const asked = Speculation.describe(spec.speculation ?? {});
  const drafts = asked.types !== "none" && !mode.isWhole;
  if (drafts && !canCutSequences) throw new NativeError(noWayBack);
  const { types, nMax } = drafts ? asked : { types: "none", nMax: 0 };
  const rows = rowsFor(sizes, mode, { nDraftMax: nMax, canCutSequences });
  const context = stack.use(openContext(spec, model, sizes, rows));
  const drafter = drafts ? stack.use(new Speculation(context, spec.speculation ?? {}, spec)) : null;
  const templates = stack.use(new ChatTemplates(model, spec.chat));
  const media = openMedia(spec, model, stack);
  if (spec.warmup !== false) context.warmup();
  const info = describe(spec, { model, context, templates, media, mode, sizes, types });
  const mediaKeys = new MediaKeys();
  const { nBatch, nUbatch, nCtxSeq, nParallel } = sizes;
  const adapters = lora.map(({ adapter }) => adapter);
  const { nSeqMax, nOutputsMax } = rows;
  const equipment = { nBatch, nOutputsMax, nSeqMax, media, mediaKeys, adapters, drafter };
  const resources = stack.move();
  return {
    info,
    runner: new NativeRunner(model, context, equipment),
    limits: {
      nParallel,
      nCtxSeq,
      contextShift: (spec.contextShift ?? false) && media === null,
      cacheReuse: spec.cacheReuse ?? 0,
      slotPromptSimilarity: spec.slotPromptSimilarity ?? slotPromptSimilarityDefault,
    },
    loaded: {
      model,
      context,
      templates,
      media,
      mediaKeys,
      adapters: new Adapters(lora),
      options: spec,
      info,
    },
    embedding: {
      mode,
      sizes: {
        width: mode.pooling === "rank" ? model.nClsOut : model.nEmbdOutput,
        nBatch,
        nUbatch,
        nCtxSeq,
        nOutputsMax,
        nRowsMax: info.generates ? Math.ceil((nSeqMax - nParallel) / 2) : nSeqMax,
      },
    },
    [Symbol.dispose]: () => resources.dispose(),
  };
}

const noWayBack =
  "speculation (--spec-type, --model-draft) has to take back wrong guesses, " +
  "which the recurrent state of this model does not allow";

/** A model that drafts for itself needs layers that are not loaded otherwise. */
function modelOptions({ model = {}, speculation = {} }: LoadSpec): ModelOptions {
  const draftsItself = speculation.types?.includes("draft-mtp") && !speculation.draft_model;
  return draftsItself ? { ...model, load_mtp: true } : model;
}

interface Rows {
  nSeqMax: number;
  /** Most rows of one step that give an output, and of these, of one sequence. */
  nOutputsMax: number;
  nOutputsMaxPerSeq: number;
}

function rowsFor(
  { nParallel, nBatch, nUbatch }: Sizes,
  mode: EmbeddingMode,
  { nDraftMax, canCutSequences }: { nDraftMax: number; canCutSequences: boolean },
): Rows {
  const nWanted = nParallel + nDonorRows[canCutSequences ? "cuttable" : "recurrent"];
  // Where there is an output for each row of a batch, llama.cpp wants no more sequences than those.
  const nSeqMax = mode.isWhole ? Math.min(nWanted, nBatch) : nWanted;
  const nOutputsMaxPerSeq = 1 + nDraftMax;
  const nGenerating = Math.max(nSeqMax, nParallel * nOutputsMaxPerSeq, nScoredRows);
  const nOutputsMax = mode.wantsAllRows ? Math.max(nGenerating, nUbatch) : nGenerating;
  return { nSeqMax, nOutputsMax, nOutputsMaxPerSeq: mode.wantsAllRows ? 0 : nOutputsMaxPerSeq };
}

function openContext(spec: LoadSpec, model: Model, sizes: Sizes, rows: Rows): Context {
  const { threads = {}, threadsBatch = {} } = spec;
  const mode = embeddingMode(spec, model);
  const nThreads = threads.n_threads ?? 0;
  const context = new Context(model, {
    ...spec.context,
    n_ctx: sizes.nCells,
    n_batch: sizes.nBatch,
    n_ubatch: sizes.nUbatch,
    n_seq_max: rows.nSeqMax,
    n_outputs_max: rows.nOutputsMax,
    n_outputs_max_per_seq: rows.nOutputsMaxPerSeq,
    n_threads: nThreads,
    n_threads_batch: threadsBatch.n_threads ?? nThreads,
    kv_unified: true, // so that sharing a prefix copies nothing
    swa_full: model.hasSlidingWindow, // a windowed cache could not share prefixes
    pooling: mode.isWhole ? mode.pooling : "none",
  });
  try {
    if (isPlaced(threads) || isPlaced(threadsBatch)) context.setThreads(threads, threadsBatch);
    const { controlVectors = [], controlVectorLayers } = spec;
    if (controlVectors.length > 0) context.setControlVectors(controlVectors, controlVectorLayers);
    return context;
  } catch (error) {
    context[Symbol.dispose]();
    throw error;
  }
}

/** More is said than the number of threads: they need a pool of their own. */
function isPlaced({ n_threads: _number, ...placing }: ThreadOptions): boolean {
  return Object.values(placing).some((value) => value !== undefined);
}

function openAdapters(spec: LoadSpec, model: Model, stack: DisposableStack) {
  const { lora = [], loraInitWithoutApply = false } = spec;
  return lora.map(({ path, scale }) => {
    const adapter = stack.use(explained(path, () => new LoraAdapter(model, path)));
    return { adapter, path, scale: loraInitWithoutApply ? 0 : scale };
  });
}

function openMedia(spec: LoadSpec, model: Model, stack: DisposableStack): MediaContext | null {
  const { mmprojPath, threads = {}, warmup = true } = spec;
  if (mmprojPath === undefined) return null;
  // Random, so that no user's text can contain it.
  const { marker = `<__media_${crypto.randomUUID()}__>`, ...options } = spec.media ?? {};
  const all = { ...options, warmup, n_threads: threads.n_threads ?? 0, media_marker: marker };
  return explained(mmprojPath, () => stack.use(new MediaContext(mmprojPath, model, all)));
}

/** The result of `work`; what goes wrong names the file. @throws AppError model_load_failed */
function explained<Result>(path: string, work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    if (error instanceof AppError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new AppError("model_load_failed", `${path}: ${reason}`, { cause: error });
  }
}
