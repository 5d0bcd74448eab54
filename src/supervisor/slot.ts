import type { LoadOptions } from "../core/load.ts";
import type { Model } from "../models/catalog.ts";
import type { DownloadProgress } from "../models/download.ts";
import { mergeLoad } from "../models/load-options.ts";
import type { Wish } from "./lease.ts";
import type { Bytes } from "./memory-fit.ts";
import type { RunningEngine } from "./running-engine.ts";
import { widened } from "./wishes.ts";

/** The longest time that a timer can count, milliseconds: 24 days. Whoever stays longer, stays. */
export const timerMsMax = 2 ** 31 - 1;

/** How long requests may go on when their model is unloaded, seconds: llama-server's habit. */
const stopSecondsDefault = 10;

export const stopMsOf = ({ stopSeconds = stopSecondsDefault }: Model) => stopSeconds * 1000;

/** One engine on its way up, or running. */
export interface Slot {
  model: Model;
  /** What requests want of the engine, over the model's own options; final once it has started. */
  wished: LoadOptions;
  hasStarted: boolean;
  /** The engine that this one replaces, while it holds the memory. */
  predecessor: Slot | null;
  readonly loading: Promise<RunningEngine>;
  readonly abort: AbortController;
  /** Null while it loads. */
  engine: RunningEngine | null;
  /** Memory that it is expected to need. */
  bytes: Bytes;
  /** Downloads before the load, by URL. */
  readonly files: Map<string, DownloadProgress>;
  /** Null: the files are not all here yet. */
  fraction: number | null;
  nLeases: number;
  /** It is loaded whether or not a request waits for it. */
  isKept: boolean;
  /** Its model is another one now, or gone: whoever waits for it asks again. */
  isOutdated: boolean;
  /** Milliseconds of performance.now(), as all moments here. */
  readonly startedAt: number;
  readyAt: number;
  idleSince: number;
  /** How long it stays when it falls idle, milliseconds; null: no request has said. */
  keepAliveMs: number | null;
  sleepTimer: Timer | undefined;
  /** Resolved when a slot that was given up has no requests left, or they have had their time. */
  readonly drained: PromiseWithResolvers<void>;
}

/** What a slot begins with, beside its model. */
export type SlotStart = Pick<Slot, "abort" | "loading" | "predecessor" | "wished" | "bytes">;

export function newSlot(model: Model, start: SlotStart): Slot {
  const now = performance.now();
  return {
    ...start,
    model,
    hasStarted: false,
    engine: null,
    files: new Map(),
    fraction: null,
    nLeases: 0,
    isKept: false,
    isOutdated: false,
    startedAt: now,
    readyAt: now,
    idleSince: now,
    keepAliveMs: start.predecessor?.keepAliveMs ?? null,
    sleepTimer: undefined,
    drained: Promise.withResolvers(),
  };
}

/** Lets one more request have the slot; counts from now on, so that nobody evicts it. */
export function hold(slot: Slot, wish: Wish): Slot {
  slot.nLeases++;
  clearTimeout(slot.sleepTimer);
  slot.keepAliveMs = wish.keepAliveMs ?? slot.keepAliveMs;
  if (!slot.hasStarted) slot.wished = widened(slot.wished, wish);
  return slot;
}

/** Requests that have the slot and wait: for the engine to be there, or for a place in it. */
export function nWaitingFor({ engine, nLeases }: Slot): number {
  return engine ? Math.max(0, nLeases - engine.info.nParallel) : nLeases;
}

/** Takes the engine of a slot that was given up from its requests after `ms`. */
export function limitPatience({ drained }: Slot, ms: number): void {
  const timer = setTimeout(drained.resolve, ms);
  drained.promise.then(() => clearTimeout(timer));
}

/** All that the slot's engine is loaded with, beside what every engine is. */
export function loadOf({ model, wished }: Pick<Slot, "model" | "wished">): LoadOptions {
  const { draftPath } = model;
  const draft = draftPath === undefined ? {} : { speculation: { draft_model: draftPath } };
  return mergeLoad(model.load, draft, wished);
}

/**
 * How long the slot's engine stays without requests, milliseconds.
 * @param sleepIdleSeconds for models without a time of their own; below 0: for ever
 */
export function idleMsMax({ keepAliveMs, model }: Slot, sleepIdleSeconds = -1): number {
  if (keepAliveMs !== null) return keepAliveMs;
  const seconds = model.sleepIdleSeconds ?? sleepIdleSeconds;
  return seconds < 0 ? Number.POSITIVE_INFINITY : seconds * 1000;
}

/** When the slot's engine ends unless a request comes; while one runs, as if it ended now. */
export function expiresAt(slot: Slot, sleepIdleSeconds?: number): number {
  const ms = idleMsMax(slot, sleepIdleSeconds);
  if (ms > timerMsMax) return Number.POSITIVE_INFINITY;
  const idleMs = slot.nLeases > 0 ? 0 : performance.now() - slot.idleSince;
  return Date.now() + ms - idleMs;
}
