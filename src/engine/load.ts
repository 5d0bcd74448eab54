import { freemem } from "node:os";
import { ChatTemplates } from "../../ffi/chat.ts";
import { Context } from "../../ffi/context.ts";
import { devices } from "../../ffi/devices.ts";
import { MediaContext } from "../../ffi/media.ts";
import { Model } from "../../ffi/model.ts";
import { NativeError, openNative } from "../../ffi/native.ts";
import { AppError } from "../core/errors.ts";
import type { ModelInfo } from "../core/generate.ts";
import type { LoadSpec } from "../core/protocol.ts";
import { NativeRunner } from "./native-runner.ts";
import type { Loaded } from "./prepare.ts";
import type { Limits, Runner } from "./scheduler.ts";
import { sizesFor } from "./sizes.ts";
import { MediaKeys } from "./tokens.ts";

/** A loaded model, ready to schedule. */
export interface LoadedEngine extends Disposable {
  info: ModelInfo;
  runner: Runner;
  limits: Limits;
  loaded: Loaded;
}

/**
 * Finished sequences that are kept as prefix donors beside those that run. A recurrent model's rows
 * are memory each, and seldom of use as donors.
 */
const nDonorRows = { cuttable: 16, recurrent: 1 };

/**
 * Loads what `spec` names. Blocks; `onProgress` is called with fractions from 0 to 1 on the way.
 * @throws AppError model_load_failed with llama.cpp's reason
 */
export function load(spec: LoadSpec, onProgress: (fraction: number) => void): LoadedEngine {
  try {
    openNative(spec.libraryDir);
    return open(spec, onProgress);
  } catch (error) {
    if (error instanceof AppError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new AppError("model_load_failed", `${spec.modelPath}: ${reason}`, { cause: error });
  }
}

function open(spec: LoadSpec, onProgress: (fraction: number) => void): LoadedEngine {
  using stack = new DisposableStack();
  const options = spec.nGpuLayers === undefined ? {} : { n_gpu_layers: spec.nGpuLayers };
  const model = stack.use(Model.load(spec.modelPath, options, onProgress));
  if (!model.canGenerate) throw new NativeError("this model does not generate text");
  const sizes = sizesFor(spec, model, freemem());
  const nThreads = spec.nThreads ?? 0;
  const nSeqMax = sizes.nParallel + nDonorRows[model.canCutSequences ? "cuttable" : "recurrent"];
  const context = stack.use(
    new Context(model, {
      n_ctx: sizes.nCells,
      n_batch: sizes.nBatch,
      n_ubatch: sizes.nUbatch,
      n_seq_max: nSeqMax,
      n_outputs_max: nSeqMax,
      n_threads: nThreads,
      kv_unified: true, // so that sharing a prefix copies nothing
      swa_full: model.hasSlidingWindow, // a windowed cache could not share prefixes
    }),
  );
  const templates = stack.use(new ChatTemplates(model));
  const media = openMedia(spec, model, nThreads);
  if (media) stack.use(media);
  const resources = stack.move();
  const { nCtxSeq, nParallel, nBatch } = sizes;
  return {
    info: describe(model, media, nCtxSeq, nParallel),
    runner: new NativeRunner(model, context, media, { nBatch, nSeqMax }),
    limits: { nParallel, nCtxSeq },
    loaded: { model, context, templates, media, mediaKeys: new MediaKeys(), nCtxSeq },
    [Symbol.dispose]: () => resources.dispose(),
  };
}

function openMedia(spec: LoadSpec, model: Model, nThreads: number): MediaContext | null {
  if (spec.mmprojPath === undefined) return null;
  try {
    return new MediaContext(spec.mmprojPath, model, {
      n_threads: nThreads,
      // Random, so that no user's text can contain it.
      media_marker: `<__media_${crypto.randomUUID()}__>`,
    });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new AppError("model_load_failed", `${spec.mmprojPath}: ${reason}`, { cause: error });
  }
}

function describe(
  model: Model,
  media: MediaContext | null,
  nCtxSeq: number,
  nParallel: number,
): ModelInfo {
  return {
    description: model.description,
    nCtxSeq,
    nParallel,
    nParams: model.nParams,
    devices: devices().map(({ name }) => name),
    vision: media?.vision ?? false,
    audio: media?.audio ?? false,
  };
}
