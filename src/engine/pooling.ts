import type { LoadOptions, Pooling } from "../core/load.ts";

/** How the embeddings of a loaded model come about. */
export interface EmbeddingMode {
  pooling: Pooling;
  /**
   * llama.cpp pools, over inputs in one piece: encoders, and what sees the text after a token.
   * Otherwise we pool what a causal model says at each token, so that it can also generate.
   */
  isWhole: boolean;
  /** The model's encoder computes them, not its decoder. */
  isEncoded: boolean;
  /** Every token gives an output, which takes memory; otherwise few do. */
  wantsAllRows: boolean;
}

/** What of a model decides how it embeds. */
export interface Embedding {
  ownPooling: Pooling | null;
  hasEncoder: boolean;
  canGenerate: boolean;
  metaString(key: string): string | null;
}

/** How a model embeds: as it was asked to, or as its file says, or by the last token. */
export function embeddingMode(
  { pooling: asked, purpose }: Pick<LoadOptions, "pooling" | "purpose">,
  model: Embedding,
): EmbeddingMode {
  // Started to embed without a pooling, llama-server gives the vectors of all tokens.
  const fallback = purpose === "embed" ? "none" : "last";
  const pooling = purpose === "rerank" ? "rank" : (asked ?? model.ownPooling ?? fallback);
  const architecture = model.metaString("general.architecture");
  const isCausal = model.metaString(`${architecture}.attention.causal`) !== "false";
  const isWhole = pooling === "rank" || !isCausal || model.hasEncoder || !model.canGenerate;
  const wantsAllRows = isWhole || pooling === "none" || pooling === "mean";
  return { pooling, isWhole, isEncoded: model.hasEncoder, wantsAllRows };
}

/**
 * One vector out of those of an input's tokens, or all of them with pooling "none".
 * @param rows with "last" and "cls" just the one that counts
 */
export function pool(rows: Float32Array[], pooling: Pooling): Float32Array[] {
  const [first] = rows;
  if (pooling !== "mean" || !first) return rows;
  const sum = new Float64Array(first.length);
  for (const row of rows) for (const [i, x] of row.entries()) sum[i] = (sum[i] ?? 0) + x;
  return [Float32Array.from(sum, (x) => x / rows.length)];
}

/** The largest absolute value of a vector whose norm is 0: a 16-bit integer's. */
const int16Max = 32_760;

/**
 * Scales a vector so that its norm is 1.
 * @param norm -1: as it is, 0: largest absolute value 32760, 1: taxicab, 2: Euclidean, p: p-norm
 * Source: `common_embd_normalize` in llama.cpp.
 */
export function normalize(vector: Float32Array, norm: number): Float32Array {
  if (norm < 0) return vector;
  const size = norm === 0 ? largest(vector) / int16Max : pNorm(vector, norm);
  return vector.map((x) => (size > 0 ? x / size : 0));
}

function largest(vector: Float32Array): number {
  return vector.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
}

function pNorm(vector: Float32Array, p: number): number {
  return vector.reduce((sum, x) => sum + Math.abs(x) ** p, 0) ** (1 / p);
}
