import { readdirSync, readFileSync } from "node:fs";
import { kilobytesOf } from "../bench/process-memory.ts";
import { processTree } from "../bench/process-tree.ts";

/** What a server and its engines hold on to. */
export interface Holdings {
  /** Requests that wait or run, by `GET /metrics`. */
  nRequests: number;
  /** Sequences that are computed, by the same. */
  nBusySlots: number;
  /** The server and all that it has started. */
  nProcesses: number;
  /** Open files and sockets of all of them. */
  nDescriptors: number;
  /** Below the server's temporary folder. */
  nTemporaryFiles: number;
  /** Resident memory, MB (10⁶ bytes). */
  serverMb: number;
  enginesMb: number;
}

/** A server that is started with `--metrics` and a temporary folder of its own. */
export interface Held {
  url: string;
  pid: number;
  temporaryDir: string;
}

/** Reads /proc, so Linux only. @throws Error when the server has ended */
export async function holdings({ url, pid, temporaryDir }: Held): Promise<Holdings> {
  const metrics = await metricsOf(url);
  const [server = 0, ...engines] = processTree(pid);
  return {
    nRequests: sumOf(metrics, "hutch_requests_running") + sumOf(metrics, "hutch_requests_deferred"),
    nBusySlots: sumOf(metrics, "hutch_slots_processing"),
    nProcesses: 1 + engines.length,
    nDescriptors: [server, ...engines].reduce((sum, one) => sum + nDescriptorsOf(one), 0),
    nTemporaryFiles: readdirSync(temporaryDir, { recursive: true }).length,
    serverMb: residentMb(server),
    enginesMb: engines.reduce((sum, one) => sum + residentMb(one), 0),
  };
}

/** Waits until nothing runs or waits. @throws Error when that takes too long */
export async function whenIdle(held: Held, timeoutMs = 60_000): Promise<Holdings> {
  const end = performance.now() + timeoutMs;
  for (;;) {
    const now = await holdings(held);
    if (now.nRequests === 0 && now.nBusySlots === 0) return now;
    if (performance.now() > end) throw new Error(`still at work: ${JSON.stringify(now)}`);
    await Bun.sleep(50);
  }
}

/** How often idle engines have found that every cell of their KV caches is accounted for. */
export async function cellProofs({ url }: Pick<Held, "url">): Promise<number> {
  return sumOf(await metricsOf(url), "hutch_cell_proofs");
}

const metricsOf = async (url: string) => (await fetch(`${url}/metrics`)).text();

/** The sum over all models. */
function sumOf(metrics: string, name: string): number {
  const values = metrics.matchAll(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)$`, "gm"));
  return [...values].reduce((sum, [, value]) => sum + Number(value), 0);
}

const nDescriptorsOf = (pid: number) => ofRunning(() => readdirSync(`/proc/${pid}/fd`).length);

function residentMb(pid: number): number {
  const rollup = ofRunning(() => readFileSync(`/proc/${pid}/smaps_rollup`, "utf8"));
  return rollup === 0 ? 0 : (kilobytesOf(rollup, "Rss") * 1024) / 1e6;
}

/** What is read of a process; 0: it has ended since it was found, and holds on to nothing. */
function ofRunning<Value>(read: () => Value): Value | 0 {
  try {
    return read();
  } catch (error) {
    const isGone =
      error instanceof Error && "code" in error && /ENOENT|ESRCH/.test(`${error.code}`);
    if (isGone) return 0;
    throw error;
  }
}
