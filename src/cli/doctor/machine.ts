import { accessSync, constants, readdirSync, readFileSync, statSync } from "node:fs";
import { totalmem } from "node:os";
import { join } from "node:path";
import { machineMemory } from "../../core/machine-memory.ts";
import { deviceLine } from "../../engine/list-devices.ts";
import { explained } from "../backends/failure.ts";
import type { NativeProbe } from "../native-probe.ts";
import { ProbeError, probe } from "../probe.ts";
import { bytes } from "../terminal/human.ts";
import { broken, type Finding, ok, warning } from "./finding.ts";

/** What speeds llama.cpp up, as Linux spells it, for x86 and ARM. */
const knownFeatures = `sse4_2 avx avx2 fma f16c bmi2 avx_vnni avx512f avx512_vnni avx512_bf16
  amx_int8 asimd asimddp i8mm sve sve2 sme`.split(/\s+/);

/** @param cpuinfo Linux's /proc/cpuinfo */
export function cpuFinding(cpuinfo: string, arch: string): Finding {
  const name = /^(?:model name|Model)\s*:\s*(.+)$/m.exec(cpuinfo)?.[1] ?? arch;
  const words = /^(?:flags|Features)\s*:\s*(.+)$/m.exec(cpuinfo)?.[1]?.split(" ") ?? [];
  const found = knownFeatures.filter((feature) => words.includes(feature));
  const says = `${name}: ${found.join(", ") || "features unknown"}`;
  if (arch !== "x64" || words.length === 0 || words.includes("avx2")) return ok("CPU", says);
  const mend = "in a virtual machine give it the host's CPU (QEMU: -cpu host); else expect little";
  return warning("CPU", `${says}; without AVX2 models are several times slower`, mend);
}

/**
 * Loads the native libraries in another process, which a wrong instruction may end.
 * @param workers that are there, and whose devices count
 */
export async function libraryFindings(workers: readonly string[]): Promise<Finding[]> {
  try {
    return probeFindings(await probe({ workers }));
  } catch (error) {
    if (!(error instanceof ProbeError)) throw error;
    const signal = error.signal === null ? "" : ` (ended by ${error.signal})`;
    const mend =
      "give it a folder that it can write and execute from: HUTCH_CACHE=/var/tmp/hutch; " +
      "if a signal ended it, this build is for another kind of CPU: take the release build";
    return [broken("libraries", `llama.cpp does not load${signal}: ${error.message}`, mend)];
  }
}

export function probeFindings(found: NativeProbe): Finding[] {
  const { libraryDir, cpuLibrary, devices } = found;
  const library = cpuLibrary === null ? "" : `, on the CPU with ${cpuLibrary}`;
  return [
    ok("libraries", `${libraryDir}${library}`),
    ...backendFindings(found),
    ...devices.map((device) => ok("device", deviceLine(device))),
  ];
}

/** GPU backends that are installed. Models run without them, only slower. */
function backendFindings({ backends, failures, refusals, devices }: NativeProbe): Finding[] {
  const isUsed = (path: string) => !failures.some((failure) => failure.path === path);
  const hasGpu = devices.some(({ isGpu }) => isGpu);
  return [
    ...backends.filter(isUsed).map((path) => {
      if (hasGpu) return ok("backend", path);
      return warning("backend", `${path} finds no GPU`, "see what `hutch devices` says");
    }),
    ...failures.map(({ path, reason }) => {
      const { says, mend } = explained(reason);
      return warning("backend", `${path} does not load: ${says}`, mend ?? "see docs/gpu.md");
    }),
    ...refusals.map((text) => warning("backend", text, "see what `hutch backend list` says")),
  ];
}

/** Less than this free, and only small models load, bytes. */
const availableBytesMin = 1e9;

export function memoryFindings(root = ""): Finding[] {
  const { totalBytes, availableBytes } = machineMemory(root);
  const limit = totalBytes < totalmem() ? " (the limit of its container or service)" : "";
  const free = availableBytes === null ? "" : `, ${bytes(availableBytes)} free`;
  const says = `${bytes(totalBytes)}${limit}${free}; ${swapText(root)}`;
  if (availableBytes === null || availableBytes >= availableBytesMin) return [ok("memory", says)];
  const mend =
    limit === ""
      ? "end other programs; a smaller quantisation (Q4_K_M) and a smaller --ctx-size take less"
      : "raise the limit: MemoryMax= of the unit, or docker's --memory";
  return [warning("memory", says, mend)];
}

function swapText(root: string): string {
  const kilobytes = /^SwapTotal:\s+(\d+) kB$/m.exec(textOf(`${root}/proc/meminfo`))?.[1];
  return Number(kilobytes ?? 0) === 0 ? "no swap" : `swap ${bytes(Number(kilobytes) * 1024)}`;
}

/** Each connection and each part of a model is an open file. */
const nFilesMin = 4096;

export function filesFinding(root = ""): Finding[] {
  const line = /^Max open files\s+(\S+)\s+(\S+)/m.exec(textOf(`${root}/proc/self/limits`));
  if (!line) return [];
  const [, soft = "", hard = ""] = line;
  const says = `${soft} open files, up to ${hard}`;
  if (hard === "unlimited" || Number(hard) >= nFilesMin) return [ok("open files", says)];
  const mend = "ulimit -n 65536, or LimitNOFILE=65536 in the unit";
  return [warning("open files", `${says}: too few for many clients`, mend)];
}

/** Graphics processors that are there, but not for this user. */
export function deviceFileFindings(root = ""): Finding[] {
  const nodes = [
    ...namesIn(`${root}/dev/dri`, /^renderD/).map((name) => join(`${root}/dev/dri`, name)),
    ...namesIn(`${root}/dev`, /^(kfd|nvidia\d+|nvidiactl)$/).map((name) => join(root, "dev", name)),
  ];
  return nodes.filter(isForbidden).map((path) => {
    const mend = 'sudo usermod -aG render,video "$USER", then log in again';
    return warning("device", `${path} is there, but this user may not use it`, mend);
  });
}

function isForbidden(path: string): boolean {
  try {
    accessSync(path, constants.R_OK | constants.W_OK);
    return false;
  } catch {
    return true;
  }
}

/** A clock that stands before the program was made: certificates are not valid yet. */
export function clockFinding(nowMs: number, executable: string): Finding {
  const made = statSync(executable, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  const now = new Date(nowMs).toISOString();
  if (nowMs >= made) return ok("clock", now);
  const says = `${now} is before this program was made: downloads by https will fail`;
  return broken("clock", says, "sudo timedatectl set-ntp true, or set the clock by hand");
}

/** What a folder has; nothing where there is none, or none that this user may see. */
export function namesIn(dir: string, pattern = /./): string[] {
  try {
    return readdirSync(dir).filter((name) => pattern.test(name));
  } catch {
    return [];
  }
}

export function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return ""; // another system, or not for us to see
  }
}
