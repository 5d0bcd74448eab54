import { describe, expect, test } from "bun:test";
import type { Device } from "../../ffi/devices.ts";
import { chosenDevices, whyUnused } from "../../src/engine/device-choice.ts";

const device = (name: string, type: Device["type"], id: string | null = null): Device => ({
  name,
  description: name,
  backend: name.replace(/\d/, ""),
  type,
  isGpu: type === "gpu" || type === "igpu",
  freeBytes: 1,
  totalBytes: 2,
  id,
});
const cpu = device("CPU", "cpu");
const cuda = device("CUDA0", "gpu", "0000:01:00.0");
const vulkan = device("Vulkan0", "gpu", "0000:01:00.0");
const other = device("Vulkan1", "gpu", "0000:02:00.0");
const integrated = device("Vulkan2", "igpu");
const namesOf = (devices: readonly Device[]) => devices.map(({ name }) => name);

describe("by default", () => {
  const used = (...all: Device[]) => namesOf(chosenDevices(all, {}));

  test("every GPU is used once, by the backend that found it first", () => {
    const all = [cpu, cuda, vulkan, other];
    expect(used(...all)).toEqual(["CUDA0", "Vulkan1"]);
    expect(whyUnused(vulkan, all)).toBe("the same device as CUDA0");
    expect(whyUnused(cpu, all)).toBeNull();
  });

  test("devices whose identity nobody knows are not the same", () => {
    expect(used(device("A0", "gpu"), device("B0", "gpu"))).toEqual(["A0", "B0"]);
  });

  test("one that shares the machine's memory is used where there is none with its own", () => {
    expect(used(cpu, integrated)).toEqual(["Vulkan2"]);
    expect(used(cpu, other, integrated)).toEqual(["Vulkan1"]);
    expect(whyUnused(integrated, [other, integrated])).toContain("shares the machine's memory");
    const again = device("SYCL0", "igpu");
    expect(used(integrated, again)).toEqual(["Vulkan2"]);
    expect(whyUnused(again, [integrated, again])).toBe("Vulkan2, of another backend, comes first");
  });
});

test("options name devices, and one of them", () => {
  const all = [cpu, cuda, vulkan, other];
  const chosen = (options: Parameters<typeof chosenDevices>[1]) =>
    namesOf(chosenDevices(all, options));
  expect(chosen({ devices: ["vulkan0"] })).toEqual(["Vulkan0"]);
  expect(chosen({ devices: ["none"] })).toEqual([]);
  expect(chosen({ split_mode: "none" })).toEqual(["CUDA0"]);
  expect(chosen({ split_mode: "none", main_gpu: 1 })).toEqual(["Vulkan1"]);
});
