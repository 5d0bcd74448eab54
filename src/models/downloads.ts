import {
  type Download,
  type DownloadProgress,
  downloadFile,
  type Patience,
  patienceDefault,
} from "./download.ts";

interface Running {
  readonly done: Promise<void>;
  readonly abort: AbortController;
  readonly listeners: Set<(progress: DownloadProgress) => void>;
  last: DownloadProgress;
}

/** Downloads that run: whoever wants a file that is on its way already shares it. */
export class Downloads {
  readonly #running = new Map<string, Running>();
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
    const running = this.#running.get(download.path) ?? this.#begin(download);
    const listener = (progress: DownloadProgress) => onProgress(progress);
    running.listeners.add(listener);
    onProgress(running.last);
    const aborted = Promise.withResolvers<never>();
    const onAbort = () => aborted.reject(signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
    try {
      await Promise.race([running.done, aborted.promise]);
    } finally {
      signal.removeEventListener("abort", onAbort);
      running.listeners.delete(listener);
      if (running.listeners.size === 0) this.#end(download.path, running);
    }
  }

  #begin(download: Download): Running {
    const abort = new AbortController();
    const { url, path, sizeBytes = 0 } = download;
    const tell = (progress: DownloadProgress) => {
      running.last = progress;
      for (const listener of running.listeners) listener(progress);
    };
    const running: Running = {
      done: downloadFile(download, tell, abort.signal, this.#patience),
      abort,
      listeners: new Set(),
      last: { url, nBytes: 0, totalBytes: sizeBytes },
    };
    running.done.catch(() => {}); // thrown to all who wait; none of them may be left
    this.#running.set(path, running);
    return running;
  }

  /** Of no effect on a download that has ended by itself. */
  #end(path: string, running: Running): void {
    running.abort.abort();
    if (this.#running.get(path) === running) this.#running.delete(path);
  }
}
