import type { LoadOptions } from "./load.ts";

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

/** What of a model decides its sizes. */
export interface Sized {
  nCtxTrain: number;
  /** Of K and V over all layers. */
  kvBytesPerCell: number;
  /** What GPUs have for the KV cache, bytes, once the weights are there; absent: any. */
  kvBytesMax?: number;
  /** Every input must go through the model in one piece: embeddings that pool natively. */
  isWhole: boolean;
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
/** llama.cpp rounds contexts up to whole multiples of this many cells. */
const nCellsStep = 256;

type Asked = Pick<
  LoadOptions,
  "nCtx" | "nCtxSeq" | "nCtxSeqMin" | "nParallel" | "kvUnified" | "nBatch" | "nUbatch" | "purpose"
>;

/**
 * Sizes of a context: what was asked for, by llama-server's rules; otherwise what the model and the
 * memory allow.
 * @param freeBytes memory that is available now
 */
export function sizesFor(asked: Asked, model: Sized, freeBytes: number): Sizes {
  const affordable = affordableCells(model, freeBytes);
  const nParallel = asked.nParallel ?? nParallelDefault;
  const trained = Math.max(1, model.nCtxTrain);
  const usual =
    asked.nCtx !== undefined || (asked.kvUnified !== undefined && asked.nCtxSeq === undefined)
      ? sharedOut(asked, nParallel, trained, affordable)
      : perSequence(asked, nParallel, trained, affordable);
  // Cells for all sequences together would cut short what a request wants for its own.
  const nCtxSeqMin = Math.min(asked.nCtxSeqMin ?? 0, trained);
  const { nCells, nCtxSeq } =
    usual.nCtxSeq >= nCtxSeqMin
      ? usual
      : perSequence({ ...asked, nCtxSeq: nCtxSeqMin }, nParallel, trained, affordable);
  return { nCtxSeq, nParallel, nCells, ...batches(asked, model, nCells) };
}

/** Where a GPU is short of memory, a useful context is worth more than its last layers. */
function affordableCells(
  { kvBytesPerCell, kvBytesMax = Number.POSITIVE_INFINITY }: Sized,
  freeBytes: number,
): number {
  const cellsIn = (bytes: number) => Math.floor(bytes / Math.max(1, kvBytesPerCell));
  return Math.min(cellsIn(freeBytes * memoryShare), Math.max(nCtxSeqDefault, cellsIn(kvBytesMax)));
}

/** A context of so many cells in all: each sequence has its share, or may take all of it. */
function sharedOut(asked: Asked, nParallel: number, trained: number, affordable: number) {
  const { nCtx, nCtxSeq: nCtxSeqMax = Number.POSITIVE_INFINITY } = asked;
  const wanted = nCtx ?? Math.min(trained, Math.max(nCtxSeqMin, affordable));
  const total = padded(wanted === 0 ? trained : wanted);
  const isUnified = asked.kvUnified ?? asked.nParallel === undefined;
  const share = isUnified ? total : padded(Math.floor(total / nParallel));
  const nCtxSeq = Math.min(share, nCtxSeqMax, trained);
  return { nCtxSeq, nCells: isUnified ? total : share * nParallel };
}

/** As many cells as all sequences may want together, unless that is more than we may take. */
function perSequence(asked: Asked, nParallel: number, trained: number, affordable: number) {
  const nCtxSeq =
    asked.nCtxSeq !== undefined
      ? Math.min(asked.nCtxSeq, trained)
      : Math.min(trained, nCtxSeqDefault, Math.max(nCtxSeqMin, affordable));
  const wanted = nCtxSeq * nParallel;
  const isAsked = asked.nCtxSeq !== undefined && asked.nParallel !== undefined;
  const nCells = isAsked
    ? wanted
    : Math.max(nCtxSeq, Math.min(wanted, nCellsDefaultMax, affordable));
  return { nCtxSeq, nCells };
}

function batches({ nBatch, nUbatch, purpose }: Asked, { isWhole }: Sized, nCells: number) {
  const nUbatchWanted = nUbatch ?? nUbatchDefault;
  const nBatchWanted = nBatch ?? nBatchDefault;
  // What must stay in one piece must not be split into graph runs; and it needs no cells.
  if (isWhole) {
    const n = Math.min(nBatchWanted, nUbatchWanted);
    return { nBatch: n, nUbatch: n };
  }
  const isEmbedder = purpose === "embed" || purpose === "rerank";
  const nBatchMax = isEmbedder ? Math.min(nCells, nUbatchWanted) : nCells;
  const n = Math.min(nBatchWanted, nBatchMax);
  return { nBatch: n, nUbatch: Math.min(nUbatchWanted, n) };
}

function padded(nCells: number): number {
  return Math.ceil(nCells / nCellsStep) * nCellsStep;
}
