import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import { ComputingProcess, type Sharing } from "./computing-process.ts";
import type { Peers } from "./peers.ts";
import type { WeightCache } from "./weight-cache.ts";

export interface FrontSettings {
  hostname: string;
  /** 0: any that is free. */
  port: number;
  peers: Peers;
  /** Connections that are computed for at once: each may fill this machine's memory. */
  nClientsMax: number;
  sharing: Sharing;
  /** Null: weights are sent each time. */
  cache: WeightCache | null;
}

/** A connection that says nothing for so long after it was made is closed, milliseconds. */
const silentMs = 10_000;
/** After so much silence a client's machine is asked whether it is still there, milliseconds. */
const keepAliveMs = 10_000;
/** How long a process that hangs up may take to say that it ends, milliseconds. */
const lastWordsMs = 2000;
/** Refused addresses that are told of, each once: one that tries on fills no log. */
const nToldMax = 100;

/**
 * What others see of a worker: it looks who connects, and passes what they say on to a process of
 * their own, where ggml's RPC server computes. What a client sends may end that process, and
 * nothing else; all memory that it took is given back when the client goes.
 */
export class Front implements AsyncDisposable {
  readonly #settings: FrontSettings;
  readonly #warn: (message: string) => void;
  readonly #server: Server;
  readonly #clients = new Set<Socket>();
  readonly #toldOf = new Set<string>();
  /** A process that waits for the next client, as it takes a moment to start; null: none does. */
  #spare: Promise<ComputingProcess> | null = null;
  #isEnding = false;

  private constructor(settings: FrontSettings, warn: (message: string) => void) {
    this.#settings = settings;
    this.#warn = warn;
    const options = { noDelay: true, keepAlive: true, keepAliveInitialDelay: keepAliveMs };
    this.#server = createServer(options, (client) => void this.#receive(client));
  }

  /**
   * Listens, once it is known what can be shared here.
   * @param warn told what the operator should know, a line each
   * @throws Error when nothing can be computed here, or the address is not to be had
   */
  static async open(
    settings: FrontSettings,
    warn: (message: string) => void,
  ): Promise<{ front: Front; devices: string[] }> {
    const front = new Front(settings, warn);
    const first = ComputingProcess.start(settings.sharing, settings.cache);
    try {
      const { devices } = await first;
      front.#keep(first);
      front.#server.listen({ host: settings.hostname, port: settings.port });
      await once(front.#server, "listening");
      front.#server.on("error", ({ message }) => warn(`nobody can connect: ${message}`));
      return { front, devices };
    } catch (error) {
      await front[Symbol.asyncDispose]();
      throw error;
    }
  }

  get port(): number {
    const address = this.#server.address();
    return typeof address === "object" ? (address?.port ?? 0) : 0;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isEnding = true;
    this.#server.close();
    for (const client of this.#clients) client.destroy();
    const spare = await this.#spare?.catch(() => null);
    await spare?.[Symbol.asyncDispose]();
  }

  async #receive(client: Socket): Promise<void> {
    const address = client.remoteAddress ?? "";
    client.on("error", () => {}); // its end is what counts
    if (!this.#admits(address)) {
      client.destroy();
      return;
    }
    this.#clients.add(client);
    try {
      if (await hasSpoken(client)) await this.#serve(client, address);
    } catch (error) {
      this.#warn(`${address}: ${error instanceof Error ? error.message : String(error)}`);
    } finally {
      this.#clients.delete(client);
      client.destroy();
    }
  }

  #admits(address: string): boolean {
    const { peers, nClientsMax } = this.#settings;
    if (!peers.has(address)) {
      if (!this.#toldOf.has(address) && this.#toldOf.size < nToldMax) {
        this.#toldOf.add(address);
        this.#warn(`${address} is refused: --allow does not name it`);
      }
      return false;
    }
    if (this.#clients.size < nClientsMax) return true;
    this.#warn(`${address} is refused: ${nClientsMax} are connected already (--max-clients)`);
    return false;
  }

  /** Passes bytes on until either side ends. */
  async #serve(client: Socket, address: string): Promise<void> {
    await using computing = await this.#take();
    computing.fillCache();
    const { socket } = computing;
    const ends = [closed(client).then(() => "client"), closed(socket).then(() => "process")];
    client.pipe(socket);
    socket.pipe(client);
    const first = await Promise.race(ends);
    client.destroy();
    if (first === "client" || this.#isEnding) return;
    const hungUp = () => "it does not speak this RPC, or not this version of it";
    const why = await Promise.race([computing.ended, Bun.sleep(lastWordsMs).then(hungUp)]);
    this.#warn(`${address} is cut off: ${why}`);
  }

  async #take(): Promise<ComputingProcess> {
    const { sharing, cache } = this.#settings;
    const start = () => ComputingProcess.start(sharing, cache);
    const taken = this.#spare ?? start();
    this.#spare = null;
    try {
      return await taken;
    } finally {
      if (!this.#isEnding && this.#spare === null) this.#keep(start());
    }
  }

  /** Has a process wait for the next client; who finds none starts one, and learns why it fails. */
  #keep(spare: Promise<ComputingProcess>): void {
    this.#spare = spare;
    const forget = () => {
      if (this.#spare === spare) this.#spare = null;
    };
    spare.then((one) => one.ended.then(forget)).catch(forget);
  }
}

/** Whether the client says something at all, before it leaves or its time is up. */
async function hasSpoken(client: Socket): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const timer = setTimeout(() => resolve(false), silentMs);
  client.once("readable", () => resolve(client.readableLength > 0));
  client.once("close", () => resolve(false));
  return await promise.finally(() => clearTimeout(timer));
}

/** Resolves when there will be no more of it. */
function closed(socket: Socket): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  for (const event of ["end", "close"]) socket.once(event, resolve);
  if (socket.destroyed) resolve();
  return promise;
}
