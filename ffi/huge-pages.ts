import { type HugePagesPtr, Owned } from "./handle.ts";
import type { Model } from "./model.ts";
import { native } from "./native.ts";

/** Those of a model's weights that the CPU computes with, on their way to huge pages. */
export class HugePages implements Disposable {
  readonly #owned: Owned<HugePagesPtr>;

  private constructor(ptr: HugePagesPtr) {
    this.#owned = new Owned(ptr, "shim_huge_pages");
  }

  /** Null where the system has no huge pages. The model must outlive what is returned. */
  static of(model: Model): HugePages | null {
    const ptr = native().shim.shim_huge_pages_init(model.ptr);
    return ptr === null ? null : new HugePages(ptr as HugePagesPtr);
  }

  /** What is not moved yet, bytes. */
  get nLeft(): number {
    return Number(native().shim.shim_huge_pages_left(this.#owned.ptr, false));
  }

  /** What of that is in mappings of files, bytes. */
  get nMapped(): number {
    return Number(native().shim.shim_huge_pages_left(this.#owned.ptr, true));
  }

  /**
   * Moves about `nBytes`. Blocks, for a second and more per GB. Weights of a file that was mapped
   * take memory of their own from then on; where they are does not change.
   * @returns false when the system has no more huge pages; what is left is as good as it was
   */
  move(nBytes: number): boolean {
    return Number(native().shim.shim_huge_pages_move(this.#owned.ptr, nBytes)) >= 0;
  }

  [Symbol.dispose](): void {
    const ptr = this.#owned.take();
    if (ptr !== null) native().shim.shim_huge_pages_free(ptr);
  }
}
