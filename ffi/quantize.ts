import { Owned, type QuantizationPtr } from "./handle.ts";
import { cString, lastError, native, unwrap } from "./native.ts";

/** Options of `shim_quantize_start`, by its names: see hutch-shim.h. */
export interface QuantizationOptions {
  type?: number;
  dry_run?: boolean;
  n_threads?: number;
}

/** How far it is: tensors that are done, and all of them. */
export interface QuantizationProgress {
  nDone: number;
  nTensors: number;
  hasEnded: boolean;
}

/** A model that is being written anew, in a thread of its own. One at a time. */
export class Quantization implements Disposable {
  readonly #owned: Owned<QuantizationPtr>;
  readonly #progress = new Int32Array(2);

  /** @throws NativeError when the options are wrong; what is wrong with the file, `poll` says */
  constructor(source: string, target: string, options: QuantizationOptions) {
    const json = cString(JSON.stringify(options));
    const ptr = native().shim.shim_quantize_start(cString(source), cString(target), json);
    this.#owned = new Owned(unwrap<QuantizationPtr>(ptr), "shim_quantization");
  }

  /** @throws NativeError when it has failed */
  poll(): QuantizationProgress {
    const code = native().shim.shim_quantize_poll(this.#owned.ptr, this.#progress);
    if (code < 0) throw lastError();
    const [nDone = 0, nTensors = 0] = this.#progress;
    return { nDone, nTensors, hasEnded: code === 1 };
  }

  /** Waits for its end. */
  [Symbol.dispose](): void {
    const ptr = this.#owned.take();
    if (ptr !== null) native().shim.shim_quantize_free(ptr);
  }
}
