import type { WireError } from "./protocol.ts";

/**
 * Types that a model's numbers can be written in without an importance matrix, by llama.cpp's names
 * and numbers. Source: `enum llama_ftype` in include/llama.h; tools/quantize/quantize.cpp.
 */
export const quantizationTypes = {
  F32: 0,
  F16: 1,
  BF16: 32,
  Q2_K: 10,
  Q3_K_S: 11,
  Q3_K_M: 12,
  Q3_K_L: 13,
  Q4_0: 2,
  Q4_1: 3,
  Q4_K_S: 14,
  Q4_K_M: 15,
  Q5_0: 8,
  Q5_1: 9,
  Q5_K_S: 16,
  Q5_K_M: 17,
  Q6_K: 18,
  Q8_0: 7,
  IQ3_S: 26,
  IQ3_M: 27,
  IQ4_NL: 25,
  IQ4_XS: 30,
  TQ1_0: 36,
  TQ2_0: 37,
  MXFP4_MOE: 38,
} as const;
export type QuantizationType = keyof typeof quantizationTypes;

/** Other names: llama.cpp's, of Q3_K_M and its like. */
const aliases: Readonly<Record<string, QuantizationType>> = {
  Q3_K: "Q3_K_M",
  Q4_K: "Q4_K_M",
  Q5_K: "Q5_K_M",
};

/** The type that is called so, in any case; null: there is none. */
export function quantizationType(name: string): QuantizationType | null {
  const upper = name.toUpperCase();
  if (Object.hasOwn(quantizationTypes, upper)) return upper as QuantizationType;
  return aliases[upper] ?? null;
}

/** What a process that writes a model anew is told to do. */
export interface QuantizationJob {
  /** GGUF file; of a split model the first, under the name that says so. */
  source: string;
  /** What is written, in one file; null: only whether llama.cpp knows the model is found out. */
  target: string | null;
  /** Absent: every tensor stays as it is. */
  type?: QuantizationType | undefined;
}

/**
 * Has a process of its own write a model anew, or find out whether llama.cpp knows it.
 * @throws AppError invalid_request, in llama.cpp's words; internal when nothing can be written
 */
export type Quantize = (
  job: QuantizationJob,
  onProgress: (fraction: number) => void,
  signal: AbortSignal,
) => Promise<void>;

/** From that process: its last message is `done` or `failed`. */
export type FromQuantizer =
  /** Tensors done, and all of them. */
  | { type: "progress"; nDone: number; nTensors: number }
  | { type: "done" }
  | { type: "failed"; error: WireError };
