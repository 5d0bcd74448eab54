import { connect, type Socket } from "node:net";
import { createInterface } from "node:readline";
import { Readable } from "node:stream";
import type { Subprocess } from "bun";
import type { RpcServerSpec } from "../../core/rpc-server.ts";
import { EngineLog } from "../../supervisor/engine-log.ts";
import { selfCommand } from "../../supervisor/self-command.ts";
import type { WeightCache } from "./weight-cache.ts";

/** How every one of them computes. */
export type Sharing = Omit<RpcServerSpec, "endpoint" | "cacheDir">;

/** Time between two attempts to connect to a process that starts, milliseconds. */
const attemptMs = 5;
/** How long one may take to start, milliseconds: a GPU's driver may take many seconds. */
const startMs = 60_000;

/**
 * A process with ggml's RPC server, for one client, and the connection to it. The connection is
 * made before anybody else can: ggml serves one at a time, so that no other user of this machine
 * has a way in beside the front's.
 */
export class ComputingProcess implements AsyncDisposable {
  readonly socket: Socket;
  /** What it shares, one device a line. */
  readonly devices: string[];
  readonly #process: Subprocess<"ignore", "pipe", "pipe">;
  readonly #log: EngineLog;
  readonly #weights: Weights | null;
  #isOver = false;

  private constructor(
    { child, log, weights }: Child,
    { socket, devices }: { socket: Socket; devices: string[] },
  ) {
    this.#process = child;
    this.#log = log;
    this.#weights = weights;
    this.socket = socket;
    this.devices = devices;
  }

  /** @throws Error with the process's own words when it does not come up */
  static async start(sharing: Sharing, cache: WeightCache | null): Promise<ComputingProcess> {
    const place = freePlace();
    const weights = cache && { cache, folder: cache.newFolder() };
    const endpoint = `${place.host}:${place.port}`;
    const spec: RpcServerSpec = { ...sharing, endpoint, cacheDir: weights?.folder ?? null };
    const child = Bun.spawn({
      cmd: selfCommand("rpc-server", JSON.stringify(spec)),
      stdin: "ignore",
      stdout: "pipe",
      stderr: "pipe",
      env: { ...process.env, GGML_NO_BACKTRACE: "1", DO_NOT_TRACK: "1" },
    });
    const log = new EngineLog(child.stderr, () => {});
    try {
      const devices = await firstLine(child);
      if (devices === null) throw await failure(child, log);
      const socket = await connected(place, child);
      if (socket === null) throw await failure(child, log);
      return new ComputingProcess(
        { child, log, weights },
        { socket, devices: JSON.parse(devices) },
      );
    } catch (error) {
      child.kill("SIGKILL");
      await weights?.cache.adopt(weights.folder);
      throw error;
    }
  }

  /** Gives it the weights that others were sent until now. */
  fillCache(): void {
    this.#weights?.cache.fill(this.#weights.folder);
  }

  /** Resolves when it has ended: with why, or null if that was wanted. */
  get ended(): Promise<string | null> {
    return this.#process.exited.then(async () => {
      if (this.#isOver) return null;
      return (await failure(this.#process, this.#log)).message;
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isOver = true;
    this.socket.destroy();
    this.#process.kill("SIGKILL");
    await this.#process.exited;
    await this.#weights?.cache.adopt(this.#weights.folder);
  }
}

interface Child {
  child: Subprocess<"ignore", "pipe", "pipe">;
  log: EngineLog;
  weights: Weights | null;
}

/** Where its weights are kept. */
interface Weights {
  cache: WeightCache;
  folder: string;
}

/**
 * Where a new process can listen. Linux has millions of loopback addresses: at one that nobody
 * expects, nobody is quicker to connect than we are.
 */
function freePlace(): { host: string; port: number } {
  const [a = 0, b = 0, c = 0] = crypto.getRandomValues(new Uint8Array(3));
  const host = process.platform === "linux" ? `127.${a}.${b}.${Math.max(1, c % 255)}` : "127.0.0.1";
  const listener = Bun.listen({ hostname: host, port: 0, socket: { data() {} } });
  const { port } = listener;
  listener.stop(true);
  return { host, port };
}

/** What it writes first; null: nothing. What comes later is read, too, and is of no interest. */
async function firstLine(child: Subprocess<"ignore", "pipe", "pipe">): Promise<string | null> {
  const { promise, resolve } = Promise.withResolvers<string | null>();
  const lines = createInterface({ input: Readable.fromWeb(child.stdout as never) });
  lines.on("line", resolve);
  lines.on("close", () => resolve(null));
  return await promise;
}

/** Null: it has ended instead of listening. */
async function connected(
  place: { host: string; port: number },
  child: Subprocess,
): Promise<Socket | null> {
  const until = performance.now() + startMs;
  while (child.exitCode === null && child.signalCode === null && performance.now() < until) {
    const socket = await attempt(place);
    if (socket) return socket;
    await Bun.sleep(attemptMs);
  }
  return null;
}

function attempt(place: { host: string; port: number }): Promise<Socket | null> {
  const { promise, resolve } = Promise.withResolvers<Socket | null>();
  const socket = connect({ ...place, noDelay: true });
  socket.once("connect", () => resolve(socket));
  socket.on("error", () => resolve(null)); // later: its end is what counts
  return promise;
}

/** Why it ended, once it has. */
async function failure(child: Subprocess, log: EngineLog): Promise<Error> {
  child.kill("SIGKILL"); // what does not come up in time
  await Promise.all([child.exited, log.ended]);
  const how = child.signalCode ?? `exit code ${child.exitCode}`;
  const why = log.reason ?? "without a word";
  return new Error(`the process that computes ended (${how}): ${why}`);
}
