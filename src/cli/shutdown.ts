/** Time for everything to end once requests are done, milliseconds; then the process just ends. */
const endMs = 4000;

export interface Ending {
  /** Refuses new work; resolves when what runs is done, or has had its time. */
  drain(): Promise<void>;
  /** Ends what is left. */
  end(): Promise<void>;
}

/** A first SIGINT or SIGTERM ends in order, a second at once. */
export function stopOnSignals(ending: Ending): void {
  let isStopping = false;
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.on(signal, async () => {
      if (isStopping) process.exit(1);
      isStopping = true;
      await ending.drain();
      setTimeout(() => process.exit(1), endMs).unref();
      await ending.end();
      process.exit(0);
    });
  }
}
