import type { DevicePtr } from "./handle.ts";
import { native, unwrap } from "./native.ts";

/** A device that ggml can compute on. Memory in bytes; a CPU reports the machine's. */
export interface Device {
  name: string;
  description: string;
  /** It has memory of its own, or shares the machine's with a graphics processor. */
  isGpu: boolean;
  freeBytes: number;
  totalBytes: number;
}

/** `GGML_BACKEND_DEVICE_TYPE_GPU` and `…_IGPU`. */
const gpuTypes: readonly number[] = [1, 2];

/** Every device of the loaded backends. Source: ggml/include/ggml-backend.h. */
export function devices(): Device[] {
  const { ggml } = native();
  const found: Device[] = [];
  for (let i = 0; i < Number(ggml.ggml_backend_dev_count()); i++) {
    const device = unwrap<DevicePtr>(ggml.ggml_backend_dev_get(i));
    const memory = new BigUint64Array(2);
    ggml.ggml_backend_dev_memory(device, memory.subarray(0, 1), memory.subarray(1, 2));
    found.push({
      name: String(ggml.ggml_backend_dev_name(device)),
      description: String(ggml.ggml_backend_dev_description(device)),
      isGpu: gpuTypes.includes(ggml.ggml_backend_dev_type(device)),
      freeBytes: Number(memory[0]),
      totalBytes: Number(memory[1]),
    });
  }
  return found;
}
