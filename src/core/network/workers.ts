import { connect } from "node:net";
import { AppError } from "../errors.ts";

/** Where a worker listens. */
export interface WorkerPlace {
  host: string;
  port: number;
}

/** `host:port` with an IPv4 address or a name, as ggml takes it; null: it is none. */
export function workerPlace(address: string): WorkerPlace | null {
  const [, host, digits] = /^([A-Za-z0-9._-]+):(\d{1,5})$/.exec(address) ?? [];
  const port = Number(digits);
  return host !== undefined && port >= 1 && port <= 65_535 ? { host, port } : null;
}

/** Of ggml's RPC: a worker and who uses it must have the same. Source: ggml-rpc.h. */
export const rpcVersion = { major: 7, minor: 0 } as const;

/** Source: ggml-rpc.cpp. Numbers are little-endian; the rest of both messages is 0 without RDMA. */
const hello = { command: 14, nBytesAsked: 24, nBytesAnswered: 28 } as const;
const lengthBytes = 8;

/** How long a worker may take to be connected, and to say something, milliseconds. */
const connectMs = 5000;
const answerMs = 10_000;

interface Patience {
  connectMs: number;
  answerMs: number;
}

/**
 * Says hello to a worker, as ggml would, which ends its process when that fails.
 * @returns why it cannot be used, with its address; null: it can
 */
export async function workerProblem(
  address: string,
  patience: Patience = { connectMs, answerMs },
): Promise<string | null> {
  const place = workerPlace(address);
  const why = place === null ? "is no HOST:PORT" : await greet(place, patience);
  return why === null ? null : `worker ${address} ${why}`;
}

/** @throws AppError worker_unreachable, which names every worker that cannot be used */
export async function checkWorkers(addresses: readonly string[] = []): Promise<void> {
  const problems = await Promise.all(addresses.map((address) => workerProblem(address)));
  const told = problems.filter((problem) => problem !== null);
  if (told.length > 0) throw new AppError("worker_unreachable", told.join("; "));
}

/** How long one may take that is looked for after a crash, milliseconds: clients wait for it. */
const lostMs = 300;

/** Which of the workers are not there any more; the words of one that says nothing is not bad. */
export async function lostWorkers(addresses: readonly string[]): Promise<string[]> {
  const patience = { connectMs: lostMs, answerMs: lostMs };
  const problems = await Promise.all(addresses.map((address) => workerProblem(address, patience)));
  return problems.filter((problem) => problem !== null);
}

/** @returns what is wrong with who is there, or null */
function greet({ host, port }: WorkerPlace, patience: Patience): Promise<string | null> {
  const { promise, resolve } = Promise.withResolvers<string | null>();
  const socket = connect({ host, port, family: 4, noDelay: true });
  let heard: Buffer = Buffer.alloc(0);
  let isConnected = false;
  const limit = (ms: number) => setTimeout(() => resolve(silence(isConnected, ms)), ms);
  let timer = limit(patience.connectMs);
  socket.on("connect", () => {
    isConnected = true;
    clearTimeout(timer);
    timer = limit(patience.answerMs);
    socket.write(helloMessage());
  });
  socket.on("data", (bytes: Buffer) => {
    heard = Buffer.concat([heard, bytes]);
    const verdict = judge(heard);
    if (verdict !== "unfinished") resolve(verdict);
  });
  socket.on("error", (error: Error & { code?: string }) => resolve(refusal(error, isConnected)));
  socket.on("close", () => resolve(closed));
  return promise.finally(() => {
    clearTimeout(timer);
    socket.destroy();
  });
}

function helloMessage(): Buffer {
  const message = Buffer.alloc(1 + lengthBytes + hello.nBytesAsked);
  message.writeUInt8(hello.command, 0);
  message.writeBigUInt64LE(BigInt(hello.nBytesAsked), 1);
  return message;
}

/** Whether the answer to our hello is a worker's that can be used. */
function judge(heard: Buffer): string | null | "unfinished" {
  if (heard.length < lengthBytes) return "unfinished";
  if (heard.readBigUInt64LE(0) !== BigInt(hello.nBytesAnswered)) {
    return "is no worker: it speaks another protocol";
  }
  if (heard.length < lengthBytes + hello.nBytesAnswered) return "unfinished";
  const [major, minor] = [heard.readUInt8(lengthBytes), heard.readUInt8(lengthBytes + 1)];
  if (major === rpcVersion.major && minor <= rpcVersion.minor) return null;
  const ours = `this program ${rpcVersion.major}.${rpcVersion.minor}`;
  return `speaks ggml's RPC of version ${major}.${minor}, ${ours}: run the same Hutch on both`;
}

const closed = "closes the connection: does its --allow have the address of this machine?";

function silence(isConnected: boolean, ms: number): string {
  if (!isConnected) return `cannot be reached: nothing is heard of it within ${ms / 1000} s`;
  return `says nothing for ${ms / 1000} s: it is busy with another server, or is no worker`;
}

function refusal({ code, message }: Error & { code?: string }, isConnected: boolean): string {
  if (isConnected) return closed;
  if (code === "ECONNREFUSED") return "refuses the connection: does `hutch worker` run there?";
  if (code === "ENOTFOUND" || code === "EAI_AGAIN") return "cannot be reached: no such host";
  return `cannot be reached: ${message}`;
}
