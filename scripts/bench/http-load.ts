/**
 * A process of its own that asks a server for one path over many connections, which stay open: each
 * sends its next request when it has its answer. Prints its findings as JSON.
 *
 *   bun scripts/bench/http-load.ts URL CONNECTIONS SECONDS
 */
import type { Socket } from "bun";
import { runMain } from "../program.ts";

/** What the connections saw. */
export interface HttpLoad {
  /** Answers within the time, per second. */
  readonly rate: number;
  readonly medianMs: number;
  /** 99 of 100 answers took at most this long. */
  readonly p99Ms: number;
  /** Answers with another status than 200, and connections that could not be made. */
  readonly nFailed: number;
  /** How often the server closed a connection, which was then made again. */
  readonly nClosed: number;
}

/** Connections that are made at the same time: fewer than any server's backlog holds. */
const nConnectingMax = 64;

/** How long to wait after the end for the answers that are still missing. */
const drainMsDefault = 3000;

/** Pause before a refused connection is tried again. */
const retryMs = 100;

interface Connection {
  readonly answer: Answer;
  /** When its request was first sent; undefined while it waits for none. */
  sentMs: number | undefined;
  socket: Socket<Connection> | undefined;
}

/** Keeps `nConnections` busy for `seconds`, and then waits `drainMs` for what is under way. */
export async function loadHttp(
  url: URL,
  nConnections: number,
  seconds: number,
  drainMs = drainMsDefault,
): Promise<HttpLoad> {
  const latencies: number[] = [];
  let [nInTime, nFailed, nClosed, endMs] = [0, 0, 0, Number.POSITIVE_INFINITY];
  const request = `GET ${url.pathname} HTTP/1.1\r\nHost: ${url.host}\r\n\r\n`;
  const send = (connection: Connection) => {
    connection.sentMs ??= performance.now();
    connection.socket?.write(request);
  };
  const onAnswer = (connection: Connection, status: number) => {
    const now = performance.now();
    latencies.push(now - (connection.sentMs ?? now));
    connection.sentMs = undefined;
    if (status !== 200) nFailed++;
    if (now > endMs) return;
    nInTime++;
    send(connection);
  };
  const connect = async (connection: Connection): Promise<void> => {
    const { hostname, port } = url;
    const socket = {
      data({ data: to }: Socket<Connection>, bytes: Buffer) {
        const status = to.answer.push(bytes);
        if (status !== undefined) onAnswer(to, status);
      },
      async close({ data: from }: Socket<Connection>) {
        if (performance.now() > endMs) return;
        nClosed++;
        from.answer.reset();
        await connect(from);
        if (from.sentMs !== undefined) send(from);
      },
    };
    for (;;) {
      const made = Bun.connect({ hostname, port: Number(port), data: connection, socket });
      connection.socket = await made.catch(() => undefined);
      if (connection.socket !== undefined || performance.now() > endMs) return;
      nFailed++;
      await Bun.sleep(retryMs);
    }
  };

  const connections = Array.from({ length: nConnections }, newConnection);
  for (let i = 0; i < nConnections; i += nConnectingMax) {
    await Promise.all(connections.slice(i, i + nConnectingMax).map(connect));
  }
  endMs = performance.now() + seconds * 1000;
  for (const connection of connections) send(connection);
  await Bun.sleep(endMs - performance.now());
  const isWaiting = () => connections.some(({ sentMs }) => sentMs !== undefined);
  while (isWaiting() && performance.now() < endMs + drainMs) await Bun.sleep(10);
  // What never came has taken at least this long.
  const now = performance.now();
  for (const { sentMs } of connections) if (sentMs !== undefined) latencies.push(now - sentMs);
  for (const { socket } of connections) socket?.terminate();
  latencies.sort((a, b) => a - b);
  const part = (share: number) => latencies[Math.floor(share * latencies.length)] ?? 0;
  return { rate: nInTime / seconds, medianMs: part(0.5), p99Ms: part(0.99), nFailed, nClosed };
}

function newConnection(): Connection {
  return { answer: new Answer(), sentMs: undefined, socket: undefined };
}

/** Finds the end of an HTTP answer that has a Content-Length. */
export class Answer {
  #head = "";
  /** Bytes of the body that are still missing; undefined while the head is incomplete. */
  #nMissing: number | undefined;
  #status = 0;

  /**
   * Takes the next bytes; the status when they complete the answer.
   * @throws Error when the answer does not tell its length
   */
  push(bytes: Uint8Array): number | undefined {
    let nBody = bytes.length;
    if (this.#nMissing === undefined) {
      this.#head += Buffer.from(bytes).toString("latin1"); // one character for each byte
      const end = this.#head.indexOf("\r\n\r\n");
      if (end < 0) return undefined;
      nBody = this.#head.length - (end + 4);
      const length = /^content-length: *(\d+)\r$/im.exec(this.#head.slice(0, end + 2))?.[1];
      if (length === undefined) throw new Error("an answer without Content-Length");
      this.#status = Number(this.#head.slice(9, 12));
      this.#nMissing = Number(length);
    }
    this.#nMissing -= nBody;
    if (this.#nMissing > 0) return undefined;
    const status = this.#status;
    this.reset();
    return status;
  }

  /** Forgets what it has taken: the connection begins anew. */
  reset(): void {
    this.#head = "";
    this.#nMissing = undefined;
  }
}

async function main(): Promise<number> {
  const [url = "", nConnections, seconds] = process.argv.slice(2);
  const found = await loadHttp(new URL(url), Number(nConnections), Number(seconds));
  console.log(JSON.stringify(found));
  return 0;
}

if (import.meta.main) await runMain(main);
