import type { GgufMetadata, GgufValue } from "./format.ts";
import { onesTensor, type RandomFill, randomBlockTensor, randomF32Tensor } from "./random-data.ts";
import type { TensorSource } from "./write.ts";

/** A vision transformer of CLIP's family, and two layers that make its output a model's input. */
export interface ProjectorShape {
  /** Width and height of what it sees, pixels. Every picture is resized to that. */
  readonly imageSize: number;
  /** Width and height of what becomes one token. */
  readonly patchSize: number;
  readonly nLayer: number;
  readonly nEmbd: number;
  readonly nHead: number;
  readonly nFf: number;
  /** Width of the model's embeddings. */
  readonly nOut: number;
}

/** Metadata of a random projector. */
export function projectorMetadata(shape: ProjectorShape, name: string): GgufMetadata {
  const uint32 = (value: number): GgufValue => ({ type: "uint32", value });
  const halves: GgufValue = { type: "array", itemType: "float32", value: [0.5, 0.5, 0.5] };
  return new Map<string, GgufValue>([
    ["general.architecture", { type: "string", value: "clip" }],
    ["general.name", { type: "string", value: name }],
    ["clip.has_vision_encoder", { type: "bool", value: true }],
    ["clip.projector_type", { type: "string", value: "mlp" }],
    ["clip.vision.image_size", uint32(shape.imageSize)],
    ["clip.vision.patch_size", uint32(shape.patchSize)],
    ["clip.vision.embedding_length", uint32(shape.nEmbd)],
    ["clip.vision.feed_forward_length", uint32(shape.nFf)],
    ["clip.vision.block_count", uint32(shape.nLayer)],
    ["clip.vision.projection_dim", uint32(shape.nOut)],
    ["clip.vision.attention.head_count", uint32(shape.nHead)],
    ["clip.vision.attention.layer_norm_epsilon", { type: "float32", value: 1e-5 }],
    ["clip.vision.image_mean", halves],
    ["clip.vision.image_std", halves],
    // Its last layer's output is what the model sees.
    ["clip.vision.feature_layer", { type: "array", itemType: "int32", value: [shape.nLayer] }],
    ["clip.use_gelu", { type: "bool", value: true }],
  ]);
}

/** All tensors of the projector, matrices as Q8_0, weights of the deviation 1 / √(row length). */
export function projectorTensors(shape: ProjectorShape, fill: RandomFill): TensorSource[] {
  const { imageSize, patchSize, nEmbd, nFf, nOut } = shape;
  const nPatches = (imageSize / patchSize) ** 2;
  const vector = (name: string, ...lengths: number[]) =>
    randomF32Tensor(name, lengths, 1 / Math.sqrt(nEmbd), fill);
  const linear = (name: string, nIn: number, nRows: number) => {
    const tensor = { name: `${name}.weight`, type: "Q8_0", shape: [nIn, nRows] } as const;
    return [randomBlockTensor(tensor, 1 / Math.sqrt(nIn), fill), vector(`${name}.bias`, nRows)];
  };
  const norm = (name: string) => [
    onesTensor(`${name}.weight`, [nEmbd]),
    vector(`${name}.bias`, nEmbd),
  ];
  const layers = Array.from({ length: shape.nLayer }, (_, i) => `v.blk.${i}`).flatMap((block) => [
    ...["attn_q", "attn_k", "attn_v", "attn_out"].flatMap((part) =>
      linear(`${block}.${part}`, nEmbd, nEmbd),
    ),
    ...linear(`${block}.ffn_up`, nEmbd, nFf),
    ...linear(`${block}.ffn_down`, nFf, nEmbd),
    ...norm(`${block}.ln1`),
    ...norm(`${block}.ln2`),
  ]);
  return [
    vector("v.patch_embd.weight", patchSize, patchSize, 3, nEmbd),
    vector("v.patch_embd.bias", nEmbd),
    vector("v.position_embd.weight", nEmbd, nPatches),
    ...norm("v.pre_ln"),
    ...norm("v.post_ln"),
    ...layers,
    ...linear("mm.0", nEmbd, nOut),
    ...linear("mm.2", nOut, nOut),
  ];
}
