import { freemem } from "node:os";
import type { ContextOptions } from "../../ffi/context.ts";
import type { Model } from "../../ffi/model.ts";
import type { LoadSpec } from "../core/load.ts";
import { type Sizes, sizesFor } from "../core/sizes.ts";
import { type Drafting, draftingFor } from "./drafting.ts";
import { type EmbeddingMode, embeddingMode } from "./pooling.ts";

/** What the context of a model will be like. */
export interface ContextPlan {
  mode: EmbeddingMode;
  sizes: Sizes;
  drafting: Drafting;
  kind: keyof typeof nDonorRows;
  rows: Rows;
  /** Of the machine's memory, before the model is loaded. */
  freeBytes: number;
}

interface Rows {
  nSeqMax: number;
  /** Most rows of one step that give an output, and of these, of one sequence. */
  nOutputsMax: number;
  nOutputsMaxPerSeq: number;
}

/**
 * Finished sequences that are kept as prefix donors beside those that run. A recurrent model's rows
 * are memory each, and so are those of a model with a sliding window, a window each.
 */
const nDonorRows = { cuttable: 16, windowed: 4, recurrent: 1 };
/**
 * Rows of a step that give logits at least, so that a prompt whose tokens are scored is not decoded
 * one by one. Each has memory for the whole vocabulary.
 */
const nScoredRows = 32;

/**
 * @param model it is only asked: its weights need not be there
 * @param kvBytesMax what the KV cache may take on GPUs without being asked
 */
export function planContext(spec: LoadSpec, model: Model, kvBytesMax?: number): ContextPlan {
  const mode = embeddingMode(spec, model);
  const { nCtxTrain, kvBytesPerCell, canCutSequences } = model;
  const freeBytes = spec.memory?.freeBytes ?? freemem();
  const onGpus = kvBytesMax === undefined ? {} : { kvBytesMax };
  const measures = { nCtxTrain, kvBytesPerCell, ...onGpus, isWhole: mode.isWhole };
  const sizes = sizesFor(spec, measures, freeBytes);
  const drafting = draftingFor(spec, { canCut: canCutSequences, isWhole: mode.isWhole });
  const kind = kindOf(spec, model, sizes);
  return { mode, sizes, drafting, kind, rows: rowsFor(sizes, mode, { drafting, kind }), freeBytes };
}

export function contextOptions(
  { context, threads = {}, threadsBatch = {} }: LoadSpec,
  { nWindow }: Model,
  { mode, sizes, kind, rows }: ContextPlan,
): ContextOptions {
  const nThreads = threads.n_threads ?? 0;
  return {
    ...context,
    n_ctx: sizes.nCells,
    n_batch: sizes.nBatch,
    n_ubatch: sizes.nUbatch,
    n_seq_max: rows.nSeqMax,
    n_outputs_max: rows.nOutputsMax,
    n_outputs_max_per_seq: rows.nOutputsMaxPerSeq,
    n_threads: nThreads,
    n_threads_batch: threadsBatch.n_threads ?? nThreads,
    kv_unified: true, // so that sharing a prefix copies nothing
    swa_full: context?.swa_full ?? (kind === "cuttable" && nWindow > 0),
    pooling: mode.isWhole ? mode.pooling : "none",
  };
}

function rowsFor(
  { nParallel, nBatch, nUbatch }: Sizes,
  mode: EmbeddingMode,
  { drafting, kind }: { drafting: Drafting; kind: keyof typeof nDonorRows },
): Rows {
  const nWanted = nParallel + nDonorRows[kind];
  // Where there is an output for each row of a batch, llama.cpp wants no more sequences than those.
  const nSeqMax = mode.isWhole ? Math.min(nWanted, nBatch) : nWanted;
  const nOutputsMaxPerSeq = 1 + drafting.nMax;
  const nDrafted = Math.min(nParallel * drafting.nMax, drafting.nSharedMax);
  const nGenerating = Math.max(nSeqMax, nParallel + nDrafted, nScoredRows);
  const nOutputsMax = mode.wantsAllRows ? Math.max(nGenerating, nUbatch) : nGenerating;
  return { nSeqMax, nOutputsMax, nOutputsMaxPerSeq: mode.wantsAllRows ? 0 : nOutputsMaxPerSeq };
}

/**
 * What can be done with a row. Layers with a sliding window keep their windows only, unless all of
 * the context is asked for, or the windows of all rows would take as much.
 */
function kindOf({ context }: LoadSpec, model: Model, sizes: Sizes): keyof typeof nDonorRows {
  const { canCutSequences, nWindow } = model;
  if (!canCutSequences) return "recurrent";
  const nSeqMax = sizes.nParallel + nDonorRows.windowed;
  const isFull = context?.swa_full ?? nWindow * nSeqMax + sizes.nUbatch >= sizes.nCells;
  return nWindow > 0 && !isFull ? "windowed" : "cuttable";
}
