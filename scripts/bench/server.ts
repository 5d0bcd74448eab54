import { closeSync, openSync, readFileSync } from "node:fs";

/** A server that takes part: its name, and the command that starts it on a port of 127.0.0.1. */
export interface Contender {
  readonly name: string;
  command(port: number): string[];
}

export interface RunningProcess extends AsyncDisposable {
  readonly baseUrl: string;
  readonly pid: number;
  readonly command: readonly string[];
  /** `performance.now()` just before the process was started. */
  readonly startedMs: number;
  /** Takes everything that the process prints. */
  readonly logPath: string;
}

export type ServerName = "hutch" | "llama-server";

/** Where one of the stage's models answers. */
export interface ServedModel {
  readonly baseUrl: string;
  /** What requests must say in `model`; undefined: nothing. */
  readonly name?: string;
}

/** A side that has started; pid, command, log and address are those of its first process. */
export interface RunningServer extends RunningProcess {
  readonly name: ServerName;
  /** The first of the models. */
  readonly model: ServedModel;
  /** The stage's models, in its order. */
  readonly models: readonly ServedModel[];
}

/** Loading a 0.4 GB model takes seconds; a first start also unpacks libraries. */
const startTimeoutMs = 60_000;

/** Time for an orderly end before SIGKILL. */
const stopTimeoutMs = 15_000;

/** Short beside a start, which is measured too; long beside what a poll costs. */
const healthPollMs = 20;

/** Settings that would make a server differ from its command line. */
const settingsPrefixes = ["LLAMA_", "GGML_", "HUTCH_", "OLLAMA_"];

/**
 * Starts a server and waits until `GET /health` answers 200. Disposing it ends the process.
 * @throws Error with the end of the log when the server exits or stays unhealthy
 */
export async function startServer(
  contender: Contender,
  logPath: string,
  signal: AbortSignal,
): Promise<RunningProcess> {
  const { server, child } = spawnServer(contender, logPath);
  try {
    await untilHealthy(server.baseUrl, child, signal);
    return server;
  } catch (error) {
    await server[Symbol.asyncDispose]();
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`${contender.name} ${reason}; its last lines:\n${lastLines(logPath)}`);
  }
}

/** Starts a server without waiting until it answers. */
export function spawnServer(
  { name, command: commandOn }: Contender,
  logPath: string,
): { server: RunningProcess; child: Bun.Subprocess } {
  const port = freePort();
  const command = commandOn(port);
  const log = openSync(logPath, "w");
  const startedMs = performance.now();
  const child = Bun.spawn(command, { env: plainEnvironment(), stdio: ["ignore", log, log] });
  closeSync(log); // the child has its own copy
  const server: RunningProcess = {
    ...{ baseUrl: `http://127.0.0.1:${port}`, pid: child.pid, command, startedMs, logPath },
    [Symbol.asyncDispose]: () => stop(child, name),
  };
  return { server, child };
}

/** A port that nobody listens on now. Another process may take it before our server does. */
function freePort(): number {
  const probe = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
  const { port } = probe;
  probe.stop(true);
  return port;
}

function plainEnvironment(): Record<string, string | undefined> {
  const isSetting = (name: string) => settingsPrefixes.some((prefix) => name.startsWith(prefix));
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !isSetting(name)));
}

async function untilHealthy(
  baseUrl: string,
  child: Bun.Subprocess,
  signal: AbortSignal,
): Promise<void> {
  const deadlineMs = performance.now() + startTimeoutMs;
  while (performance.now() < deadlineMs) {
    signal.throwIfAborted();
    const ended = child.exitCode ?? child.signalCode;
    if (ended !== null) throw new Error(`ended early (${ended})`);
    // Refused until it listens, 503 while it loads.
    const response = await fetch(`${baseUrl}/health`, { signal, keepalive: false }).catch(
      () => undefined,
    );
    await response?.body?.cancel();
    if (response?.status === 200) return;
    await Bun.sleep(healthPollMs);
  }
  throw new Error(`was not healthy after ${startTimeoutMs / 1000} s`);
}

/** Ends this one process by its id. @throws Error when it had to be killed */
async function stop(child: Bun.Subprocess, name: string): Promise<void> {
  child.kill("SIGTERM");
  const ended = await Promise.race([child.exited.then(() => true), Bun.sleep(stopTimeoutMs)]);
  if (ended === true) return;
  child.kill("SIGKILL");
  await child.exited;
  throw new Error(`${name} did not end on SIGTERM within ${stopTimeoutMs / 1000} s`);
}

function lastLines(path: string): string {
  return readFileSync(path, "utf8").trimEnd().split("\n").slice(-12).join("\n");
}
