import { tensorSizeBytes, tensorTypes } from "./format.ts";
import type { TensorSource } from "./write.ts";

/** Bytes made at a time: small enough to stay in cache, a multiple of 4 for whole random words. */
const chunkBytesMax = 1 << 20;

/** Fills `words` with uniform random bits. */
export type RandomFill = (words: Uint32Array) => void;

/**
 * Chris Doty-Humphrey's sfc32: 128 bits of state, passes PractRand, and one word costs a few
 * additions, so that 400 MB of weights take about a second.
 */
export function randomFill(seed: number): RandomFill {
  let [a, b, c, counter] = [0, seed | 0, (seed / 2 ** 32) | 0, 1];
  const fill: RandomFill = (words) => {
    for (let i = 0; i < words.length; i++) {
      const word = (a + b + counter) | 0;
      counter = (counter + 1) | 0;
      a = b ^ (b >>> 9);
      b = (c + (c << 3)) | 0;
      c = (((c << 21) | (c >>> 11)) + word) | 0;
      words[i] = word;
    }
  };
  fill(new Uint32Array(16)); // neighbouring seeds have diverged after a dozen rounds
  return fill;
}

/** A tensor of ones: what a norm's weight is before training. */
export function onesTensor(name: string, shape: readonly number[]): TensorSource {
  const tensor = { name, type: "F32", shape } as const;
  const nValues = tensorSizeBytes(tensor) / Float32Array.BYTES_PER_ELEMENT;
  return {
    ...tensor,
    *chunks() {
      yield new Uint8Array(new Float32Array(nValues).fill(1).buffer);
    },
  };
}

/** An F32 tensor of uniform values with this standard deviation around 0. */
export function randomF32Tensor(
  name: string,
  shape: readonly number[],
  deviation: number,
  fill: RandomFill,
): TensorSource {
  const tensor = { name, type: "F32", shape } as const;
  const nValues = tensorSizeBytes(tensor) / Float32Array.BYTES_PER_ELEMENT;
  return {
    ...tensor,
    *chunks() {
      const words = new Uint32Array(nValues);
      fill(words);
      // A uniform distribution of width 1 has the standard deviation 1 / √12.
      const width = deviation * Math.sqrt(12);
      const values = Float32Array.from(words, (word) => (word / 2 ** 32 - 0.5) * width);
      yield new Uint8Array(values.buffer);
    },
  };
}

/** Block types that we know how to fill with random quants. */
export type RandomBlockType = "Q5_0" | "Q8_0" | "Q4_K" | "Q6_K";

/** Scale bytes of one block: where they lie, and what they are for weights of this deviation. */
interface BlockScales {
  readonly offset: number;
  bytes(deviation: number): Uint8Array;
}

/** Deviation of the uniform integers 0 … n-1: random bits as a quant of n levels. */
const uniformDeviation = (nLevels: number) => Math.sqrt((nLevels ** 2 - 1) / 12);

/** Little-endian half-precision floats. */
function float16(...values: number[]): Uint8Array {
  return new Uint8Array(new Float16Array(values).buffer);
}

/**
 * All other bytes of a block are quants, which may be any bits at all.
 * Source: `block_q5_0` and its neighbours in ggml/src/ggml-common.h, `dequantize_row_*` in
 * ggml/src/ggml-quants.c.
 */
const blockScales: Readonly<Record<RandomBlockType, BlockScales>> = {
  // weight = d × (quant - 16)
  Q5_0: { offset: 0, bytes: (deviation) => float16(deviation / uniformDeviation(32)) },
  // weight = d × quant
  Q8_0: { offset: 0, bytes: (deviation) => float16(deviation / uniformDeviation(256)) },
  // weight = d × scale × quant - dmin × min; the 12 bytes after d and dmin pack eight scales and
  // eight mins of 6 bits each, and these make all sixteen of them 32
  Q4_K: {
    offset: 0,
    bytes(deviation) {
      const d = deviation / uniformDeviation(16) / 32;
      const packed = [160, 160, 160, 160, 160, 160, 160, 160, 0, 0, 0, 0];
      return new Uint8Array([...float16(d, d * 7.5), ...packed]);
    },
  },
  // weight = d × scale × (quant - 32); sixteen signed scales of 8 bits lie before d
  Q6_K: {
    offset: 192,
    bytes(deviation) {
      const scale = 8;
      const d = deviation / uniformDeviation(64) / scale;
      return new Uint8Array([...new Array(16).fill(scale), ...float16(d)]);
    },
  },
};

/**
 * A quantized tensor whose quants are random bits and whose scales give the weights this standard
 * deviation. Data is drawn from `fill` when the tensor is written, so the order of writing counts.
 */
export function randomBlockTensor(
  tensor: { name: string; type: RandomBlockType; shape: readonly number[] },
  deviation: number,
  fill: RandomFill,
): TensorSource {
  const { blockBytes } = tensorTypes[tensor.type];
  const { offset, bytes } = blockScales[tensor.type];
  // Quants reach one step further down than up. Were all scales positive, every matrix would share
  // a direction, and 24 layers of that turn any prompt into one token, repeated.
  const signed = [bytes(deviation), bytes(-deviation)] as const;
  const sizeBytes = tensorSizeBytes(tensor);
  // Whole blocks, an even number of them: block sizes are even, so the chunk is whole words.
  const chunkBytes = Math.floor(chunkBytesMax / (2 * blockBytes)) * 2 * blockBytes;
  return {
    ...tensor,
    *chunks() {
      const words = new Uint32Array(chunkBytes / Uint32Array.BYTES_PER_ELEMENT);
      const chunk = new Uint8Array(words.buffer);
      for (let start = 0; start < sizeBytes; start += chunkBytes) {
        const nBytes = Math.min(chunkBytes, sizeBytes - start);
        fill(words.subarray(0, Math.ceil(nBytes / Uint32Array.BYTES_PER_ELEMENT)));
        for (let block = 0; block < nBytes; block += blockBytes) {
          const sign = (chunk[block + offset] ?? 0) & 1;
          chunk.set(sign === 0 ? signed[0] : signed[1], block + offset);
        }
        yield chunk.subarray(0, nBytes);
      }
    },
  };
}
