import { type GgufMetadata, type GgufValue, tensorTypes } from "./format.ts";
import {
  onesTensor,
  type RandomBlockType,
  type RandomFill,
  randomBlockTensor,
  randomF32Tensor,
} from "./random-data.ts";
import { successorTensors } from "./successor.ts";
import type { TensorSource } from "./write.ts";

/** A decoder of llama's family: RMS norms, rotary positions, gated FFN, tied embeddings. */
export interface DecoderShape {
  /** What llama.cpp calls the architecture; qwen2 adds biases to q, k and v. */
  readonly arch: "llama" | "qwen2";
  readonly nLayer: number;
  readonly nEmbd: number;
  readonly nHead: number;
  readonly nHeadKv: number;
  readonly nFf: number;
  readonly nCtx: number;
  readonly ropeFreqBase: number;
  readonly rmsEps: number;
  /** Gives each token a fixed next one: see successor.ts. */
  readonly successor?: true;
}

/** `LLAMA_FTYPE_MOSTLY_Q4_K_M` in include/llama.h. */
const fileTypeQ4KM = 15;

/** For vocabularies that bring no chat template: the one that most small models use. */
const chatMlTemplate =
  "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\\n' + " +
  "message['content'] + '<|im_end|>' + '\\n' }}{% endfor %}" +
  "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}";

/** Metadata of a random model: the shape's numbers, and the tokenizer of `vocabulary`. */
export function decoderMetadata(
  shape: DecoderShape,
  name: string,
  vocabulary: GgufMetadata,
): GgufMetadata {
  const { arch } = shape;
  const uint32 = (value: number): GgufValue => ({ type: "uint32", value });
  const float32 = (value: number): GgufValue => ({ type: "float32", value });
  const string = (value: string): GgufValue => ({ type: "string", value });
  const metadata = new Map<string, GgufValue>([
    ["general.architecture", string(arch)],
    ["general.name", string(name)],
    ["general.description", string("random weights: right for speed, wrong for meaning")],
    ["general.file_type", uint32(fileTypeQ4KM)],
    ["general.quantization_version", uint32(2)],
    [`${arch}.block_count`, uint32(shape.nLayer)],
    [`${arch}.context_length`, uint32(shape.nCtx)],
    [`${arch}.embedding_length`, uint32(shape.nEmbd)],
    [`${arch}.feed_forward_length`, uint32(shape.nFf)],
    [`${arch}.attention.head_count`, uint32(shape.nHead)],
    [`${arch}.attention.head_count_kv`, uint32(shape.nHeadKv)],
    [`${arch}.rope.freq_base`, float32(shape.ropeFreqBase)],
    [`${arch}.attention.layer_norm_rms_epsilon`, float32(shape.rmsEps)],
  ]);
  for (const [key, value] of vocabulary) {
    if (key.startsWith("tokenizer.")) metadata.set(key, value);
  }
  if (!metadata.has("tokenizer.chat_template")) {
    metadata.set("tokenizer.chat_template", string(chatMlTemplate));
  }
  return metadata;
}

/** Length of the vocabulary, which is the number of rows of the embedding matrix. */
export function nVocabOf(vocabulary: GgufMetadata): number {
  const tokens = vocabulary.get("tokenizer.ggml.tokens");
  if (tokens?.type !== "array") throw new Error("the vocabulary file has no tokens");
  return tokens.value.length;
}

/**
 * All tensors of the model, with the types that `llama-quantize … Q4_K_M` would choose. There is no
 * output.weight: libllama then computes logits with token_embd.weight, as Qwen2.5-0.5B does. With a
 * `cycle` (see `successorCycle`) there is one, of the same size, and greedy text follows the cycle.
 *
 * A matrix's weights have the deviation 1 / √(row length), so that inputs of size 1 give outputs
 * of size 1, and ones in the norms keep it so from layer to layer (see `randomGains`).
 */
