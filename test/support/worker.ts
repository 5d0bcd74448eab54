import { connect } from "node:net";
import { bareEnvironment, childrenOf, startListening, temporaryDir } from "./server.ts";

export interface RunningWorker extends AsyncDisposable {
  /** 127.0.0.1 and its port. */
  address: string;
  port: number;
  pid: number;
  exited: Promise<number>;
  /** Everything that it printed so far. */
  output(): string;
  /** Ids of the processes that compute, or wait to. */
  processes(): number[];
  /** Ends it, the way that a power cut does. */
  kill(): Promise<void>;
}

/**
 * Starts `hutch worker` on a loopback port.
 * @param more its port, if it must be a known one, and variables of its environment
 * @throws when it ends instead
 */
export async function startWorker(
  args: string[] = [],
  { port = 0, env = {} }: { port?: number; env?: Record<string, string> } = {},
): Promise<RunningWorker> {
  const home = temporaryDir();
  const all = ["worker", "--port", String(port), "--threads", "1", ...args];
  const environment = bareEnvironment(home.path, env);
  const address = /listening on 127\.0\.0\.1:(\d+)\n/;
  const { child, output, found, stop } = await startListening(all, environment, address, home);
  return {
    address: `127.0.0.1:${found}`,
    port: Number(found),
    pid: child.pid,
    exited: child.exited,
    output,
    processes: () => childrenOf(child.pid),
    kill: () => stop("SIGKILL"),
    [Symbol.asyncDispose]: () => stop("SIGTERM"),
  };
}

/** Commands of ggml's RPC. Source: ggml-rpc.cpp. */
export const rpc = {
  allocBuffer: 0,
  bufferGetBase: 3,
  setTensor: 6,
  setTensorHash: 7,
  hello: 14,
} as const;

/** Somebody who speaks ggml's RPC, or something like it. */
export class RpcClient implements Disposable {
  readonly #socket;
  #heard: Buffer = Buffer.alloc(0);
  #isClosed = false;
  #wake = () => {};

  /** @param from the address of this machine that it comes from */
  constructor(port: number, from = "127.0.0.1") {
    this.#socket = connect({ host: "127.0.0.1", port, localAddress: from, noDelay: true });
    this.#socket.on("data", (bytes: Buffer) => {
      this.#heard = Buffer.concat([this.#heard, bytes]);
      this.#wake();
    });
    this.#socket.on("error", () => {});
    this.#socket.on("close", () => {
      this.#isClosed = true;
      this.#wake();
    });
  }

  /** Whatever it is. */
  write(bytes: Uint8Array): void {
    this.#socket.write(bytes);
  }

  /** @param length what it says that follows, if that is not how much does */
  send(command: number, body: Uint8Array = new Uint8Array(), length = BigInt(body.length)): void {
    const head = Buffer.alloc(9);
    head.writeUInt8(command, 0);
    head.writeBigUInt64LE(length, 1);
    this.write(Buffer.concat([head, body]));
  }

  /** The body of the next answer; null: the connection was closed instead. */
  async answer(): Promise<Buffer | null> {
    for (;;) {
      const n = this.#heard.length >= 8 ? 8 + Number(this.#heard.readBigUInt64LE(0)) : Infinity;
      if (this.#heard.length >= n) {
        const body = this.#heard.subarray(8, n);
        this.#heard = this.#heard.subarray(n);
        return body;
      }
      if (this.#isClosed) return null;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  async ask(command: number, body?: Uint8Array): Promise<Buffer | null> {
    this.send(command, body);
    return await this.answer();
  }

  async hello(): Promise<Buffer | null> {
    return await this.ask(rpc.hello, new Uint8Array(24));
  }

  [Symbol.dispose](): void {
    this.#socket.destroy();
  }
}

/** A buffer of `n` bytes on a worker: what stands for it, and where its data begin there. */
export async function remoteBuffer(client: RpcClient, n: number) {
  const asked = Buffer.alloc(12); // device 0
  asked.writeBigUInt64LE(BigInt(n), 4);
  const buffer = (await client.ask(rpc.allocBuffer, asked))?.readBigUInt64LE(0) ?? 0n;
  const pointer = Buffer.alloc(8);
  pointer.writeBigUInt64LE(buffer);
  const base = (await client.ask(rpc.bufferGetBase, pointer))?.readBigUInt64LE(0) ?? 0n;
  return { buffer, base };
}

/** A tensor of `n` bytes in a remote buffer, as ggml's RPC writes one. */
export function remoteTensor(n: number, buffer: bigint, data: bigint): Buffer {
  const bytes = Buffer.alloc(296);
  const i8 = 24; // GGML_TYPE_I8
  bytes.writeUInt32LE(i8, 8);
  bytes.writeBigUInt64LE(buffer, 12);
  for (const [i, ne] of [n, 1, 1, 1].entries()) bytes.writeUInt32LE(ne, 20 + 4 * i);
  for (const [i, nb] of [1, n, n, n].entries()) bytes.writeUInt32LE(nb, 36 + 4 * i);
  bytes.writeBigUInt64LE(data, 220);
  return bytes;
}
