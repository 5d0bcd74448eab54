import { readlinkSync } from "node:fs";
import { broken, type Finding, ok } from "./finding.ts";
import { namesIn, textOf } from "./machine.ts";

/** Who listens at a port. */
export interface Listener {
  pid: number;
  /** Of its program, as the system has it. */
  name: string;
}

/** Whether a server could listen there; one of ours that does already is fine. */
export async function portFinding(hostname: string, port: number): Promise<Finding> {
  const place = `${hostname.includes(":") ? `[${hostname}]` : hostname}:${port}`;
  try {
    Bun.listen({ hostname, port, socket: { data: () => {} } }).stop(true);
    return ok("port", `${place} is free`);
  } catch (error) {
    const { code, message } = error as Error & { code?: string };
    if (code === "EADDRINUSE") {
      const listener = listenerAt(port);
      if (listener === null && (await isHutch(place))) return ok("port", `${place}: Hutch runs`);
      return takenFinding(place, port, listener);
    }
    if (code === "EACCES") {
      return broken("port", `${place}: this user may not use it`, "take a port above 1023: --port");
    }
    return broken("port", `${place}: ${message}`, "name an address of this machine: --host");
  }
}

export function takenFinding(place: string, port: number, listener: Listener | null): Finding {
  if (listener?.name.startsWith("hutch"))
    return ok("port", `${place}: Hutch runs (${listener.pid})`);
  const who = listener === null ? "another program" : `${listener.name} (process ${listener.pid})`;
  const ollama = "end it (sudo systemctl disable --now ollama)";
  const end = listener?.name === "ollama" ? ollama : `find it (sudo ss -ltnp 'sport = :${port}')`;
  return broken("port", `${place} is taken by ${who}`, `${end}, or take another port: --port`);
}

/** How long whoever has the port may take to say who it is, milliseconds. */
const patienceMs = 1000;

/** Whether a server of ours answers there: another user's processes do not say what they have. */
async function isHutch(place: string): Promise<boolean> {
  try {
    const { headers } = await fetch(`http://${place}/`, {
      signal: AbortSignal.timeout(patienceMs),
    });
    return headers.get("server") === "Hutch";
  } catch {
    return false;
  }
}

/** The process that listens there; null: the system does not say, or not to this user. */
function listenerAt(port: number): Listener | null {
  const inodes = new Set(
    ["tcp", "tcp6"].flatMap((name) => inodesIn(textOf(`/proc/net/${name}`), port)),
  );
  for (const pid of namesIn("/proc").filter((name) => /^\d+$/.test(name))) {
    const isIts = namesIn(`/proc/${pid}/fd`).some((fd) => {
      const inode = /^socket:\[(\d+)\]$/.exec(linkOf(`/proc/${pid}/fd/${fd}`))?.[1];
      return inode !== undefined && inodes.has(inode);
    });
    if (isIts) return { pid: Number(pid), name: textOf(`/proc/${pid}/comm`).trim() };
  }
  return null;
}

/** Sockets that listen at `port`. @param table Linux's /proc/net/tcp */
export function inodesIn(table: string, port: number): string[] {
  const listens = "0A";
  return table
    .split("\n")
    .map((line) => line.trim().split(/\s+/))
    .filter(([, local, , state]) => {
      const hex = local?.split(":")[1] ?? "";
      return state === listens && Number.parseInt(hex, 16) === port;
    })
    .flatMap((fields) => fields[9] ?? []);
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return "";
  }
}
