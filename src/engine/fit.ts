import { devices } from "../../ffi/devices.ts";
import { Model } from "../../ffi/model.ts";
import type { LoadSpec, ModelOptions } from "../core/load.ts";
import { type ContextPlan, contextOptions, planContext } from "./context-plan.ts";
import { chosenDevices } from "./device-choice.ts";
import { companionBytes } from "./memory.ts";

const mib = 1024 ** 2;
/** What stays free of each device where nobody says how much, MiB: llama.cpp's own default. */
const marginMiBDefault = 1024;

/** How a model is loaded, and what its context will be like. */
export interface Fitted {
  options: ModelOptions;
  plan: ContextPlan;
}

/**
 * Fits a model to the memory that its GPUs have free: first the context that nobody asked for, as
 * far as it stays useful; then layers, or experts, stay with the CPU, as llama.cpp chooses them.
 * Null: nothing is to be fitted, as there is no GPU, or it was said how many layers it gets.
 * @throws NativeError when the file cannot be read
 */
export function fitToGpus(spec: LoadSpec, options: ModelOptions): Fitted | null {
  if (options.n_gpu_layers !== undefined || options.split_mode === "tensor") return null;
  const gpus = chosenDevices(devices(), options);
  if (gpus.length === 0) return null;
  const beside = companionBytes(spec) + (spec.memory?.gpuReservedBytes ?? 0);
  const { fitMarginsMiB = [marginMiBDefault] } = spec;
  const marginOf = (i: number) => (fitMarginsMiB[i] ?? fitMarginsMiB.at(-1) ?? 0) * mib;
  const margins = gpus.map((_, i) => Math.round(marginOf(i)) + beside);
  const free = gpus.reduce((sum, { freeBytes }, i) => sum + freeBytes - (margins[i] ?? 0), 0);
  using measured = Model.load(spec.modelPath, { ...options, no_alloc: true }, () => {});
  const plan = planContext(spec, measured, free - measured.nBytes);
  const context = contextOptions(spec, measured, plan);
  return { options: Model.fitted(spec.modelPath, options, context, margins), plan };
}
