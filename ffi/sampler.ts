import type { Context } from "./context.ts";
import { Owned, type SamplerPtr } from "./handle.ts";
import type { Model } from "./model.ts";
import { cString, lastError, native, unwrap } from "./native.ts";

/** Options of a sampler, by the shim's names: see `shim_sampler_init` in hutch-shim.h. */
export type SamplerOptions = Record<string, unknown>;

export interface TokenProbability {
  token: number;
  /** From 0 to 1. */
  prob: number;
}

/** The sampler chain of one sequence, with its grammar. */
export class Sampler implements Disposable {
  readonly #owned: Owned<SamplerPtr>;

  /** @throws NativeError when an option is out of range or the grammar does not parse */
  constructor(model: Model, options: SamplerOptions) {
    this.#owned = new Owned(
      unwrap<SamplerPtr>(
        native().shim.shim_sampler_init(model.ptr, cString(JSON.stringify(options))),
      ),
      "shim_sampler",
    );
  }

  /** Shows the prompt's tokens to the penalties. */
  acceptPrompt(tokens: Int32Array): void {
    if (tokens.length === 0) return;
    native().shim.shim_sampler_accept_prompt(this.#owned.ptr, tokens, tokens.length);
  }

  /**
   * Samples from the logits of batch row `row` and accepts the token.
   * @throws NativeError when the grammar has no way on
   */
  sample(context: Context, row: number): number {
    const token = native().shim.shim_sampler_sample(this.#owned.ptr, context.ptr, row);
    if (token < 0) throw lastError();
    return token;
  }

  /**
   * How likely `token` is after batch row `row`, and the `n` likeliest tokens, in order. Call it
   * before anything else is decoded.
   * @param postSampling among what the chain left, without those of probability 0, of the token
   *   just sampled from the row; otherwise by all logits of the row
   */
  probabilities(
    context: Context,
    row: number,
    token: number,
    n: number,
    postSampling: boolean,
  ): { prob: number; top: TokenProbability[] } {
    const tokens = new Int32Array(Math.max(1, n));
    const probs = new Float32Array(Math.max(1, n));
    const prob = new Float32Array(1);
    const nTop = native().shim.shim_sampler_probabilities(
      this.#owned.ptr,
      context.ptr,
      row,
      token,
      postSampling,
      n,
      tokens,
      probs,
      prob,
    );
    if (nTop < 0) throw lastError();
    const top = Array.from(tokens.subarray(0, nTop), (token, i) => ({
      token,
      prob: probs[i] ?? 0,
    }));
    return { prob: prob[0] ?? 0, top };
  }

  /**
   * Makes the model end its thinking with the next tokens.
   * @returns false when it does not think now, or the options had no `reasoning_control`
   */
  endReasoning(): boolean {
    return native().shim.shim_sampler_end_reasoning(this.#owned.ptr);
  }

  [Symbol.dispose](): void {
    const ptr = this.#owned.take();
    if (ptr !== null) native().shim.shim_sampler_free(ptr);
  }
}
