import type { LoadOptions } from "../core/load.ts";
import { sizesFor } from "../core/sizes.ts";
import type { GgufMetadata } from "../models/gguf-metadata.ts";

/** Bytes of the machine's memory, and of its GPUs' together. */
export interface Bytes {
  host: number;
  gpu: number;
}

export const noBytes: Bytes = { host: 0, gpu: 0 };
export const allBytes: Bytes = { host: Infinity, gpu: Infinity };

export const plus = (a: Bytes, b: Bytes): Bytes => ({ host: a.host + b.host, gpu: a.gpu + b.gpu });

export const fitsIn = (bytes: Bytes, room: Bytes) =>
  bytes.host <= room.host && bytes.gpu <= room.gpu;

/** What every engine takes beside its model: the program itself, bytes. */
export const processBytes = 64 * 1024 ** 2;
/** What a step needs at least, bytes. */
const computeBytesMin = 32 * 1024 ** 2;
/** Values that a graph holds at once for each row, as a multiple of the model's width. */
const widthsPerRow = 16;

/** Bytes of a value in a KV cache, by ggml's types; f16 where nobody has said. */
const bytesPerValue: Readonly<Record<string, number>> = {
  f32: 4,
  f16: 2,
  bf16: 2,
  q8_0: 34 / 32,
  q5_1: 24 / 32,
  q5_0: 22 / 32,
  q4_1: 20 / 32,
  q4_0: 18 / 32,
  iq4_nl: 18 / 32,
};
const widthOf = (type = "f16") => bytesPerValue[type] ?? 2;

/** What decides how much memory a model takes, before anybody has loaded it. */
export interface Measured {
  /** The model with all its parts, its projector and its draft model, bytes. */
  fileBytes: number;
  /** Null: the file could not be read, or is not here yet. */
  header: GgufMetadata | null;
  load: LoadOptions;
}

/**
 * What a model will take, on the high side: what windows and shared layers spare is not in a header
 * that is read in a moment.
 * @param room what is free; its context is made to fit that, as far as nobody asks for more
 * @param hasGpu models go to GPUs as far as their options do not keep them from it
 */
export function estimate({ fileBytes, header, load }: Measured, room: Bytes, hasGpu: boolean) {
  const shape = shapeOf(header);
  const { type_k, type_v } = load.context ?? {};
  const { kWidth, vWidth, nLayers, nEmbd, nCtxTrain } = shape;
  const kvBytesPerCell = nLayers * (kWidth * widthOf(type_k) + vWidth * widthOf(type_v));
  const { nCells, nUbatch } = sizesFor(
    load,
    { nCtxTrain, kvBytesPerCell, isWhole: false },
    Math.max(0, room.host),
  );
  const compute = computeBytesMin + 4 * nUbatch * nEmbd * widthsPerRow;
  const total = fileBytes + nCells * kvBytesPerCell + compute;
  const onGpu = hasGpu ? partOnGpus(load, nLayers) : 0;
  return { host: processBytes + total * (1 - onGpu), gpu: total * onGpu };
}

/** Part of the model that its options put on GPUs: all of it, unless they say otherwise. */
function partOnGpus({ model = {} }: LoadOptions, nLayers: number): number {
  const { n_gpu_layers: n = -1, devices } = model;
  if (devices?.[0] === "none") return 0;
  return n < 0 ? 1 : Math.min(1, n / (nLayers + 1));
}

/** Widths of K and V in a layer, in values, as the header has them; 0 where it does not say. */
function shapeOf(header: GgufMetadata | null) {
  const arch = header?.get("general.architecture");
  const get = (key: string) => {
    const value = header?.get(`${arch}.${key}`);
    return typeof value === "number" ? value : undefined;
  };
  const nEmbd = get("embedding_length") ?? 0;
  const nHeads = get("attention.head_count") ?? 1;
  const nHeadsKv = get("attention.head_count_kv") ?? nHeads; // a list, layer by layer: left out
  const headWidth = nEmbd / Math.max(1, nHeads);
  return {
    nEmbd,
    nLayers: get("block_count") ?? 0,
    nCtxTrain: get("context_length") ?? 0,
    kWidth: nHeadsKv * (get("attention.key_length") ?? headWidth),
    vWidth: nHeadsKv * (get("attention.value_length") ?? headWidth),
  };
}
