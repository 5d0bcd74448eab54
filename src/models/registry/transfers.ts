import type { Blobs } from "../blobs.ts";
import type { Layer } from "../manifest.ts";
import { SharedWork } from "../shared-work.ts";
import { BlobDownload } from "./blob-download.ts";
import type { TransferLimits } from "./client.ts";
import type { Repository } from "./repository.ts";

/** Downloads that run: whoever wants a blob that is on its way already shares it. */
export class Transfers {
  readonly #work = new SharedWork<BlobDownload>();
  readonly #limits: TransferLimits;
  readonly #nStreamsMax: number;
  /** What was given up and still lets go of its file, by path: two would write one. */
  readonly #ending = new Map<string, Promise<unknown>>();

  constructor(limits: TransferLimits, nStreamsMax: number) {
    this.#limits = limits;
    this.#nStreamsMax = nStreamsMax;
  }

  /**
   * The download of the blob. It goes on as long as somebody holds it; who lets go last waits until
   * nothing is written any more.
   */
  join(
    blobs: Blobs,
    { digest, size }: Layer,
    repository: Repository,
  ): { value: BlobDownload } & AsyncDisposable {
    const path = blobs.path(digest);
    const held = this.#work.join(path, (signal) => {
      const limits = { ...this.#limits, nStreamsMax: this.#nStreamsMax };
      const order = { blob: { digest, size }, path, repository, limits, signal };
      const download = new BlobDownload(order, this.#ending.get(path));
      signal.addEventListener("abort", () => this.#await(path, download), { once: true });
      return download;
    });
    const leave = async () => {
      held[Symbol.dispose]();
      await this.#ending.get(path);
    };
    return { value: held.value, [Symbol.asyncDispose]: leave };
  }

  #await(path: string, download: BlobDownload): void {
    const ending = download.settled().then(() => {
      if (this.#ending.get(path) === ending) this.#ending.delete(path);
    });
    this.#ending.set(path, ending);
  }
}
