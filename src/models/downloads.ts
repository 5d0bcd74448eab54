import { untilAborted } from "../core/until-aborted.ts";
import { type Download, type DownloadProgress, downloadFile, patienceDefault } from "./download.ts";
import type { Patience } from "./patience.ts";
import { SharedWork } from "./shared-work.ts";

interface Running {
  readonly done: Promise<void>;
  readonly listeners: Set<(progress: DownloadProgress) => void>;
  last: DownloadProgress;
}

/** Downloads that run: whoever wants a file that is on its way already shares it. */
export class Downloads {
  readonly #work = new SharedWork<Running>();
  readonly #patience: Patience;

  constructor(patience = patienceDefault) {
    this.#patience = patience;
  }

  /**
   * Resolves when the file lies at its path. The download itself ends when nobody wants it any
   * more.
   * @throws AppError model_load_failed; what `signal` was aborted with
   */
  async fetch(
    download: Download,
    onProgress: (progress: DownloadProgress) => void,
    signal: AbortSignal,
  ): Promise<void> {
    signal.throwIfAborted();
    using held = this.#work.join(download.path, (ending) => this.#begin(download, ending));
    const { done, listeners, last } = held.value;
    const listener = (progress: DownloadProgress) => onProgress(progress);
    listeners.add(listener);
    try {
      onProgress(last);
      await untilAborted(done, signal);
    } finally {
      listeners.delete(listener);
    }
  }

  #begin(download: Download, signal: AbortSignal): Running {
    const { url, sizeBytes = 0 } = download;
    const tell = (progress: DownloadProgress) => {
      running.last = progress;
      for (const listener of running.listeners) listener(progress);
    };
    const running: Running = {
      done: downloadFile(download, tell, signal, this.#patience),
      listeners: new Set(),
      last: { url, nBytes: 0, totalBytes: sizeBytes },
    };
    running.done.catch(() => {}); // thrown to all who wait; none of them may be left
    return running;
  }
}
