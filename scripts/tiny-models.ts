/**
 * Makes small GGUF files that the tests cannot do without: an encoder, a reranker, a LoRA adapter,
 * a control vector, a projector and a model that predicts several tokens. Random weights: they
 * prove that the numbers come from the right place, not that they mean anything. The same arguments
 * give the same bytes.
 */
import {
  type EncoderShape,
  encoderMetadata,
  encoderTensors,
  type Pooling,
} from "./gguf/encoder.ts";
import type { GgufMetadata, GgufValue } from "./gguf/format.ts";
import { onesTensor, type RandomFill, randomF32Tensor, randomFill } from "./gguf/random-data.ts";
import { readGguf } from "./gguf/read.ts";
import { type TensorSource, writeGguf } from "./gguf/write.ts";

export interface TinyEncoder {
  /** The file's own pooling; "rank" makes a reranker, with a head of one score. */
  readonly pooling: Pooling;
  readonly seed?: number;
}

/** What `writeTinyEncoder` makes: for expectations in tests. */
export const tinyEncoderShape = { nEmbd: 32, nLayer: 2, nHead: 2, nFf: 64, nCtx: 512 } as const;

/** Writes an encoder of BERT's family that spells its texts letter by letter. */
export function writeTinyEncoder(path: string, { pooling, seed = 1 }: TinyEncoder): void {
  const shape: EncoderShape = { arch: "bert", ...tinyEncoderShape, pooling };
  const vocabulary = letterVocabulary();
  const metadata = encoderMetadata(shape, "tiny encoder", vocabulary.metadata);
  const tensors = encoderTensors(shape, vocabulary.nTokens, "F32", randomFill(seed));
  writeGguf(path, metadata, tensors);
}

export interface TinyLora {
  /** The model that it is for. */
  readonly modelPath: string;
  /** Deviation of its two factors; at 0.3 the tiny model's answers change. */
  readonly deviation?: number;
  readonly seed?: number;
  readonly taskName?: string;
  readonly promptPrefix?: string;
  /** Makes it an "activated" one. */
  readonly invocationTokens?: readonly number[];
  /** Another architecture than the model's, to be refused. */
  readonly architecture?: string;
}

/** Rank of the adapters. */
const loraRank = 4;

/** Writes a LoRA adapter for all projections of a decoder's attention. */
export function writeTinyLora(path: string, options: TinyLora): void {
  const { modelPath, deviation = 0.3, seed = 1 } = options;
  const base = readGguf(modelPath);
  const fill = randomFill(seed);
  const matrices = base.tensors.filter(({ name }) => /\.attn_(q|k|v|output)\.weight$/.test(name));
  const tensors = matrices.flatMap(({ name, shape: [nIn = 0, nOut = 0] }) => [
    randomF32Tensor(`${name}.lora_a`, [nIn, loraRank], deviation, fill),
    randomF32Tensor(`${name}.lora_b`, [loraRank, nOut], deviation, fill),
  ]);
  const architecture = base.metadata.get("general.architecture") ?? string("llama");
  const { taskName, promptPrefix, invocationTokens } = options;
  const metadata = new Map<string, GgufValue>([
    ["general.type", string("adapter")],
    [
      "general.architecture",
      options.architecture === undefined ? architecture : string(options.architecture),
    ],
    ["adapter.type", string("lora")],
    ["adapter.lora.alpha", float32(loraRank)],
  ]);
  if (taskName !== undefined) metadata.set("adapter.lora.task_name", string(taskName));
  if (promptPrefix !== undefined) metadata.set("adapter.lora.prompt_prefix", string(promptPrefix));
  if (invocationTokens !== undefined) {
    const value = [...invocationTokens];
    metadata.set("adapter.alora.invocation_tokens", { type: "array", itemType: "uint32", value });
  }
  writeGguf(path, metadata, tensors);
}

export interface TinyControlVector {
  /** Width of the model's embeddings. */
  readonly nEmbd: number;
  /** Layers 1 … nLayer - 1 have a direction; layer 0 never has. */
  readonly nLayer: number;
  readonly deviation?: number;
  readonly seed?: number;
}

