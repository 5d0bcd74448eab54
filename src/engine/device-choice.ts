import type { Device } from "../../ffi/devices.ts";
import type { ModelOptions } from "../core/load.ts";

/**
 * Why models do not use a device unless they are told to; null: they do. These are llama.cpp's own
 * rules (`llama_prepare_model_devices`).
 * @param all every device, in ggml's order
 */
export function whyUnused(device: Device, all: readonly Device[]): string | null {
  const gpus = all.filter(({ type }) => type === "gpu");
  const integrated = all.filter(({ type }) => type === "igpu");
  const first = gpus.find(({ id }) => id !== null && id === device.id);
  if (device.type === "gpu" && first && first !== device) return `the same device as ${first.name}`;
  if (device.type !== "igpu") return null;
  if (gpus.length > 0) return "it shares the machine's memory, and there is a GPU with its own";
  const { backend = device.backend, name = "" } = integrated[0] ?? {};
  return backend === device.backend ? null : `${name}, of another backend, comes first`;
}

/** The GPUs that a model with these options goes to, in order. */
export function chosenDevices(
  all: readonly Device[],
  { devices: named, split_mode, main_gpu = 0 }: ModelOptions,
): Device[] {
  const usual = () => all.filter((device) => device.isGpu && whyUnused(device, all) === null);
  const isNamed = ({ name }: Device) => named?.some((one) => equal(one, name)) ?? false;
  const chosen =
    named === undefined ? usual() : all.filter((device) => device.isGpu && isNamed(device));
  return split_mode === "none" ? chosen.slice(main_gpu, main_gpu + 1) : chosen;
}

/** ggml compares names so. */
const equal = (a: string, b: string) => a.toLowerCase() === b.toLowerCase();
