import { native, takeText } from "./native.ts";

/** A device that ggml can compute on. Memory in bytes; a CPU reports the machine's. */
export interface Device {
  /** By which options name it: "CPU", "Vulkan0" … */
  name: string;
  description: string;
  /** Who drives it: "CPU", "Vulkan", "CUDA" … */
  backend: string;
  /** "igpu": it shares the machine's memory; "accel": it helps the CPU. */
  type: "cpu" | "gpu" | "igpu" | "accel";
  /** It has memory of its own, or shares the machine's with a graphics processor. */
  isGpu: boolean;
  freeBytes: number;
  totalBytes: number;
  /** Two devices of one id are the same one, found by two backends. Null: not known. */
  id: string | null;
}

/** As `shim_devices` tells of one: see hutch-shim.h. */
type Told = Pick<Device, "name" | "description" | "backend" | "type" | "id"> & {
  free: number;
  total: number;
};

/** Every device of the loaded backends. */
export function devices(): Device[] {
  const told: Told[] = JSON.parse(takeText(native().shim.shim_devices()));
  return told.map(({ free: freeBytes, total: totalBytes, ...device }) => ({
    ...device,
    isGpu: device.type === "gpu" || device.type === "igpu",
    freeBytes,
    totalBytes,
  }));
}
