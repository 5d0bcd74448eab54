import { LoraAdapter } from "../../ffi/adapter.ts";
import { ChatTemplates } from "../../ffi/chat.ts";
import { Context } from "../../ffi/context.ts";
import { MediaContext } from "../../ffi/media.ts";
import { Model } from "../../ffi/model.ts";
import { type LogLevel, loadBackends, openNative, useNuma } from "../../ffi/native.ts";
import { addWorker } from "../../ffi/workers.ts";
import { AppError } from "../core/errors.ts";
import type { ModelInfo } from "../core/generate.ts";
import type { LoadSpec, ModelOptions, ThreadOptions } from "../core/load.ts";
import type { BackendFailure } from "../core/protocol.ts";
import { Adapters } from "./adapters.ts";
import { type AdaptiveThreads, adaptThreads } from "./adaptive-threads.ts";
import { chatDefaults } from "./chat-inputs.ts";
import { type ContextPlan, contextOptions, planContext } from "./context-plan.ts";
import type { EmbedderSizes } from "./embedder.ts";
import { fitToGpus } from "./fit.ts";
import { hostLimits } from "./host-cache.ts";
import type { Limits } from "./limits.ts";
import { checkMemory } from "./memory.ts";
import { describe } from "./model-info.ts";
import { NativeRunner } from "./native-runner.ts";
import type { EmbeddingMode } from "./pooling.ts";
import type { Loaded } from "./prepare.ts";
import type { Runner } from "./runner.ts";
import { MediaKeys } from "./tokens.ts";
import { type MovableWeights, movableWeights } from "./weight-pages.ts";

/** A loaded model, ready to schedule. */
export interface LoadedEngine extends Disposable {
  info: ModelInfo;
  runner: Runner;
  limits: Limits;
  threads: AdaptiveThreads;
  /** Weights that can be moved to huge pages. */
  weights: MovableWeights | null;
  loaded: Loaded;
  embedding: { mode: EmbeddingMode; sizes: EmbedderSizes };
  /** Backends that it does without. */
  backendFailures: BackendFailure[];
}

/** llama-server's default. */
const slotPromptSimilarityDefault = 0.1;

/**
 * Loads what `spec` names. Blocks; `onProgress` is called with fractions from 0 to 1 on the way.
 * @param libraryDir folder with the shim, libllama, libmtmd and the ggml backends side by side
 * @param backends paths of more ggml backends
 * @throws AppError model_load_failed with llama.cpp's reason
 */
export function load(
  libraryDir: string,
  spec: LoadSpec,
  onProgress: (fraction: number) => void,
  backends: readonly string[] = [],
): LoadedEngine {
  return explained(spec.modelPath, () => {
    openNative(libraryDir, spec.logLevel as LogLevel | undefined);
    const backendFailures = loadBackends(backends);
    if (spec.numa) useNuma(spec.numa);
    spec.workers?.forEach(addWorker); // before their memory is asked for
    return { ...open(spec, onProgress), backendFailures };
  });
}

function open(
  spec: LoadSpec,
  onProgress: (fraction: number) => void,
): Omit<LoadedEngine, "backendFailures"> {
  using stack = new DisposableStack();
  checkMemory(spec);
  const fitted = fitToGpus(spec, modelOptions(spec));
  const options = fitted?.options ?? modelOptions(spec);
  const model = stack.use(Model.load(spec.modelPath, options, onProgress));
  const plan = fitted?.plan ?? planContext(spec, model);
  const { mode, sizes, drafting, kind, rows, freeBytes } = plan;
  // Adapters before the context: llama.cpp wants to know of them all when it makes one.
  const lora = openAdapters(spec, model, stack);
  const context = stack.use(openContext(spec, model, plan));
  const drafter = drafting.open(context);
  stack.defer(() => drafter?.[Symbol.dispose]?.());
  const templates = stack.use(new ChatTemplates(model, spec.chat));
  const media = openMedia(spec, model, stack);
  if (spec.warmup !== false) context.warmup();
  const info = describe(spec, { model, context, templates, media, mode, sizes, drafting });
  const mediaKeys = new MediaKeys();
  const { nBatch, nUbatch, nCtxSeq, nParallel } = sizes;
  const adapters = lora.map(({ adapter }) => adapter);
  const { nSeqMax, nOutputsMax } = rows;
  const counts = { nBatch, nOutputsMax, nSeqMax };
  const equipment = {
    ...counts,
    media,
    mediaKeys,
    adapters,
    drafter,
    hasWindow: kind === "windowed",
  };
  const threads = adaptThreads(spec, context);
  const weights = stack.use(movableWeights(spec, model));
  const resources = stack.move();
  return {
    info,
    runner: new NativeRunner(model, context, equipment),
    limits: {
      nParallel,
      nCtxSeq,
      contextShift: (spec.contextShift ?? false) && media === null,
      host: hostLimits(spec, freeBytes),
      cacheReuse: spec.cacheReuse ?? 0,
      slotPromptSimilarity: spec.slotPromptSimilarity ?? slotPromptSimilarityDefault,
      maxStallMs: spec.maxStallMs ?? null,
    },
    threads,
    weights,
    loaded: {
      model,
      context,
      templates,
      media,
      mediaKeys,
      adapters: new Adapters(lora),
      options: { ...spec, chat: chatDefaults(model, spec.chat) },
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

/** A model that drafts for itself needs layers that are not loaded otherwise. */
function modelOptions({ model = {}, speculation = {} }: LoadSpec): ModelOptions {
  const draftsItself = speculation.types?.includes("draft-mtp") && !speculation.draft_model;
  return draftsItself ? { ...model, load_mtp: true } : model;
}

function openContext(spec: LoadSpec, model: Model, plan: ContextPlan): Context {
  const { threads = {}, threadsBatch = {} } = spec;
  const context = new Context(model, contextOptions(spec, model, plan));
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