export function decoderTensors(
  shape: DecoderShape,
  nVocab: number,
  fill: RandomFill,
  cycle?: Uint32Array,
): TensorSource[] {
  const { nEmbd, nFf, nLayer } = shape;
  const gains = cycle === undefined ? randomGains : successorGains;
  const nEmbdKv = (nEmbd / shape.nHead) * shape.nHeadKv;
  const norm = (name: string) => onesTensor(`${name}.weight`, [nEmbd]);
  const bias = (name: string, length: number) =>
    randomF32Tensor(`${name}.bias`, [length], biasDeviation, fill);
  const matrix = (name: string, nIn: number, nOut: number, options: MatrixOptions = {}) => {
    const { type = "Q4_K", gain = 1 } = options;
    const tensor = { name: `${name}.weight`, type: fitting(type, nIn), shape: [nIn, nOut] };
    return randomBlockTensor(tensor, gain / Math.sqrt(nIn), fill);
  };

  const embeddings = matrix("token_embd", nEmbd, nVocab, { type: "Q6_K", gain: gains.embedding });
  const tensors = cycle === undefined ? [embeddings] : successorTensors(embeddings, cycle);
  tensors.push(norm("output_norm"));
  for (let layer = 0; layer < nLayer; layer++) {
    const block = `blk.${layer}`;
    const type = usesMoreBits(layer, nLayer) ? "Q6_K" : "Q4_K";
    tensors.push(
      norm(`${block}.attn_norm`),
      matrix(`${block}.attn_q`, nEmbd, nEmbd),
      matrix(`${block}.attn_k`, nEmbd, nEmbdKv),
      matrix(`${block}.attn_v`, nEmbd, nEmbdKv, { type }),
      matrix(`${block}.attn_output`, nEmbd, nEmbd, { gain: gains.attention }),
      norm(`${block}.ffn_norm`),
      matrix(`${block}.ffn_gate`, nEmbd, nFf),
      matrix(`${block}.ffn_up`, nEmbd, nFf),
      matrix(`${block}.ffn_down`, nFf, nEmbd, { type, gain: gains.ffn }),
    );
    if (shape.arch === "qwen2") {
      tensors.push(
        bias(`${block}.attn_q`, nEmbd),
        bias(`${block}.attn_k`, nEmbdKv),
        bias(`${block}.attn_v`, nEmbdKv),
      );
    }
  }
  return tensors;
}

/** Small beside the projections of size 1 that the biases are added to. */
const biasDeviation = 0.1;

/**
 * Random attention is an average over all positions, nearly the same at every one of them. At full
 * size it drowns the current token, greedy decoding repeats one token for ever, and a benchmark
 * measures how well a server guesses repetitions. With this, 128 greedy tokens are all different.
 */
const randomGains = { embedding: 1, attention: 0.1, ffn: 1 };

/** All layers together add a fraction to the residual stream, which stays the current token's. */
const successorGains = { embedding: 6, attention: 0.01, ffn: 0.01 };

type KType = "Q4_K" | "Q6_K";

interface MatrixOptions {
  type?: KType;
  /** Factor on the weights' deviation. */
  gain?: number;
}

/**
 * The type itself, or the one with blocks of 32 that replaces it where rows are not whole blocks
 * of 256, as all rows of length 896 are not. Source: `tensor_type_fallback` in src/llama-quant.cpp.
 */
function fitting(type: KType, rowLength: number): RandomBlockType {
  if (rowLength % tensorTypes[type].blockValues === 0) return type;
  return type === "Q4_K" ? "Q5_0" : "Q8_0";
}

/**
 * Layers whose attn_v and ffn_down Q4_K_M keeps at six bits: the first and last eighth, and every
 * third between. Source: `use_more_bits` in src/llama-quant.cpp.
 */
function usesMoreBits(layer: number, nLayer: number): boolean {
  const eighth = Math.floor(nLayer / 8);
  const lastEighth = Math.floor((7 * nLayer) / 8);
  return layer < eighth || layer >= lastEighth || (layer - eighth) % 3 === 2;
}
