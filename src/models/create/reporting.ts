import type { Progress } from "../progress.ts";

/** A transfer is reported when this part more of it is done. */
const stepMin = 0.01;

/** What stands for a file whose digest is not known yet; Ollama's clients show it with a bar. */
const unknownDigest = "0000000000000000000";

/** Reports a file's way; `completed` in bytes. */
export type Report = (completed: number) => void;

/**
 * Yields how far `work` is, and returns what it returns. Reports that nobody takes in time are
 * overtaken by later ones. The work is aborted when the generator is left, or `signal` aborts.
 */
export async function* reporting<T>(
  { status, total }: { status: string; total: number },
  work: (report: Report, signal: AbortSignal) => Promise<T>,
  signal: AbortSignal,
): AsyncGenerator<Progress, T> {
  const left = new AbortController();
  let completed: number | null = 0;
  let reported = 0;
  let hasEnded = false;
  let news = Promise.withResolvers<void>();
  news.resolve();
  const report = (now: number) => {
    if (now < total && now < reported + total * stepMin) return;
    reported = completed = now;
    news.resolve();
  };
  const result = work(report, AbortSignal.any([signal, left.signal])).finally(() => {
    hasEnded = true;
    news.resolve();
  });
  result.catch(() => {}); // it is awaited below
  try {
    while (!hasEnded || completed !== null) {
      await news.promise;
      news = Promise.withResolvers();
      const now = completed;
      completed = null;
      if (hasEnded) news.resolve();
      if (now !== null) yield { status, digest: unknownDigest, total, completed: now };
    }
    return await result;
  } finally {
    left.abort();
    await result.catch(() => {});
  }
}
