import { readFileSync } from "node:fs";
import { freemem, totalmem } from "node:os";
import { dirname, join } from "node:path";

/** The memory of the machine, or of the container that this is, bytes. */
export interface MachineMemory {
  totalBytes: number;
  /**
   * What can be had now without swapping; pages of files count, since they can be dropped. Null:
   * the system does not say.
   */
  availableBytes: number | null;
}

/** Where Linux has the limits of groups of processes. */
const groupsDir = "/sys/fs/cgroup";

/**
 * What this process may use, by the machine and by every group of processes that it is in.
 * @param root what the system's files are below; "": they are where they are
 */
export function machineMemory(root = ""): MachineMemory {
  if (process.platform !== "linux") return { totalBytes: totalmem(), availableBytes: null };
  const limits = groupLimits(root);
  return {
    totalBytes: Math.min(totalmem(), ...limits.map(({ max }) => max)),
    availableBytes: Math.min(freemem(), ...limits.map(({ max, used }) => Math.max(0, max - used))),
  };
}

interface GroupLimit {
  max: number;
  used: number;
}

/** Limits of the groups from this process's own up to the outermost; "max" is none. */
function groupLimits(root: string): GroupLimit[] {
  const lines = (textOf(`${root}/proc/self/cgroup`) ?? "").split("\n");
  const dir = root + groupsDir;
  return lines.flatMap((line) => {
    const [, controllers, path] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
    if (path === undefined) return [];
    if (controllers === "") return chain(path).flatMap((group) => limitIn(dir + group, names2));
    if (!controllers?.split(",").includes("memory")) return [];
    return chain(path).flatMap((group) => limitIn(join(dir, "memory", group), names1));
  });
}

/** Files of version 2 of Linux's groups, and of version 1. */
const names2 = { max: "memory.max", used: "memory.current", files: "inactive_file" };
const names1 = {
  max: "memory.limit_in_bytes",
  used: "memory.usage_in_bytes",
  files: "total_inactive_file",
};

function limitIn(dir: string, names: typeof names2): GroupLimit[] {
  const max = Number(textOf(join(dir, names.max)) ?? "max");
  const used = Number(textOf(join(dir, names.used)));
  if (!Number.isFinite(max) || !Number.isFinite(used)) return [];
  const stat = textOf(join(dir, "memory.stat")) ?? "";
  const droppable = Number(new RegExp(`^${names.files} (\\d+)$`, "m").exec(stat)?.[1] ?? 0);
  return [{ max, used: used - droppable }];
}

/** `/a/b`, `/a`, `/`: inside a container only the last may be there. */
function chain(path: string): string[] {
  return path === "/" || path === "." ? ["/"] : [path, ...chain(dirname(path))];
}

function textOf(path: string): string | null {
  try {
    return readFileSync(path, "utf8").trim();
  } catch {
    return null; // another system, another version, or not for us to see
  }
}
