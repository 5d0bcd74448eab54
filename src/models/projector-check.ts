import { AppError } from "../core/errors.ts";
import { ggufHeader } from "./gguf-facts.ts";
import type { GgufHeader } from "./gguf-reader.ts";

/** One of each must be there. */
const senseKeys = ["vision", "audio", "gen_audio"].map((sense) => `clip.has_${sense}_encoder`);
const kindKeys = ["", "vision.", "audio.", "gen.audio."].map((of) => `clip.${of}projector_type`);

/**
 * Kinds of projectors (`clip.projector_type`) by a tensor that they compute with although llama.cpp
 * takes it as optional while it reads the file: it would follow a null pointer. Tensors that it
 * misses by itself are not here.
 * Source: `load_tensors` in tools/mtmd/clip.cpp, and the graphs in tools/mtmd/models.
 */
const kindsNeeding: Record<string, readonly string[]> = {
  "v.patch_embd.weight": [
    ...["mlp", "ldp", "ldpv2", "adapter", "resampler", "minicpmv4_6", "gemma3", "gemma4v"],
    ...["gemma4uv", "idefics3", "lfm2", "janus_pro", "phi4", "internvl", "llama4", "kimivl"],
    ...["kimik25", "paddleocr", "pixtral", "lightonocr", "dots_ocr", "dots3note_v", "glm4v"],
    ...["qwen2vl_merger", "qwen2.5vl_merger", "qwen3vl_merger", "step3vl", "cogvlm", "exaone4_5"],
    ...["mimovl", "hunyuanvl", "youtuvl", "minimax_m3", "nemotron_v2_vl", "granite4_vision"],
    ...["deepseek4v", "muse-glimmer"],
  ],
  "v.patch_embd.weight.1": [
    "minimax_m3",
    ...["qwen2vl_merger", "qwen2.5vl_merger", "qwen3vl_merger", "exaone4_5", "glm4v", "mimovl"],
  ],
  "v.position_embd.weight": [
    ...["mlp", "ldp", "ldpv2", "adapter", "resampler", "gemma3", "gemma4v", "gemma4uv", "phi4"],
    ...["idefics3", "lfm2", "janus_pro", "internvl", "llama4", "kimivl", "kimik25", "paddleocr"],
    ...["minicpmv4_6", "qwen3vl_merger", "step3vl", "cogvlm", "nemotron_v2_vl"],
    ...["granite4_vision", "muse-glimmer"],
  ],
  "a.position_embd.weight": [
    ...["ultravox", "voxtral", "qwen2a", "qwen3a", "glma", "meralion", "musicflamingo"],
  ],
  "mm.0.weight": ["mlp"],
  "mm.0.bias": ["mlp"],
};

/** Of LLaVA's projectors, those with norms between their layers are told by this one. */
const normedSign = "mm.3.weight";
const neededWithNorms = ["mm.1", "mm.3", "mm.4"].flatMap((part) => [
  `${part}.weight`,
  `${part}.bias`,
]);

/** Parts of a layer that all layers have, or none. What else there may be, only some have. */
const layerPart = /^([va]\.blk)\.(\d+)\.((?:attn_(?:qkv|q|k|v|out)|ln1|ln2)\.(?:weight|bias))$/;
/** So are these, but for layers that have experts in their place. */
const feedForwardPart = /^([va]\.blk)\.(\d+)\.(ffn_(?:up|gate|down)\.(?:weight|bias))$/;

/**
 * Looks for what llama.cpp would die of without a word, or not notice: a file that was cut, and
 * what is not there. Reads the header, which is small: a projector has no vocabulary.
 * @throws AppError model_load_failed, naming the file and what is wrong with it
 */
export function checkProjector(path: string): void {
  const header = ggufHeader(path, 0);
  const isWithout = (keys: readonly string[]) => !keys.some((key) => header.metadata.has(key));
  const missing = [
    ...[senseKeys, kindKeys].filter(isWithout).map(([key]) => `key ${key}`),
    ...missingTensors(header).map((name) => `tensor ${name}`),
  ];
  const [first, ...others] = missing;
  if (first === undefined) return;
  const more = others.length > 0 ? `, and ${others.length} more` : "";
  throw new AppError("model_load_failed", `${path}: ${first} is missing${more}`);
}

/** Tensors that must be there, by what the projector is and by what else is there. */
export function missingTensors({ metadata, tensors }: GgufHeader): string[] {
  const names = new Set(tensors.map(({ name }) => name));
  const kinds = kindKeys.map((key) => metadata.get(key)).filter((kind) => typeof kind === "string");
  const needed = [
    ...Object.entries(kindsNeeding).flatMap(([name, needing]) =>
      needing.some((kind) => kinds.includes(kind)) ? [name] : [],
    ),
    ...(kinds.includes("mlp") ? neededByLlava(names) : []),
    ...neededByLayers(names),
    ...[...names].map((name) => name.replace(/\.bias$/, ".weight")),
  ];
  return [...new Set(needed)].filter((name) => !names.has(name));
}

function neededByLlava(names: ReadonlySet<string>): readonly string[] {
  if (names.has(normedSign)) return neededWithNorms;
  return names.has("mm.2.weight") ? ["mm.2.bias"] : [];
}

/** What at least half of the layers have; and queries, keys and values, if not in one. */
function neededByLayers(names: ReadonlySet<string>): string[] {
  return [...stacksOf(names)].flatMap(([stack, layers]) => {
    const nHaving = new Map<string, number>();
    for (const part of [...layers.values()].flat()) {
      nHaving.set(part, (nHaving.get(part) ?? 0) + 1);
    }
    const common = [...nHaving].filter(([, n]) => n * 2 >= layers.size).map(([part]) => part);
    const attention = common.includes("attn_qkv.weight") ? [] : separateAttention;
    return [...layers.keys()].flatMap((layer) => {
      const hasExperts = names.has(`${stack}.${layer}.ffn_gate_exps.weight`);
      return [...common, ...attention]
        .filter((part) => !hasExperts || !part.startsWith("ffn_"))
        .map((part) => `${stack}.${layer}.${part}`);
    });
  });
}

const separateAttention = ["attn_q.weight", "attn_k.weight", "attn_v.weight"];

/** The parts of each layer, by its number, of the stacks "v.blk" and "a.blk". */
function stacksOf(names: ReadonlySet<string>): Map<string, Map<string, string[]>> {
  const stacks = new Map<string, Map<string, string[]>>();
  for (const name of names) {
    const [, stack, layer, part] = layerPart.exec(name) ?? feedForwardPart.exec(name) ?? [];
    if (stack === undefined || layer === undefined || part === undefined) continue;
    const layers = stacks.get(stack) ?? new Map<string, string[]>();
    layers.set(layer, [...(layers.get(layer) ?? []), part]);
    stacks.set(stack, layers);
  }
  return stacks;
}
