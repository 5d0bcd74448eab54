/**
 * Makes small GGUF files of models whose memory cannot be cut at just any position: a recurrent
 * one, one with recurrent and attention layers, and one with a sliding window. Random weights, with
 * the vocabulary of another model. The same arguments give the same bytes.
 */
import type { GgufMetadata, GgufValue } from "./gguf/format.ts";
import { onesTensor, type RandomFill, randomF32Tensor, randomFill } from "./gguf/random-data.ts";
import { readGguf } from "./gguf/read.ts";
import { type TensorSource, writeGguf } from "./gguf/write.ts";

export interface TinyMemory {
  /** Such as Mamba; such as LFM2; such as Gemma 2. */
  readonly kind: "recurrent" | "hybrid" | "windowed";
  /** A model whose vocabulary it takes. */
  readonly vocabularyOf: string;
  readonly seed?: number;
}

/** Tokens that the windowed model's first layer looks back at. */
export const tinyWindow = 32;

const nEmbd = 32;
const nFf = 64;
const nHead = 2;
const nLayer = 2;
const nConv = 4;
const nState = 8;
const nRank = 2;

export function writeTinyMemory(path: string, { kind, vocabularyOf, seed = 1 }: TinyMemory): void {
  const base = readGguf(vocabularyOf);
  const vocabulary = [...base.metadata].filter(([key]) => key.startsWith("tokenizer."));
  const tokens = base.metadata.get("tokenizer.ggml.tokens")?.value;
  const nVocab = Array.isArray(tokens) ? tokens.length : 0;
  const { arch, keys, layers, outputNorm = "output_norm" } = kinds[kind];
  const common: Record<string, GgufValue> = {
    context_length: uint32(1024),
    embedding_length: uint32(nEmbd),
    block_count: uint32(nLayer),
    feed_forward_length: uint32(nFf),
    "attention.head_count": uint32(nHead),
    "attention.layer_norm_rms_epsilon": float32(1e-6),
  };
  const metadata: GgufMetadata = new Map<string, GgufValue>([
    ["general.architecture", { type: "string", value: arch }],
    ...Object.entries({ ...common, ...keys }).map(([key, value]): [string, GgufValue] => [
      `${arch}.${key}`,
      value,
    ]),
    ...vocabulary,
  ]);
  const fill = randomFill(seed);
  const weights = new Weights(fill);
  writeGguf(path, metadata, [
    // So large that one token is much likelier than the others.
    randomF32Tensor("token_embd.weight", [nEmbd, nVocab], 2, fill),
    weights.norm(outputNorm),
    ...layers.flatMap((layer, i) => layer(weights, `blk.${i}`)),
  ]);
}

const uint32 = (value: number): GgufValue => ({ type: "uint32", value });
const float32 = (value: number): GgufValue => ({ type: "float32", value });

class Weights {
  readonly #fill: RandomFill;

  constructor(fill: RandomFill) {
    this.#fill = fill;
  }

  matrix(name: string, nIn: number, nOut: number): TensorSource {
    return randomF32Tensor(`${name}.weight`, [nIn, nOut], 1 / Math.sqrt(nIn), this.#fill);
  }

  vector(name: string, n: number): TensorSource {
    return randomF32Tensor(name, [n], 1, this.#fill);
  }

  norm(name: string, n = nEmbd): TensorSource {
    return onesTensor(`${name}.weight`, [n]);
  }
}

type Layer = (weights: Weights, block: string) => TensorSource[];

const feedForward: Layer = (weights, block) => [
  weights.norm(`${block}.ffn_norm`),
  weights.matrix(`${block}.ffn_gate`, nEmbd, nFf),
  weights.matrix(`${block}.ffn_up`, nEmbd, nFf),
  weights.matrix(`${block}.ffn_down`, nFf, nEmbd),
];

const attention: Layer = (weights, block) => [
  weights.norm(`${block}.attn_norm`),
  ...["q", "k", "v", "output"].map((part) => weights.matrix(`${block}.attn_${part}`, nEmbd, nEmbd)),
];

const mamba: Layer = (weights, block) => {
  const nInner = 2 * nEmbd;
  return [
    weights.norm(`${block}.attn_norm`),
    weights.matrix(`${block}.ssm_in`, nEmbd, 2 * nInner),
    weights.matrix(`${block}.ssm_conv1d`, nConv, nInner),
    weights.vector(`${block}.ssm_conv1d.bias`, nInner),
    weights.matrix(`${block}.ssm_x`, nInner, nRank + 2 * nState),
    weights.matrix(`${block}.ssm_dt`, nRank, nInner),
    weights.vector(`${block}.ssm_dt.bias`, nInner),
    constantTensor(`${block}.ssm_a`, [nState, nInner], -0.1),
    weights.vector(`${block}.ssm_d`, nInner),
    weights.matrix(`${block}.ssm_out`, nInner, nEmbd),
  ];
};

const convolution: Layer = (weights, block) => [
  weights.norm(`${block}.attn_norm`),
  weights.matrix(`${block}.shortconv.conv`, nConv, nEmbd),
  weights.matrix(`${block}.shortconv.in_proj`, nEmbd, 3 * nEmbd),
  weights.matrix(`${block}.shortconv.out_proj`, nEmbd, nEmbd),
  ...feedForward(weights, block),
];

const normedAttention: Layer = (weights, block) => [
  ...attention(weights, block),
  weights.norm(`${block}.attn_q_norm`, nEmbd / nHead),
  weights.norm(`${block}.attn_k_norm`, nEmbd / nHead),
  ...feedForward(weights, block),
];

const gemma: Layer = (weights, block) => [
  ...attention(weights, block),
  weights.norm(`${block}.post_attention_norm`),
  weights.norm(`${block}.post_ffw_norm`),
  ...feedForward(weights, block),
];

interface Kind {
  arch: string;
  keys: Record<string, GgufValue>;
  layers: Layer[];
  outputNorm?: string;
}

const kinds: Record<TinyMemory["kind"], Kind> = {
  recurrent: {
    arch: "mamba",
    keys: {
      "ssm.conv_kernel": uint32(nConv),
      "ssm.inner_size": uint32(2 * nEmbd),
      "ssm.state_size": uint32(nState),
      "ssm.time_step_rank": uint32(nRank),
      "attention.head_count": uint32(0),
      feed_forward_length: uint32(0),
    },
    layers: [mamba, mamba],
  },
  hybrid: {
    arch: "lfm2",
    keys: {
      "shortconv.l_cache": uint32(nConv),
      "attention.head_count_kv": { type: "array", itemType: "int32", value: [0, nHead] },
    },
    layers: [convolution, normedAttention],
    outputNorm: "token_embd_norm",
  },
  windowed: {
    arch: "gemma2",
    keys: {
      "attention.sliding_window": uint32(tinyWindow),
      "attention.key_length": uint32(nEmbd / nHead),
      "attention.value_length": uint32(nEmbd / nHead),
    },
    layers: [gemma, gemma],
  },
};

function constantTensor(name: string, shape: readonly number[], value: number): TensorSource {
  const ones = onesTensor(name, shape);
  return {
    ...ones,
    *chunks() {
      for (const chunk of ones.chunks()) {
        yield new Uint8Array(new Float32Array(chunk.length / 4).fill(value).buffer);
      }
    },
  };
}
