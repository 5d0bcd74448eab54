/**
 * The words of the GGUF file format: metadata values and tensor types.
 * Source: ggml/include/gguf.h, `enum ggml_type` in ggml/include/ggml.h, ggml/src/ggml-common.h.
 */

export const ggufMagic = "GGUF";
export const ggufVersion = 3;

/** Tensors start at multiples of this many bytes; what ggml assumes without `general.alignment`. */
export const ggufAlignment = 32;

/** Numbers on disk of the metadata value types (`enum gguf_type`). */
export const ggufTypeIds = {
  uint8: 0,
  int8: 1,
  uint16: 2,
  int16: 3,
  uint32: 4,
  int32: 5,
  float32: 6,
  bool: 7,
  string: 8,
  array: 9,
  uint64: 10,
  int64: 11,
  float64: 12,
} as const;

export type GgufNumberType =
  | "uint8"
  | "int8"
  | "uint16"
  | "int16"
  | "uint32"
  | "int32"
  | "float32"
  | "float64";

/** Bytes of one number on disk. */
export const numberBytes: Readonly<Record<GgufNumberType, number>> = {
  uint8: 1,
  int8: 1,
  uint16: 2,
  int16: 2,
  uint32: 4,
  int32: 4,
  float32: 4,
  float64: 8,
};

/** A metadata value that is not an array. Its type is kept, so that a copy equals the original. */
export type GgufScalar =
  | { type: GgufNumberType; value: number }
  | { type: "uint64" | "int64"; value: bigint }
  | { type: "bool"; value: boolean }
  | { type: "string"; value: string };

/** An array holds one scalar type; ggml does not read arrays of arrays, so neither do we. */
export type GgufArray =
  | { type: "array"; itemType: GgufNumberType; value: readonly number[] }
  | { type: "array"; itemType: "uint64" | "int64"; value: readonly bigint[] }
  | { type: "array"; itemType: "bool"; value: readonly boolean[] }
  | { type: "array"; itemType: "string"; value: readonly string[] };

export type GgufValue = GgufScalar | GgufArray;

/** Metadata in file order. */
export type GgufMetadata = ReadonlyMap<string, GgufValue>;

export interface TensorTypeInfo {
  /** Number on disk (`enum ggml_type`). */
  readonly id: number;
  /** Values that share one block; a row's length must be a multiple of it. */
  readonly blockValues: number;
  readonly blockBytes: number;
}

/** Tensor types that our scripts meet. */
export const tensorTypes = {
  F32: { id: 0, blockValues: 1, blockBytes: 4 },
  F16: { id: 1, blockValues: 1, blockBytes: 2 },
  Q4_0: { id: 2, blockValues: 32, blockBytes: 18 },
  Q4_1: { id: 3, blockValues: 32, blockBytes: 20 },
  Q5_0: { id: 6, blockValues: 32, blockBytes: 22 },
  Q5_1: { id: 7, blockValues: 32, blockBytes: 24 },
  Q8_0: { id: 8, blockValues: 32, blockBytes: 34 },
  Q2_K: { id: 10, blockValues: 256, blockBytes: 84 },
  Q3_K: { id: 11, blockValues: 256, blockBytes: 110 },
  Q4_K: { id: 12, blockValues: 256, blockBytes: 144 },
  Q5_K: { id: 13, blockValues: 256, blockBytes: 176 },
  Q6_K: { id: 14, blockValues: 256, blockBytes: 210 },
  BF16: { id: 30, blockValues: 1, blockBytes: 2 },
} as const satisfies Record<string, TensorTypeInfo>;

export type TensorType = keyof typeof tensorTypes;

/** What a tensor is, without its data. `shape[0]` is the length of a row, as in ggml's `ne`. */
export interface TensorShape {
  readonly name: string;
  readonly type: TensorType;
  readonly shape: readonly number[];
}

/** Bytes of a tensor's data. Throws when its rows are not whole blocks. */
export function tensorSizeBytes({ name, type, shape }: TensorShape): number {
  const { blockValues, blockBytes } = tensorTypes[type];
  const rowLength = shape[0] ?? 1;
  if (rowLength % blockValues !== 0) {
    throw new Error(`${name}: a row of ${rowLength} is not a multiple of ${type}'s ${blockValues}`);
  }
  const nValues = shape.reduce((product, length) => product * length, 1);
  return (nValues / blockValues) * blockBytes;
}

/** The next multiple of `alignment` at or after `offset`. */
export function alignUp(offset: number, alignment: number): number {
  return Math.ceil(offset / alignment) * alignment;
}
