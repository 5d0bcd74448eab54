import { join, resolve } from "node:path";
import { Batch } from "../../ffi/batch.ts";
import type { Context, ContextOptions } from "../../ffi/context.ts";
import { Model } from "../../ffi/model.ts";
import { openNative } from "../../ffi/native.ts";
import { Sampler } from "../../ffi/sampler.ts";
import type { ModelOptions } from "../../src/core/load.ts";

export const assets = resolve(import.meta.dir, "../../assets");
export const tinyPath = join(assets, "tiny-text.gguf");

/** Sizes that are enough for a test, and quick to set up. */
export const tinyContext: ContextOptions = {
  n_ctx: 512,
  n_batch: 256,
  n_ubatch: 256,
  n_seq_max: 4,
  n_outputs_max: 64,
  n_threads: 1,
  kv_unified: true,
  swa_full: false,
};

/** Opens the libraries that the test runner names, and a model with them. */
export function loadModel(path = tinyPath, options: ModelOptions = {}): Model {
  openNative(process.env.HUTCH_LIBRARY_DIR ?? "", 5);
  return Model.load(path, options, () => {});
}

/** A question as the tiny model was trained to be asked. */
export const ask = (question: string) =>
  `<|im_start|>user\n${question}<|im_end|>\n<|im_start|>assistant\n`;

/** Decodes tokens from position `from` on, asking for output of the last. @returns its row */
export function decodeTokens(
  context: Context,
  tokens: ArrayLike<number>,
  { seqId = 0, from = 0 } = {},
): number {
  const batch = new Batch(Math.max(1, tokens.length));
  let row = -1;
  for (let i = 0; i < tokens.length; i++) {
    row = batch.add(tokens[i] ?? 0, from + i, seqId, i === tokens.length - 1);
  }
  if (context.decode(batch) !== "done") throw new Error("no room");
  return row;
}

/** The greedy answer's tokens to a prompt in row 0, which is emptied first. */
export function answer(
  model: Model,
  context: Context,
  prompt: string,
  { options = { temperature: 0 } as object, nMax = 40 } = {},
): number[] {
  context.removeCells(0, 0);
  using sampler = new Sampler(model, { ...options });
  const tokens = model.tokenize(prompt, true, true);
  sampler.acceptPrompt(tokens);
  let row = decodeTokens(context, tokens);
  const sampled: number[] = [];
  while (sampled.length < nMax) {
    const token = sampler.sample(context, row);
    if (model.isEog(token)) break;
    const from = tokens.length + sampled.length;
    sampled.push(token);
    row = decodeTokens(context, [token], { from });
  }
  return sampled;
}
