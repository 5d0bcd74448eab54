import type { ModelInfo } from "../core/generate.ts";
import type { LoadOptions } from "../core/load.ts";
import { mergeLoad } from "../models/load-options.ts";
import type { Wish } from "./lease.ts";

/** What llama.cpp does where nobody says otherwise. */
const defaults: LoadOptions = {
  contextShift: false,
  model: { n_gpu_layers: -1, main_gpu: 0, load_mode: "mmap" },
  context: { flash_attn: "auto", type_k: "f16", type_v: "f16" },
};

/** How an engine came to be what it is. */
export interface LoadedAs {
  /** All options that it was given. */
  asked: LoadOptions;
  /** Of these, what requests wanted. */
  wished: LoadOptions;
  info: ModelInfo;
}

/**
 * Whether an engine is what the wish names. What the wish does not name may be anything: a request
 * without wishes takes what is there, so that two clients do not load a model in turns.
 */
export function suits({ nCtx = 0, load = {} }: Wish, { asked, wished, info }: LoadedAs): boolean {
  const { nBatch, nUbatch, nParallel } = info;
  const found = mergeLoad(defaults, asked, { nBatch, nUbatch, nParallel });
  const named = info.memory.gpus ? load : withoutGpus(load);
  return nCtx <= nCtxMaxOf(info, wished) && isAsWished(named, asked, found);
}

/**
 * Most tokens that a request may want of a sequence without need for another engine: a model is not
 * loaded for more than it was trained for, nor twice for the same wish.
 */
function nCtxMaxOf(
  { nCtxSeq, nCtxTrain }: Pick<ModelInfo, "nCtxSeq" | "nCtxTrain">,
  wished: LoadOptions,
): number {
  if (nCtxSeq >= nCtxTrain) return Number.POSITIVE_INFINITY;
  return Math.max(nCtxSeq, wished.nCtxSeqMin ?? 0);
}

/** `wished`, with one more wish; where they contradict each other, the first stands. */
export function widened(wished: LoadOptions, { nCtx = 0, load }: Wish): LoadOptions {
  const nCtxSeqMin = Math.max(nCtx, wished.nCtxSeqMin ?? 0);
  return mergeLoad(load, wished, nCtxSeqMin > 0 ? { nCtxSeqMin } : {});
}

/** `wished` has nothing that the wish does not name: whatever comes of it, is its own doing. */
export function isOwn(wished: LoadOptions, { nCtx = 0, load = {} }: Wish): boolean {
  const { nCtxSeqMin = 0, ...others } = wished;
  return nCtxSeqMin <= nCtx && isAsWished(others, load, {});
}

/** Where there is no GPU, options about GPUs change nothing. */
function withoutGpus({ model = {}, ...load }: LoadOptions): LoadOptions {
  const { n_gpu_layers: _layers, main_gpu: _gpu, split_mode: _mode, ...others } = model;
  return { ...load, model: others };
}

/** Everything in `wanted` is so in `asked`, or has come to be so. */
function isAsWished(wanted: object, asked: object, found: object): boolean {
  return Object.entries(wanted).every(([key, value]) => {
    if (value === undefined) return true;
    const [one, other] = [asked, found].map((options) => Reflect.get(options, key));
    if (isGroup(value)) return isAsWished(value, groupOf(one), groupOf(other));
    return Bun.deepEquals(value, one) || Bun.deepEquals(value, other);
  });
}

const isGroup = (value: unknown): value is object =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const groupOf = (value: unknown): object => (isGroup(value) ? value : {});
