import { statSync } from "node:fs";
import type { MemoryUse } from "../core/generate.ts";
import type { LoadOptions } from "../core/load.ts";
import type { MachineMemory } from "../core/machine-memory.ts";
import type { Model } from "../models/catalog.ts";
import { type GgufMetadata, readGgufMetadata } from "../models/gguf-metadata.ts";
import { type Bytes, estimate, processBytes } from "./memory-fit.ts";

/** How much memory models may take together. */
export interface MemorySettings {
  /** Of the machine's memory, bytes; null: what is free. */
  budgetBytes: number | null;
  /** Memory of GPUs that is left alone, bytes. */
  gpuOverheadBytes: number;
  machine(): MachineMemory;
}

/** What the budget knows about an engine. */
export interface Occupant {
  /** What it is expected to take. */
  readonly bytes: Bytes;
  /** What it takes; null: it is still loading. */
  readonly memory: MemoryUse | null;
}

/**
 * Part of the free memory that may be planned with: estimates err, and other programs want some
 * as well.
 */
const plannedShare = 0.9;

/** Part of all memory that models may take where the system does not say what is free. */
const unknownShare = 0.75;

/** Says how much memory there is for one more model, and how much a model needs. */
export class MemoryBudget {
  readonly #settings: MemorySettings;
  /** All GPUs, as of the last load: their memory, and what others have of it. */
  #gpus: { totalBytes: number; othersBytes: number } | null = null;
  /** What models took when they were loaded in the same way before. */
  readonly #known = new Map<string, Bytes>();
  readonly #headers = new Map<string, { changedAt: number; header: GgufMetadata | null }>();

  constructor(settings: MemorySettings) {
    this.#settings = settings;
  }

  get totalBytes(): number {
    return this.#settings.budgetBytes ?? this.#settings.machine().totalBytes;
  }

  get gpuReservedBytes(): number {
    return this.#settings.gpuOverheadBytes;
  }

  /** Memory for one more engine beside these. Below 0: they have taken too much already. */
  room(occupants: readonly Occupant[]): Bytes {
    const { gpuOverheadBytes } = this.#settings;
    const sum = (of: (occupant: Occupant) => number) =>
      occupants.reduce((bytes, occupant) => bytes + of(occupant), 0);
    const { budgetBytes, availableBytes } = this.#limits();
    const host =
      budgetBytes === null
        ? availableBytes * plannedShare - sum(uncounted)
        : budgetBytes - sum((occupant) => taken(occupant).host);
    if (!this.#gpus) return { host, gpu: 0 };
    const { totalBytes, othersBytes } = this.#gpus;
    const gpuFree = totalBytes * plannedShare - gpuOverheadBytes - othersBytes;
    return { host, gpu: gpuFree - sum((occupant) => taken(occupant).gpu) };
  }

  /** What the model will need, loaded with these options, when so much is free. */
  needed(model: Model, load: LoadOptions, room: Bytes): Bytes {
    const known = this.#known.get(keyOf(model, load));
    if (known) return known;
    if (model.path === "") return { host: 0, gpu: 0 }; // nobody knows before it was fetched
    const { mmprojPath, draftPath } = model;
    const draft = draftPath ?? load.speculation?.draft_model;
    const fileBytes = model.sizeBytes + bytesOf(mmprojPath) + bytesOf(draft);
    const measured = { fileBytes, header: this.#header(model.path), load };
    return estimate(measured, room, this.#gpus !== null);
  }

  /** An engine is there; `others` are all but that one. */
  learn(model: Model, load: LoadOptions, memory: MemoryUse, others: readonly Occupant[]): void {
    this.#known.set(keyOf(model, load), taken({ bytes: { host: 0, gpu: 0 }, memory }));
    if (!memory.gpus) return;
    const { totalBytes, freeBytes } = memory.gpus;
    const ours = others.reduce((sum, other) => sum + taken(other).gpu, memory.onGpus);
    this.#gpus = { totalBytes, othersBytes: Math.max(0, totalBytes - freeBytes - ours) };
  }

  /** Models may be other ones from now on. */
  forget(): void {
    this.#known.clear();
  }

  /** What all may take together; null: what is available. */
  #limits(): { budgetBytes: number | null; availableBytes: number } {
    const { budgetBytes, machine } = this.#settings;
    if (budgetBytes !== null) return { budgetBytes, availableBytes: 0 };
    const { totalBytes, availableBytes } = machine();
    if (availableBytes !== null) return { budgetBytes: null, availableBytes };
    return { budgetBytes: totalBytes * unknownShare, availableBytes: 0 };
  }

  #header(path: string): GgufMetadata | null {
    const changedAt = statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
    const read = this.#headers.get(path);
    if (read?.changedAt === changedAt) return read.header;
    const header = changedAt === 0 ? null : readGgufMetadata(path);
    this.#headers.set(path, { changedAt, header });
    return header;
  }
}

/** What an engine holds, or is about to. */
export function taken({ bytes, memory }: Occupant): Bytes {
  if (!memory) return bytes;
  const { model, context, compute, onGpus } = memory;
  return { host: processBytes + model + context + compute - onGpus, gpu: onGpus };
}

/** What an engine holds, or will hold, of what the system counts as free. */
const uncounted = ({ bytes, memory }: Occupant) => (memory ? memory.mapped : bytes.host);

const keyOf = ({ name, path }: Model, { memory: _given, ...load }: LoadOptions) =>
  JSON.stringify([name, path, load]);

const bytesOf = (path: string | undefined) =>
  path === undefined ? 0 : (statSync(path, { throwIfNoEntry: false })?.size ?? 0);
