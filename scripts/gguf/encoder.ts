import type { GgufMetadata, GgufValue } from "./format.ts";
import { onesTensor, type RandomFill, randomBlockTensor, randomF32Tensor } from "./random-data.ts";
import type { TensorSource } from "./write.ts";

/** Pooling types by their numbers on disk (`enum llama_pooling_type`). */
const poolingIds = { none: 0, mean: 1, cls: 2, last: 3, rank: 4 };

export type Pooling = keyof typeof poolingIds;

/** An encoder of BERT's family: learned positions, norms after each part, biases everywhere. */
export interface EncoderShape {
  readonly arch: "bert";
  readonly nLayer: number;
  readonly nEmbd: number;
  readonly nHead: number;
  readonly nFf: number;
  /** Longest input, tokens: there is a learned vector for each position. */
  readonly nCtx: number;
  /** The file's own pooling; "rank" makes a reranker, with a head of one score. */
  readonly pooling: Pooling;
}

/** Metadata of a random encoder: the shape's numbers, and the tokenizer of `vocabulary`. */
export function encoderMetadata(
  shape: EncoderShape,
  name: string,
  vocabulary: GgufMetadata,
): GgufMetadata {
  const uint32 = (value: number): GgufValue => ({ type: "uint32", value });
  const metadata = new Map<string, GgufValue>([
    ["general.architecture", { type: "string", value: "bert" }],
    ["general.name", { type: "string", value: name }],
    ["bert.context_length", uint32(shape.nCtx)],
    ["bert.embedding_length", uint32(shape.nEmbd)],
    ["bert.block_count", uint32(shape.nLayer)],
    ["bert.feed_forward_length", uint32(shape.nFf)],
    ["bert.attention.head_count", uint32(shape.nHead)],
    ["bert.attention.layer_norm_epsilon", { type: "float32", value: 1e-12 }],
    ["bert.attention.causal", { type: "bool", value: false }],
    ["bert.pooling_type", uint32(poolingIds[shape.pooling])],
  ]);
  for (const [key, value] of vocabulary) {
    if (key.startsWith("tokenizer.")) metadata.set(key, value);
  }
  return metadata;
}

/**
 * All tensors of the encoder. Weights have the deviation 1 / √(row length), so that inputs of size
 * 1 give outputs of size 1.
 * @param type of the matrices that `llama-quantize` would quantize; all others are F32
 */
export function encoderTensors(
  shape: EncoderShape,
  nVocab: number,
  type: "F32" | "Q8_0",
  fill: RandomFill,
): TensorSource[] {
  const { nEmbd, nLayer, nFf, nCtx } = shape;
  const vector = (name: string, ...shape: number[]) =>
    randomF32Tensor(name, shape, deviationOf(shape), fill);
  const matrix = (name: string, ...shape: number[]) =>
    type === "F32"
      ? vector(name, ...shape)
      : randomBlockTensor({ name, type, shape }, deviationOf(shape), fill);
  const linear = (name: string, nIn: number, nOut: number) => [
    matrix(`${name}.weight`, nIn, nOut),
    vector(`${name}.bias`, nOut),
  ];
  const norm = (name: string) => [
    onesTensor(`${name}.weight`, [nEmbd]),
    vector(`${name}.bias`, nEmbd),
  ];
  const tensors = [
    matrix("token_embd.weight", nEmbd, nVocab),
    vector("token_types.weight", nEmbd, 2),
    vector("position_embd.weight", nEmbd, nCtx),
    ...norm("token_embd_norm"),
  ];
  for (let layer = 0; layer < nLayer; layer++) {
    const block = `blk.${layer}`;
    for (const part of ["attn_q", "attn_k", "attn_v", "attn_output"]) {
      tensors.push(...linear(`${block}.${part}`, nEmbd, nEmbd));
    }
    tensors.push(...norm(`${block}.attn_output_norm`));
    tensors.push(...linear(`${block}.ffn_up`, nEmbd, nFf));
    tensors.push(...linear(`${block}.ffn_down`, nFf, nEmbd));
    tensors.push(...norm(`${block}.layer_output_norm`));
  }
  if (shape.pooling === "rank") {
    tensors.push(...linear("cls", nEmbd, nEmbd), ...linear("cls.output", nEmbd, 1));
  }
  return tensors;
}

const deviationOf = ([rowLength = 1]: readonly number[]) => 1 / Math.sqrt(rowLength);
