/**
 * Makes a small draft model with the vocabulary of another model. It knows nothing but one text: of
 * each token the one that came after it there. So it drafts that text well, though not wholly, for
 * words that come twice in it, and every other text badly. The same arguments give the same bytes.
 */
import { type DecoderShape, decoderMetadata, decoderTensors, nVocabOf } from "./gguf/decoder.ts";
import { randomFill } from "./gguf/random-data.ts";
import { readGguf } from "./gguf/read.ts";
import { writeGguf } from "./gguf/write.ts";

export interface TinyDraft {
  /** The model for which it drafts. */
  readonly vocabularyOf: string;
  /** The text that it knows, in that model's tokens. */
  readonly text: readonly number[];
  readonly seed?: number;
}

const shape: DecoderShape = {
  ...{ arch: "llama", nLayer: 1, nEmbd: 64, nHead: 2, nHeadKv: 2, nFf: 64, nCtx: 1024 },
  ...{ ropeFreqBase: 10_000, rmsEps: 1e-6 },
};

export function writeTinyDraft(path: string, { vocabularyOf, text, seed = 1 }: TinyDraft): void {
  const { metadata } = readGguf(vocabularyOf);
  const next = Uint32Array.from(text);
  const tensors = decoderTensors(shape, nVocabOf(metadata), randomFill(seed), next);
  writeGguf(path, decoderMetadata(shape, "tiny draft", metadata), tensors);
}
