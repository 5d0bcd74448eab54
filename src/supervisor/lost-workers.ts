import { lostWorkers } from "../core/network/workers.ts";
import type { EngineLog } from "./engine-log.ts";

/** ggml's last words when a connection ends in the middle of a step. It does not say which one. */
const lastWords = /RPC server crashed/;

/** What the workers of an engine have to do with its end; null: nothing, as far as is known. */
export async function blamed(
  workers: readonly string[] = [],
  { lines }: EngineLog,
): Promise<string | null> {
  if (workers.length === 0) return null;
  const lost = await lostWorkers(workers);
  if (lost.length > 0) return lost.join("; ");
  if (!lines.some((line) => lastWords.test(line))) return null;
  return `the connection to a worker (${workers.join(", ")}) has ended`;
}
