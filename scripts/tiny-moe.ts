/**
 * Makes a small GGUF file of a mixture of experts, as Qwen2-MoE is one: a router, the experts among
 * which it chooses, and one that all tokens share. Random weights, with the vocabulary of another
 * model. The same arguments give the same bytes.
 */
import { nVocabOf } from "./gguf/decoder.ts";
import type { GgufMetadata, GgufValue } from "./gguf/format.ts";
import { onesTensor, type RandomFill, randomF32Tensor, randomFill } from "./gguf/random-data.ts";
import { readGguf } from "./gguf/read.ts";
import { type TensorSource, writeGguf } from "./gguf/write.ts";

export interface TinyMoe {
  /** A model whose vocabulary it takes. */
  readonly vocabularyOf: string;
  readonly seed?: number;
}

/** What `writeTinyMoe` makes: for expectations in tests. */
export const tinyMoeShape = {
  ...{ nEmbd: 32, nLayer: 2, nHead: 2, nCtx: 1024 },
  ...{ nExpert: 8, nExpertUsed: 2, nFfExpert: 32, nFfShared: 64 },
} as const;

const arch = "qwen2moe";

export function writeTinyMoe(path: string, { vocabularyOf, seed = 1 }: TinyMoe): void {
  const { nEmbd, nLayer } = tinyMoeShape;
  const { metadata: base } = readGguf(vocabularyOf);
  const vocabulary = [...base].filter(([key]) => key.startsWith("tokenizer."));
  const metadata: GgufMetadata = new Map([...hyperparameters(), ...vocabulary]);
  const nVocab = nVocabOf(base);
  const fill = randomFill(seed);
  writeGguf(path, metadata, [
    randomF32Tensor("token_embd.weight", [nEmbd, nVocab], 1, fill),
    onesTensor("output_norm.weight", [nEmbd]),
    // So large that one token is much likelier than the others.
    randomF32Tensor("output.weight", [nEmbd, nVocab], 2, fill),
    ...Array.from({ length: nLayer }, (_, i) => layerTensors(`blk.${i}`, fill)).flat(),
  ]);
}

function hyperparameters(): [string, GgufValue][] {
  const uint32 = (value: number): GgufValue => ({ type: "uint32", value });
  const shape = tinyMoeShape;
  const keys: Record<string, GgufValue> = {
    context_length: uint32(shape.nCtx),
    embedding_length: uint32(shape.nEmbd),
    block_count: uint32(shape.nLayer),
    feed_forward_length: uint32(shape.nFfShared),
    expert_count: uint32(shape.nExpert),
    expert_used_count: uint32(shape.nExpertUsed),
    expert_feed_forward_length: uint32(shape.nFfExpert),
    expert_shared_feed_forward_length: uint32(shape.nFfShared),
    "attention.head_count": uint32(shape.nHead),
    "attention.layer_norm_rms_epsilon": { type: "float32", value: 1e-6 },
  };
  return [
    ["general.architecture", { type: "string", value: arch }],
    ["general.name", { type: "string", value: "tiny mixture of experts" }],
    ...Object.entries(keys).map(([key, value]): [string, GgufValue] => [`${arch}.${key}`, value]),
  ];
}

/** @param block such as `blk.0` */
function layerTensors(block: string, fill: RandomFill): TensorSource[] {
  const { nEmbd, nExpert, nFfExpert, nFfShared } = tinyMoeShape;
  const random = (name: string, ...shape: number[]) =>
    randomF32Tensor(`${block}.${name}.weight`, shape, 1 / Math.sqrt(shape[0] ?? 1), fill);
  const norm = (name: string) => onesTensor(`${block}.${name}.weight`, [nEmbd]);
  /** @param nCopies the number of experts in one tensor, or nothing */
  const ffn = (end: string, nFf: number, ...nCopies: number[]) => [
    random(`ffn_gate_${end}`, nEmbd, nFf, ...nCopies),
    random(`ffn_up_${end}`, nEmbd, nFf, ...nCopies),
    random(`ffn_down_${end}`, nFf, nEmbd, ...nCopies),
  ];
  return [
    norm("attn_norm"),
    ...["q", "k", "v", "output"].map((part) => random(`attn_${part}`, nEmbd, nEmbd)),
    norm("ffn_norm"),
    random("ffn_gate_inp", nEmbd, nExpert),
    ...ffn("exps", nFfExpert, nExpert),
    random("ffn_gate_inp_shexp", nEmbd),
    ...ffn("shexp", nFfShared),
  ];
}
