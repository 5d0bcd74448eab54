import { readdirSync } from "node:fs";
import { join } from "node:path";

/** Where Vulkan's loader finds what drivers there are. */
const driversDir = "/usr/share/vulkan/icd.d";

/** Mesa's driver that computes on the CPU, by the file that tells of it; null: it is not here. */
export function softwareDriver(): string | null {
  try {
    const name = readdirSync(driversDir).find((entry) => entry.startsWith("lvp_icd"));
    return name === undefined ? null : join(driversDir, name);
  } catch {
    return null;
  }
}
