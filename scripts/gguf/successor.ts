import type { GgufMetadata } from "./format.ts";
import { tensorSizeBytes } from "./format.ts";
import { randomFill } from "./random-data.ts";
import type { TensorSource } from "./write.ts";

/**
 * Tokens that are a word with the space before it: their texts, one after the other, are split into
 * the same tokens again. Byte-level vocabularies write the space as Ġ, SentencePiece's as ▁.
 */
const word = /^[Ġ▁][A-Za-z]+$/u;

/** Another order of the words gives other bytes: see `generatorRevision` in random-model.ts. */
const shuffleSeed = 1;

/**
 * The greedy text of a successor model of this vocabulary: after the token at index i comes the one
 * at i + 1, and after the last the first. All are words, in no meaningful order, none twice.
 */
export function successorCycle(vocabulary: GgufMetadata): Uint32Array {
  const tokens = vocabulary.get("tokenizer.ggml.tokens");
  if (tokens?.type !== "array" || tokens.itemType !== "string") {
    throw new Error("the vocabulary file has no tokens");
  }
  const cycle = Uint32Array.from(tokens.value.flatMap((text, id) => (word.test(text) ? id : [])));
  const random = new Uint32Array(cycle.length);
  randomFill(shuffleSeed)(random);
  for (let i = cycle.length - 1; i > 0; i--) {
    const j = (random[i] ?? 0) % (i + 1);
    const swapped = cycle[i] ?? 0;
    cycle[i] = cycle[j] ?? 0;
    cycle[j] = swapped;
  }
  return cycle;
}

/**
 * Embeddings, and an output matrix whose row of a token's successor is the token's embedding: where
 * the layers hardly change the residual stream, each token has its successor follow, by far. Rows
 * of tokens outside of the cycle are zeros.
 */
export function successorTensors(embeddings: TensorSource, cycle: Uint32Array): TensorSource[] {
  const rows = Buffer.concat(Array.from(embeddings.chunks(), (chunk) => Buffer.from(chunk)));
  const rowBytes = tensorSizeBytes({ ...embeddings, shape: embeddings.shape.slice(0, 1) });
  return [
    {
      ...embeddings,
      *chunks() {
        yield rows;
      },
    },
    {
      ...embeddings,
      name: "output.weight",
      *chunks() {
        const output = new Uint8Array(rows.length);
        let previous = cycle.at(-1) ?? 0;
        for (const token of cycle) {
          output.set(
            rows.subarray(previous * rowBytes, (previous + 1) * rowBytes),
            token * rowBytes,
          );
          previous = token;
        }
        yield output;
      },
    },
  ];
}
