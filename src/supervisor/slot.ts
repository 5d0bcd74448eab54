import type { Model } from "../models/catalog.ts";
import type { DownloadProgress } from "../models/download.ts";
import type { RunningEngine } from "./supervisor.ts";

/** One engine on its way up, or running. */
export interface Slot {
  model: Model;
  readonly loading: Promise<RunningEngine>;
  readonly abort: AbortController;
  /** Null while it loads. */
  engine: RunningEngine | null;
  /** Downloads before the load, by URL. */
  readonly files: Map<string, DownloadProgress>;
  /** Null: the files are not all here yet. */
  fraction: number | null;
  nLeases: number;
  idleSince: number;
  sleepTimer: Timer | undefined;
  /** Called when the last lease ends, once the slot was given up. */
  onIdle: () => void;
}

/** Resolves when the slot's last lease ends, at the latest after `ms`. */
export async function idleOrLate(slot: Slot, ms: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  slot.onIdle = resolve;
  const timer = setTimeout(resolve, ms);
  await promise;
  clearTimeout(timer);
}
