import type { ListedDevice } from "../../engine/list-devices.ts";
import { failureText } from "../backends/failure.ts";
import type { Command } from "../command.ts";
import type { NativeProbe } from "../native-probe.ts";
import { ProbeError, probe } from "../probe.ts";
import { bytes } from "../terminal/human.ts";
import { table } from "../terminal/table.ts";

export const devices: Command = {
  name: "devices",
  usage: "",
  summary: "list what models can compute on, and its memory",
  about:
    "NAME is what --device takes. What is not used by itself says why; --device can still name " +
    "it. `hutch backend install` adds GPUs.",
  options: [{ name: "json", help: "print JSON" }],
  nWords: { min: 0, max: 0 },
  run: async (line) => {
    const found = await probe();
    const all = [...found.devices, ...(await softwareDevices(found, process.env))];
    const notes = notesOn(found, all);
    console.log(line.has("json") ? JSON.stringify({ devices: all, notes }, null, 2) : listing(all));
    if (!line.has("json")) for (const note of notes) console.error(`hutch: ${note}`);
  },
};

/** ggml's choice among the devices that Vulkan knows; those of the CPU type only when named. */
const chooser = "GGML_VK_VISIBLE_DEVICES";

/**
 * Drivers that compute on the CPU, such as Mesa's llvmpipe, which ggml passes over where nobody
 * names them: they are slower than its own code for the CPU.
 */
async function softwareDevices(
  { devices, failures, backends }: NativeProbe,
  env: Record<string, string | undefined>,
): Promise<ListedDevice[]> {
  const isVulkan = (path: string) => path.endsWith("libggml-vulkan.so");
  const loads = backends.some(isVulkan) && !failures.some(({ path }) => isVulkan(path));
  const hasFound = devices.some(({ backend }) => backend === "Vulkan");
  if (!loads || hasFound || env[chooser] !== undefined) return [];
  const unused = `a driver that computes on the CPU; ${chooser}=0 chooses it`;
  const { devices: all } = await probe({ env: { [chooser]: "0" } }).catch((error) => {
    if (error instanceof ProbeError) return { devices: [] }; // there is none, and that is all
    throw error;
  });
  return all.filter(({ backend }) => backend === "Vulkan").map((device) => ({ ...device, unused }));
}

function notesOn({ failures, refusals }: NativeProbe, all: readonly ListedDevice[]): string[] {
  const notes = [...failures.map(failureText), ...refusals];
  if (notes.length > 0 || all.some(({ isGpu }) => isGpu)) return notes;
  return ["no GPU; `hutch backend list` shows what there is for them"];
}

export function listing(all: readonly ListedDevice[]): string {
  const rows = all.map(({ name, backend, totalBytes, freeBytes, unused, description }) => [
    name,
    backend,
    bytes(totalBytes),
    bytes(freeBytes),
    unused === null ? "yes" : `no: ${unused}`,
    description,
  ]);
  return table([["NAME", "BACKEND", "MEMORY", "FREE", "USED", "DESCRIPTION"], ...rows]);
}
