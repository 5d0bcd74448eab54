import type { LoadSpec } from "../core/protocol.ts";

export interface Sizes {
  /** Tokens that one sequence may hold. */
  nCtxSeq: number;
  /** Sequences that run at once. */
  nParallel: number;
  /** KV cells in all. */
  nCells: number;
  nBatch: number;
  nUbatch: number;
}

/** Context of one sequence when nobody asks for another, tokens. More costs memory that few use. */
const nCtxSeqDefault = 8192;
/** A context below this is of no use in a chat, however short memory is, tokens. */
const nCtxSeqMin = 512;
const nParallelDefault = 16;
/** Cells that we take without being asked; more only on request. */
const nCellsDefaultMax = 32_768;
/** Part of the free memory that the KV cache may take without being asked. */
const memoryShare = 0.25;
const nBatchDefault = 2048;
const nUbatchDefault = 512;

/**
 * Sizes of a context: what `spec` asks for, otherwise what the model and the memory allow.
 * An explicit context length and number of sequences are given in full: nCells is their product.
 * @param freeBytes memory that is available now
 */
export function sizesFor(
  spec: LoadSpec,
  model: { nCtxTrain: number; kvBytesPerCell: number },
  freeBytes: number,
): Sizes {
  const affordable = Math.floor((freeBytes * memoryShare) / Math.max(1, model.kvBytesPerCell));
  const nParallel = spec.nParallel ?? nParallelDefault;
  const trained = Math.max(1, model.nCtxTrain);
  const nCtxSeq =
    spec.nCtxSeq !== undefined
      ? Math.min(spec.nCtxSeq, trained)
      : Math.min(trained, nCtxSeqDefault, Math.max(nCtxSeqMin, affordable));
  const wanted = nCtxSeq * nParallel;
  const isAsked = spec.nCtxSeq !== undefined && spec.nParallel !== undefined;
  const nCells = isAsked
    ? wanted
    : Math.max(nCtxSeq, Math.min(wanted, nCellsDefaultMax, affordable));
  const nBatch = Math.min(spec.nBatch ?? nBatchDefault, nCells);
  return {
    nCtxSeq,
    nParallel,
    nCells,
    nBatch,
    nUbatch: Math.min(spec.nUbatch ?? nUbatchDefault, nBatch),
  };
}
