import { readFileSync } from "node:fs";
import { processTree } from "./process-tree.ts";

/** Memory of a process and all that it has started, MB (10⁶ bytes). */
export interface ProcessMemory {
  /** Resident pages, each divided by the number of processes that share it ("PSS"). */
  readonly residentMb: number;
  /** Pages that belong to one process alone and to no file: what a mapped model is not part of. */
  readonly anonymousMb: number;
}

/**
 * Reads /proc, so Linux only.
 * @throws Error when the process has ended
 */
export function memoryOfTree(pid: number): ProcessMemory {
  const pids = processTree(pid);
  if (pids.length === 0) throw new Error(`process ${pid} has ended`);
  const rollups = pids.map((one) => readFileSync(`/proc/${one}/smaps_rollup`, "utf8"));
  const sumOf = (field: string) =>
    rollups.reduce((sum, rollup) => sum + kilobytesOf(rollup, field), 0) * (1024 / 1e6);
  return { residentMb: sumOf("Pss"), anonymousMb: sumOf("Pss_Anon") };
}

/** @throws Error when the kernel does not tell */
export function kilobytesOf(rollup: string, field: string): number {
  const [, kilobytes] = new RegExp(`^${field}: +(\\d+) kB$`, "m").exec(rollup) ?? [];
  if (kilobytes === undefined) throw new Error(`smaps_rollup has no ${field}`);
  return Number(kilobytes);
}

/** The files that the processes have mapped, as the kernel names them. */
export function mappedFiles(pid: number): Set<string> {
  const maps = processTree(pid).map((one) => readFileSync(`/proc/${one}/maps`, "utf8"));
  const paths = maps.flatMap((map) => map.match(/(?<= )\/.*$/gm) ?? []);
  return new Set(paths);
}
