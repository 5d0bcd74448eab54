import { statSync } from "node:fs";
import { totalmem } from "node:os";
import type { Context } from "../../ffi/context.ts";
import { type Device, devices } from "../../ffi/devices.ts";
import { AppError } from "../core/errors.ts";
import type { MemoryUse } from "../core/generate.ts";
import type { LoadSpec } from "../core/load.ts";

/**
 * A model of so many times all memory is not even tried. One that is only a little too large may
 * still run: its file is mapped, and not all of it is needed at once.
 */
const tooLarge = 1.5;
const gib = 1024 ** 3;

/** @throws AppError model_load_failed when the files can never fit, in Ollama's words */
export function checkMemory(spec: LoadSpec): void {
  const needed = bytesOf(spec.modelPath) + companionBytes(spec);
  const available = (spec.memory?.totalBytes ?? totalmem()) + sumOf(gpus(), "totalBytes");
  if (needed <= available * tooLarge) return;
  const [needs, has] = [needed, available].map((bytes) => `${(bytes / gib).toFixed(1)} GiB`);
  const message = `model requires more system memory (${needs}) than is available (${has})`;
  throw new AppError("model_load_failed", message);
}

/** What the loaded model takes. Projector and draft model count as much as their files. */
export function memoryUse(spec: LoadSpec, context: Context): MemoryUse {
  const all = context.buffers;
  const found = gpus();
  const beside = companionBytes(spec);
  const onGpus = all.filter(({ gpu }) => gpu).map((b) => b.model + b.context + b.compute);
  const mapped = all.filter(({ name }) => name.endsWith("_Mapped"));
  return {
    model: sumOf(all, "model") + beside,
    context: sumOf(all, "context"),
    compute: sumOf(all, "compute"),
    onGpus: onGpus.reduce((sum, bytes) => sum + bytes, found.length > 0 ? beside : 0),
    mapped: sumOf(mapped, "model"),
    gpus:
      found.length === 0
        ? null
        : { totalBytes: sumOf(found, "totalBytes"), freeBytes: sumOf(found, "freeBytes") },
  };
}

const gpus = (): Device[] => devices().filter(({ isGpu }) => isGpu);

function sumOf<Key extends string>(rows: readonly Record<Key, number>[], key: Key): number {
  return rows.reduce((sum, row) => sum + row[key], 0);
}

/** Bytes of the files that are loaded with the model. */
export function companionBytes({ mmprojPath, speculation }: LoadSpec): number {
  const paths = [mmprojPath, speculation?.draft_model];
  return paths.reduce((sum, path) => sum + (path === undefined ? 0 : bytesOf(path)), 0);
}

/** 0 for a file that is not there, of which others will tell. */
const bytesOf = (path: string) => statSync(path, { throwIfNoEntry: false })?.size ?? 0;
