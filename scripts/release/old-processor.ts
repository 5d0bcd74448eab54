import { basename } from "node:path";
import type { NativeProbe } from "../../src/cli/native-probe.ts";
import { outputOf } from "../program.ts";
import { temporaryFolder } from "../temporary-folder.ts";
import { ensurePrograms } from "./compilers.ts";
import type { Platform } from "./platforms.ts";
import { ensureSysroot } from "./sysroot.ts";

/**
 * Starts an executable on the oldest processor of its kind that we promise to run on, as QEMU
 * emulates it: it must load its libraries, and among them the one for that processor.
 * @throws Error when it does not
 */
export async function startOnOldProcessor(executable: string, platform: Platform): Promise<void> {
  const { processor, oldest } = platform;
  const emulator = `qemu-${processor}-static`;
  await ensurePrograms({ [emulator]: "qemu-user-static" });
  await using home = await temporaryFolder("old-processor");
  const sysroot = await ensureSysroot(platform);
  const emulated = [emulator, "-cpu", oldest.name, "-L", sysroot, executable];
  const probe = await outputOf([...emulated, "native-probe"], { env: { HOME: home.path } });
  const { cpuLibrary }: NativeProbe = JSON.parse(probe);
  const file = basename(executable);
  if (cpuLibrary !== oldest.library) {
    throw new Error(`${file} took ${cpuLibrary} on ${oldest.name}, not ${oldest.library}`);
  }
  console.error(`hutch: ${file} starts on ${oldest.name}, with ${cpuLibrary}`);
}
