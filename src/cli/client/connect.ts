import type { Environment } from "../../core/flags/given.ts";
import { selfCommand } from "../../supervisor/self-command.ts";
import { grey } from "../terminal/style.ts";
import { type Address, serverAddress } from "./address.ts";
import { Client, keyOf, UnreachableError } from "./client.ts";

/** A client of a server that runs. Disposing ends the server if it was started for the client. */
export interface Connection extends AsyncDisposable {
  client: Client;
}

/** Longest that our own server may take to listen: it may have to unpack itself first. */
const startMsMax = 60_000;

/** `serveAttached` under this name; not for people. */
export const attachedServe = "serve-attached";

/**
 * Finds the server. Where none answers and the user has named none, one of our own runs for as long
 * as the connection does.
 * @throws UnreachableError, UsageError
 */
export async function connect(env: Environment): Promise<Connection> {
  const client = new Client(serverAddress(env), keyOf(env));
  if (await client.answers()) return { client, [Symbol.asyncDispose]: async () => {} };
  if (client.address.source !== null) throw unreachable(client);
  const where = `no server at ${client.place}`;
  process.stderr.write(grey(`${where}: running one for this command only\n`, process.stderr));
  return await startOwn(client.key);
}

/**
 * For commands that are about a server that runs already.
 * @throws UnreachableError, UsageError
 */
export async function requireServer(env: Environment): Promise<Client> {
  const client = new Client(serverAddress(env), keyOf(env));
  if (await client.answers()) return client;
  throw unreachable(client);
}

function unreachable({ address: { source }, place }: Client): UnreachableError {
  const advice = "start one with `hutch serve`";
  if (source === null) return new UnreachableError(`no server at ${place}: ${advice}`);
  const problem = `no server at ${place}, which ${source} names`;
  return new UnreachableError(`${problem}: ${advice}, or unset ${source}`);
}

/** Its stdin is the leash: however this process ends, the pipe closes, and the server stops. */
async function startOwn(key: string | null): Promise<Connection> {
  const child = Bun.spawn(selfCommand(attachedServe, "--host", "127.0.0.1", "--port", "0"), {
    stdin: "pipe",
    stdout: "pipe",
    stderr: "pipe",
    detached: true, // ctrl-c in the terminal is for the command, which ends the server in order
  });
  let output = "";
  const { promise: listening, resolve, reject } = Promise.withResolvers<string>();
  const read = async (stream: ReadableStream<Uint8Array>) => {
    const decoder = new TextDecoder();
    for await (const bytes of stream) {
      output = (output + decoder.decode(bytes, { stream: true })).slice(-outputLengthMax);
      const url = /listening on (http[^\s"]+)/.exec(output)?.[1];
      if (url !== undefined) resolve(url);
    }
  };
  const streams = Promise.all([read(child.stdout), read(child.stderr)]);
  const failed = async () => {
    await Promise.all([streams, child.exited]);
    reject(new Error(`cannot run a server: ${output.trim().replace(/^hutch: /, "")}`));
  };
  void failed();
  const late = setTimeout(() => reject(new Error("the server does not start")), startMsMax);
  try {
    const address: Address = { url: await listening, source: null };
    const stop = async () => {
      await child.stdin.end();
      await child.exited;
    };
    return { client: new Client(address, key), [Symbol.asyncDispose]: stop };
  } catch (error) {
    child.kill();
    throw error;
  } finally {
    clearTimeout(late);
  }
}

/** What is kept of a server's output, for the error when it does not start. */
const outputLengthMax = 4000;
