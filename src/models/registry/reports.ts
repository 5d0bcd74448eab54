import { setTimeout as sleep } from "node:timers/promises";
import { AppError } from "../../core/errors.ts";
import { untilAborted } from "../../core/until-aborted.ts";
import { requireDigest } from "../blobs.ts";
import type { Layer, Manifest } from "../manifest.ts";
import type { Progress } from "../progress.ts";

export interface TransferOptions {
  /** Plain http will do, and any certificate. */
  insecure?: boolean;
  signal: AbortSignal;
}

type Verb = "pulling" | "pushing";

/**
 * The blobs, each once, the config's last.
 * @throws AppError internal when one is listed with two sizes
 */
export function distinct({ layers, config }: Manifest): Layer[] {
  const byDigest = new Map<string, Layer>();
  for (const layer of [...layers, config]) {
    const digest = requireDigest(layer.digest);
    const known = byDigest.get(digest);
    if (known && known.size !== layer.size) {
      const why = `${digest} has both ${known.size} and ${layer.size} bytes`;
      throw new AppError("internal", `the manifest contradicts itself: ${why}`);
    }
    byDigest.set(digest, { ...layer, digest });
  }
  return [...byDigest.values()];
}

/**
 * What a transfer achieves, until `done` resolves.
 * @throws what `done` rejects with; what `signal` was aborted with
 */
export async function* reports(
  verb: Verb,
  layer: Layer,
  transfer: { readonly nDone: number },
  done: Promise<void>,
  { everyMs, signal }: { everyMs: number; signal: AbortSignal },
): AsyncGenerator<Progress> {
  done.catch(() => {}); // the wait for it may have been given up
  for (;;) {
    yield progressOf(verb, layer, transfer.nDone);
    const ending = new AbortController();
    const waiting = sleep(everyMs, false, { signal: ending.signal }).catch(() => false);
    const finished = done.then(() => true);
    const isDone = await untilAborted(Promise.race([finished, waiting]), signal).finally(() =>
      ending.abort(),
    );
    if (isDone) break;
  }
  yield progressOf(verb, layer, layer.size);
}

/** As Ollama writes it: numbers are left out while they are 0. */
export function progressOf(verb: Verb, { digest, size }: Layer, nDone: number): Progress {
  return {
    status: `${verb} ${digest.slice(7, 19)}`,
    digest,
    ...(size > 0 && { total: size }),
    ...(nDone > 0 && { completed: nDone }),
  };
}
