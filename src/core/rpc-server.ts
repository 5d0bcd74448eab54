/** What a process that computes for one connection of a worker is started with. */
export interface RpcServerSpec {
  /** Folder of the native libraries. */
  libraryDir: string;
  /** Paths of ggml backends that lie elsewhere; those that do not load are done without. */
  backends: readonly string[];
  /** Address of this machine and port: it is nobody's business but the worker's. */
  endpoint: string;
  /** What it shares, by ggml's names; null: every GPU, or else the CPU. */
  devices: string[] | null;
  /** Threads of the CPU; null: as many as are of use here. */
  nThreads: number | null;
  /** Folder for weights, so that they are not sent again; null: none. */
  cacheDir: string | null;
  /** Native log lines of at least this ggml_log_level go to stderr. */
  logLevel: number;
}
