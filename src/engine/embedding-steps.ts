import type { Batch } from "../../ffi/batch.ts";
import type { Context } from "../../ffi/context.ts";
import type { Runner } from "./runner.ts";
import type { TokenList } from "./tokens.ts";

/** Cells [from, to) of an input, decoded into a row of the KV cache. */
export interface Stretch {
  input: TokenList;
  seqId: number;
  from: number;
  to: number;
  /** The vectors of its text tokens are computed. */
  isTelling: boolean;
  /** Where they go; null: they are not wanted. */
  vectors: Float32Array[] | null;
}

/** What steps are decoded with. */
export interface StepEquipment {
  context: Pick<Context, "decode" | "rowEmbedding" | "setEmbeddings">;
  decodeMedia: Runner["decodeMedia"];
  batch: Batch;
  /** Floats of a vector. */
  width: number;
  /** Most rows of a decode, and of one that computes vectors: those take an output each. */
  nBatch: number;
  nOutputsMax: number;
}

/** Decodes stretches of inputs for their tokens' vectors, as many rows at once as may be. */
export class EmbeddingSteps {
  readonly #equipment: StepEquipment;
  /** Where the vector of each row of the batch goes. */
  #sinks: (Float32Array[] | null)[] = [];
  #isTelling = false;
  #nDecodes = 0;

  constructor(equipment: StepEquipment) {
    this.#equipment = equipment;
    equipment.batch.clear();
  }

  /** Decodes so far, without those of pictures. */
  get nDecodes(): number {
    return this.#nDecodes;
  }

  /** Decodes a stretch, but for some rows that may wait for `flush`. */
  run({ input, seqId, from, to, isTelling, vectors }: Stretch): "done" | "no_room" {
    const { context, batch, decodeMedia, nBatch, nOutputsMax } = this.#equipment;
    const nRowsMax = isTelling ? Math.min(nBatch, nOutputsMax) : nBatch;
    for (let at = from; at < to; ) {
      const span = input.mediaAt(at);
      const isOther = isTelling !== this.#isTelling && batch.nTokens > 0;
      const mustFlush = span || isOther || batch.nTokens >= nRowsMax;
      if (mustFlush && this.flush() === "no_room") return "no_room";
      this.#isTelling = isTelling;
      if (span) {
        context.setEmbeddings(false); // its cells have no vectors to tell, and no outputs
        if (decodeMedia(span, input.positionOf(at), seqId) === "no_room") return "no_room";
        at += span.chunk.nTokens;
        continue;
      }
      batch.add(input.keys[at] ?? -1, input.positionOf(at), seqId, isTelling);
      this.#sinks.push(vectors);
      at++;
    }
    return "done";
  }

  /** Decodes what was put off. */
  flush(): "done" | "no_room" {
    const { context, batch, width } = this.#equipment;
    if (batch.nTokens === 0) return "done";
    context.setEmbeddings(this.#isTelling);
    if (context.decode(batch) === "no_room") return "no_room";
    this.#nDecodes++;
    for (const [row, sink] of this.#sinks.entries()) sink?.push(context.rowEmbedding(row, width));
    this.#sinks = [];
    batch.clear();
    return "done";
  }
}