/** Writes a control vector. */
export function writeTinyControlVector(path: string, options: TinyControlVector): void {
  const { nEmbd, nLayer, deviation = 1, seed = 1 } = options;
  const fill = randomFill(seed);
  const metadata: GgufMetadata = new Map<string, GgufValue>([
    ["general.architecture", string("controlvector")],
    ["controlvector.layer_count", uint32(nLayer - 1)],
  ]);
  const directions = Array.from({ length: nLayer - 1 }, (_, i) =>
    randomF32Tensor(`direction.${i + 1}`, [nEmbd], deviation, fill),
  );
  writeGguf(path, metadata, directions);
}

/**
 * Writes a projector that encodes several pictures at once, as InternVL's does, in the sizes of the
 * projector at `modelOf`.
 */
export function writeTinyTiledProjector(path: string, modelOf: string, seed = 1): void {
  const base = readGguf(modelOf);
  const fill = randomFill(seed);
  const random = (name: string, ...shape: number[]) => randomF32Tensor(name, shape, 0.1, fill);
  const metadata = new Map(base.metadata);
  metadata.set("clip.projector_type", string("internvl"));
  metadata.set("clip.vision.projector.scale_factor", uint32(2));
  metadata.set("clip.vision.preproc_max_tiles", uint32(1));
  const shapeOf = (wanted: string) => base.tensors.find(({ name }) => name === wanted)?.shape ?? [];
  const [nEmbd = 0, nPatches = 0] = shapeOf("v.position_embd.weight");
  const [, nOut = 0] = shapeOf("mm.2.weight");
  const encoder = base.tensors
    .filter(({ name }) => name.startsWith("v.") && name !== "v.position_embd.weight")
    .map(({ name, shape }) => random(name, ...shape));
  writeGguf(path, metadata, [
    ...encoder,
    random("v.class_embd", nEmbd),
    random("v.position_embd.weight", nEmbd, nPatches + 1),
    random("mm.model.mlp.0.weight", 4 * nEmbd),
    random("mm.model.mlp.0.bias", 4 * nEmbd),
    random("mm.model.mlp.1.weight", 4 * nEmbd, nOut),
    random("mm.model.mlp.1.bias", nOut),
    random("mm.model.mlp.3.weight", nOut, nOut),
    random("mm.model.mlp.3.bias", nOut),
  ]);
}

export interface TinyForesight {
  /** A model whose vocabulary it takes. */
  readonly vocabularyOf: string;
  /** false: it is promised layers to predict several tokens with, but has none. */
  readonly isComplete?: boolean;
  readonly seed?: number;
}

/** Writes a decoder with a layer that predicts the token after the next one, as GLM 4.5 has it. */
export function writeTinyForesight(path: string, options: TinyForesight): void {
  const { vocabularyOf, isComplete = true, seed = 1 } = options;
  const base = readGguf(vocabularyOf);
  const vocabulary = [...base.metadata].filter(([key]) => key.startsWith("tokenizer."));
  const tokens = base.metadata.get("tokenizer.ggml.tokens")?.value;
  const metadata: GgufMetadata = new Map<string, GgufValue>([
    ["general.architecture", string("glm4moe")],
    ["glm4moe.context_length", uint32(512)],
    ["glm4moe.embedding_length", uint32(foresight.nEmbd)],
    ["glm4moe.block_count", uint32(2)],
    ["glm4moe.nextn_predict_layers", uint32(1)],
    ["glm4moe.feed_forward_length", uint32(foresight.nFf)],
    ["glm4moe.expert_feed_forward_length", uint32(foresight.nFf)],
    ["glm4moe.attention.head_count", uint32(2)],
    ["glm4moe.attention.layer_norm_rms_epsilon", float32(1e-6)],
    ["glm4moe.leading_dense_block_count", uint32(1)],
    ["glm4moe.expert_count", uint32(foresight.nExpert)],
    ["glm4moe.expert_used_count", uint32(1)],
    ["glm4moe.expert_shared_count", uint32(1)],
    ...vocabulary,
  ]);
  const nVocab = Array.isArray(tokens) ? tokens.length : 0;
  const tensors = foresightTensors(nVocab, randomFill(seed));
  writeGguf(
    path,
    metadata,
    isComplete ? tensors : tensors.filter(({ name }) => !/^blk\.1/.test(name)),
  );
}

