import type { LoadOptions } from "../core/load.ts";
import type { Model } from "../models/catalog.ts";
import type { DownloadProgress } from "../models/download.ts";
import { mergeLoad } from "../models/load-options.ts";
import { nCtxMaxOf, widened } from "./decide.ts";
import type { Wish } from "./lease.ts";
import type { RunningEngine } from "./running-engine.ts";

/** One engine on its way up, or running. */
export interface Slot {
  model: Model;
  /** What requests want of the engine, over the model's own options; final once it has started. */
  options: LoadOptions;
  hasStarted: boolean;
  /** Tokens of a sequence without `options`; Infinity: nobody knows. */
  readonly nCtxMaxBare: number;
  /** The engine that this one replaces, while it holds the memory. */
  predecessor: Slot | null;
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
  /** How long it stays when it falls idle, milliseconds; null: no request has said. */
  keepAliveMs: number | null;
  sleepTimer: Timer | undefined;
  /** Resolved when a slot that was given up has no requests left, or they have had their time. */
  readonly drained: PromiseWithResolvers<void>;
}

/** What a slot begins with, beside its model. */
export interface SlotStart extends Pick<Slot, "abort" | "loading" | "predecessor"> {
  nCtxMaxBare: number | undefined;
}

export function newSlot(model: Model, { nCtxMaxBare, ...start }: SlotStart): Slot {
  return {
    ...start,
    model,
    options: {},
    hasStarted: false,
    nCtxMaxBare: nCtxMaxBare ?? Number.POSITIVE_INFINITY,
    engine: null,
    files: new Map(),
    fraction: null,
    nLeases: 0,
    idleSince: performance.now(),
    keepAliveMs: start.predecessor?.keepAliveMs ?? null,
    sleepTimer: undefined,
    drained: Promise.withResolvers(),
  };
}

/** Most tokens that a request may want of the slot's engine, or of one loaded like it. */
export function nCtxMaxOfSlot({ engine, options }: Slot): number {
  return engine ? nCtxMaxOf(engine.info, options) : 0;
}

/** Lets one more request have the slot; counts from now on, so that nobody evicts it. */
export function hold(slot: Slot, { nCtx = 0, keepAliveMs }: Wish): Slot {
  slot.nLeases++;
  clearTimeout(slot.sleepTimer);
  slot.keepAliveMs = keepAliveMs ?? slot.keepAliveMs;
  if (!slot.hasStarted) slot.options = widened(slot.options, nCtx, slot.nCtxMaxBare);
  return slot;
}

/** Takes the engine of a slot that was given up from its requests after `ms`. */
export function limitPatience({ drained }: Slot, ms: number): void {
  const timer = setTimeout(drained.resolve, ms);
  drained.promise.then(() => clearTimeout(timer));
}

/** The slot's model with all that its engine is loaded with. */
export function toStart({ model, options }: Slot): Model {
  const { draftPath } = model;
  const draft = draftPath === undefined ? {} : { speculation: { draft_model: draftPath } };
  // Cells for all sequences together would cut short what requests want for each.
  const { nCtx, ...rest } = model.load ?? {};
  const own = options.nCtxSeq === undefined ? model.load : rest;
  return { ...model, load: mergeLoad(own, draft, options) };
}
