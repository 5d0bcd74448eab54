import type { Context } from "./context.ts";
import { Owned, type SamplerPtr } from "./handle.ts";
import type { Model } from "./model.ts";
import { cString, lastError, native, unwrap } from "./native.ts";

/** Options of a sampler, by the shim's names: see `shim_sampler_init` in hutch-shim.h. */
export type SamplerOptions = Record<string, unknown>;

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

  [Symbol.dispose](): void {
    const ptr = this.#owned.take();
    if (ptr !== null) native().shim.shim_sampler_free(ptr);
  }
}