const foresight = { nEmbd: 32, nFf: 64, nExpert: 2 } as const;

function foresightTensors(nVocab: number, fill: RandomFill): TensorSource[] {
  const { nEmbd, nFf, nExpert } = foresight;
  const random = (name: string, ...shape: number[]) =>
    randomF32Tensor(name, shape, 1 / Math.sqrt(shape[0] ?? 1), fill);
  const ones = (name: string) => onesTensor(`${name}.weight`, [nEmbd]);
  const ffn = (block: string, end: string, ...nCopies: number[]) => [
    random(`${block}.ffn_gate${end}.weight`, nEmbd, nFf, ...nCopies),
    random(`${block}.ffn_up${end}.weight`, nEmbd, nFf, ...nCopies),
    random(`${block}.ffn_down${end}.weight`, nFf, nEmbd, ...nCopies),
  ];
  const attention = (block: string) => [
    ones(`${block}.attn_norm`),
    ...["q", "k", "v", "output"].map((part) =>
      random(`${block}.attn_${part}.weight`, nEmbd, nEmbd),
    ),
    ones(`${block}.post_attention_norm`),
  ];
  return [
    random("token_embd.weight", nEmbd, nVocab),
    ones("output_norm"),
    ...attention("blk.0"),
    ...ffn("blk.0", ""),
    ...attention("blk.1"),
    random("blk.1.ffn_gate_inp.weight", nEmbd, nExpert),
    random("blk.1.exp_probs_b.bias", nExpert),
    ...ffn("blk.1", "_exps", nExpert),
    ...ffn("blk.1", "_shexp"),
    random("blk.1.nextn.eh_proj.weight", 2 * nEmbd, nEmbd),
    ones("blk.1.nextn.enorm"),
    ones("blk.1.nextn.hnorm"),
  ];
}

const uint32 = (value: number): GgufValue => ({ type: "uint32", value });
const float32 = (value: number): GgufValue => ({ type: "float32", value });
const string = (value: string): GgufValue => ({ type: "string", value });

/** `enum llama_token_type`. */
const tokenTypes = { normal: 1, unknown: 2, control: 3 };

/** A WordPiece vocabulary: special tokens, and each character as a word's begin and inside it. */
function letterVocabulary(): { metadata: GgufMetadata; nTokens: number } {
  const specials = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"];
  const characters = [..."abcdefghijklmnopqrstuvwxyz0123456789.,;:!?'\"-()"];
  // GGUF marks the begin of a word with U+2581, where WordPiece marks its inside with "##".
  const tokens = [...specials, ...characters.map((c) => `\u2581${c}`), ...characters];
  const types = tokens.map((token) => {
    if (token === "[UNK]") return tokenTypes.unknown;
    return specials.includes(token) ? tokenTypes.control : tokenTypes.normal;
  });
  const metadata: GgufMetadata = new Map<string, GgufValue>([
    ["tokenizer.ggml.model", string("bert")],
    ["tokenizer.ggml.pre", string("bert-bge")],
    ["tokenizer.ggml.tokens", { type: "array", itemType: "string", value: tokens }],
    ["tokenizer.ggml.token_type", { type: "array", itemType: "int32", value: types }],
    ["tokenizer.ggml.token_type_count", uint32(2)],
    ["tokenizer.ggml.padding_token_id", uint32(0)],
    ["tokenizer.ggml.unknown_token_id", uint32(1)],
    ["tokenizer.ggml.bos_token_id", uint32(2)],
    ["tokenizer.ggml.seperator_token_id", uint32(3)], // llama.cpp's spelling
    ["tokenizer.ggml.mask_token_id", uint32(4)],
  ]);
  return { metadata, nTokens: tokens.length };
}
