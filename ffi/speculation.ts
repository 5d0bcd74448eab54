import type {
  ContextOptions as LoadContextOptions,
  ModelOptions,
  SpeculationOptions,
} from "../src/core/load.ts";
import type { Batch } from "./batch.ts";
import type { Context } from "./context.ts";
import { type ContextPtr, Owned, type SpeculationPtr } from "./handle.ts";
import { cString, lastError, native, takeText, unwrap } from "./native.ts";

/** What a draft model is loaded with, where SpeculationOptions are silent. */
export interface DraftDefaults {
  model?: ModelOptions | undefined;
  context?: LoadContextOptions | undefined;
}

/** One sequence that wants to know what may come next. */
export interface DraftRequest {
  seqId: number;
  /** Where `lastToken` will stand. */
  position: number;
  /** Sampled, but not decoded yet. */
  lastToken: number;
  /** All tokens of the sequence before it, media left out. */
  tokens: Int32Array;
  /** Tokens to draft at most. */
  nMax: number;
}

/**
 * Drafts tokens for the sequences of a context: from the text so far, or with a smaller model. A
 * draft model's cells follow those of the context by themselves. Dispose it before the context.
 */
export class Speculation implements Disposable {
  readonly #owned: Owned<SpeculationPtr>;
  readonly #following: Disposable | null;
  /** Tokens of the longest draft. */
  readonly nMax: number;
  /** Tokens of the shortest draft of a draft model. */
  readonly nMin: number;
  readonly followsMedia = false;

  /** @throws NativeError when an option is wrong, or the draft model cannot be used */
  constructor(context: Context, options: SpeculationOptions, defaults: DraftDefaults = {}) {
    const { shim } = native();
    const given = cString(JSON.stringify(toShim(options, defaults)));
    const ptr = unwrap<SpeculationPtr>(shim.shim_speculation_init(context.ptr, given));
    this.#owned = new Owned(ptr, "shim_speculation");
    const draft = shim.shim_speculation_draft_context(ptr);
    this.#following = draft === null ? null : context.leadsCellsOf(unwrap<ContextPtr>(draft));
    this.nMax = shim.shim_speculation_n_max(ptr);
    this.nMin = options.draft_n_min ?? 0;
  }

  /**
   * What these options mean: the types in use, joined by commas ("none": no speculation), and the
   * tokens of the longest draft, for the rows that a context must have room for.
   * @throws NativeError when an option is wrong
   */
  static describe(options: SpeculationOptions): { types: string; nMax: number } {
    const given = cString(JSON.stringify(toShim(options, {})));
    const { types, n_max } = JSON.parse(takeText(native().shim.shim_speculation_describe(given)));
    return { types, nMax: n_max };
  }

  /** Tells of a new generation, whose prompt is decoded. @throws NativeError */
  begin(seqId: number, promptTokens: Int32Array): void {
    const given = promptTokens.length === 0 ? new Int32Array(1) : promptTokens;
    const { shim } = native();
    this.#check(shim.shim_speculation_begin(this.#owned.ptr, seqId, given, promptTokens.length));
  }

  /** One draft for each request, maybe empty. @throws NativeError */
  draft(requests: readonly DraftRequest[]): Int32Array[] {
    const column = (pick: (request: DraftRequest) => number) => Int32Array.from(requests, pick);
    const prompts = new Int32Array(1 + requests.reduce((n, { tokens }) => n + tokens.length, 0));
    let at = 0;
    for (const { tokens } of requests) {
      prompts.set(tokens, at);
      at += tokens.length;
    }
    const stride = Math.max(1, ...requests.map(({ nMax }) => Math.min(nMax, this.nMax)));
    const drafted = new Int32Array(Math.max(1, requests.length * stride));
    const nDrafted = new Int32Array(Math.max(1, requests.length));
    if (requests.length === 0) return [];
    this.#check(
      native().shim.shim_speculation_draft(
        this.#owned.ptr,
        requests.length,
        column(({ seqId }) => seqId),
        column(({ position }) => position),
        column(({ lastToken }) => lastToken),
        column(({ nMax }) => nMax),
        column(({ tokens }) => tokens.length),
        prompts,
        drafted,
        stride,
        nDrafted,
      ),
    );
    return requests.map((_, i) => drafted.slice(i * stride, i * stride + (nDrafted[i] ?? 0)));
  }

  /** Follows a step of the context. Call it after every one. @throws NativeError */
  process(batch: Batch): void {
    this.#check(
      native().shim.shim_speculation_process(
        this.#owned.ptr,
        batch.nTokens,
        batch.token,
        batch.pos,
        batch.seqId,
        batch.output,
      ),
    );
  }

  /** Tells how many tokens of the sequence's last draft, which was not empty, were right. */
  accept(seqId: number, nAccepted: number): void {
    this.#check(native().shim.shim_speculation_accept(this.#owned.ptr, seqId, nAccepted));
  }

  /**
   * With synthetic acceptance: the probability at which token `index` of a draft is accepted, if
   * those before it were. Null: drafts are compared with what the model says.
   */
  synthProbability(index: number): number | null {
    const p = native().shim.shim_speculation_synth_probability(this.#owned.ptr, index);
    return p < 0 ? null : p;
  }

  [Symbol.dispose](): void {
    const ptr = this.#owned.take();
    if (ptr === null) return;
    this.#following?.[Symbol.dispose]();
    native().shim.shim_speculation_free(ptr);
  }

  #check(code: number): void {
    if (code !== 0) throw lastError();
  }
}

/** The shim's options: what is the draft model's own goes over the defaults. */
function toShim(options: SpeculationOptions, { model = {}, context = {} }: DraftDefaults): object {
  const {
    draft_n_gpu_layers: n_gpu_layers,
    draft_devices: devices = model.devices,
    draft_override_tensor: override_tensor,
    draft_n_threads: n_threads,
    draft_n_threads_batch: n_threads_batch,
    ...rest
  } = options;
  // One device needs no splitting, which "tensor" would prepare for.
  const split_mode =
    options.draft_devices?.length === 1 && devices?.[0] !== "none" ? "layer" : model.split_mode;
  return {
    ...rest,
    // JSON leaves out what is undefined: layers and overrides are never those of the target.
    model: { ...model, n_gpu_layers, devices, override_tensor, split_mode },
    context: { ...context, n_threads, n_threads_batch },
  };
}
