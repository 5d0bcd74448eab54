import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** The executable under test. */
export const executable = process.env.HUTCH_BIN ?? "";

export interface RunningServer extends AsyncDisposable {
  url: string;
  pid: number;
  /** Its HOME, empty at the start unless the test gave one. */
  home: string;
  exited: Promise<number>;
  /** Everything that it printed so far, stdout and stderr. */
  output(): string;
  post(path: string, body: unknown, signal?: AbortSignal): Promise<Response>;
  /** Ids of its engine processes. */
  engines(): number[];
}

export interface StartOptions {
  args?: string[];
  /** As llama-server is started: without a command, only these flags. */
  asLlamaServer?: boolean;
  env?: Record<string, string>;
  home?: string;
}

/** An environment with nothing of the developer's in it, and no way to a network by proxy. */
export function bareEnvironment(home: string, extra: Record<string, string> = {}) {
  return { PATH: process.env.PATH ?? "", HOME: home, ...extra };
}

export function temporaryDir(): { path: string } & Disposable {
  const path = mkdtempSync(join(tmpdir(), "hutch-e2e-"));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

/**
 * Starts `hutch serve` on a free loopback port, with an empty HOME. @throws when it ends instead
 */
export async function startServer(options: StartOptions = {}): Promise<RunningServer> {
  const own = options.home === undefined ? temporaryDir() : null;
  const home = options.home ?? own?.path ?? "";
  const command = options.asLlamaServer ? [] : ["serve"];
  const args = [...command, "--host", "127.0.0.1", "--port", "0", ...(options.args ?? [])];
  const env = bareEnvironment(home, { LLAMA_ARG_LOG_JSONL: "off", ...options.env });
  const address = /listening on (https?:\/\/127\.0\.0\.1:\d+)/;
  const { child, output, found: url, stop } = await startListening(args, env, address, own);
  return {
    url,
    pid: child.pid,
    home,
    exited: child.exited,
    output,
    post: (path, body, signal) =>
      fetch(url + path, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: typeof body === "string" ? body : JSON.stringify(body),
        ...(signal ? { signal } : {}),
      }),
    engines: () => childrenOf(child.pid),
    [Symbol.asyncDispose]: () => stop("SIGTERM"),
  };
}

/**
 * Starts a command of the executable that goes on until it is stopped.
 * @param address finds in what it prints where it listens
 * @param home is disposed of when it has been stopped
 * @throws when it ends instead
 */
export async function startListening(
  args: readonly string[],
  env: Record<string, string>,
  address: RegExp,
  home: Disposable | null,
) {
  const pipes = { stdin: "ignore", stdout: "pipe", stderr: "pipe" } as const;
  const child = Bun.spawn([executable, ...args], { env, ...pipes });
  let output = "";
  const read = async (stream: ReadableStream<Uint8Array>) => {
    const decoder = new TextDecoder();
    for await (const bytes of stream) output += decoder.decode(bytes, { stream: true });
  };
  const streams = Promise.all([read(child.stdout), read(child.stderr)]);
  const stop = async (signal: NodeJS.Signals) => {
    child.kill(signal);
    await child.exited;
    await streams;
    home?.[Symbol.dispose]();
  };
  let found: string | undefined;
  while (found === undefined) {
    found = address.exec(output)?.[1];
    if (found === undefined && child.exitCode !== null) {
      await stop("SIGKILL");
      throw new Error(`hutch ended with ${child.exitCode}; it said:\n${output}`);
    }
    await Bun.sleep(5);
  }
  return { child, output: () => output, found, stop };
}

export function childrenOf(pid: number): number[] {
  const { stdout } = Bun.spawnSync(["pgrep", "-P", String(pid)]);
  return stdout.toString().trim().split("\n").filter(Boolean).map(Number);
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Waits until `condition` holds. @throws after `timeoutMs` */
export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
  timeoutMs = 20_000,
) {
  const end = performance.now() + timeoutMs;
  while (!(await condition())) {
    if (performance.now() > end) throw new Error(`timed out waiting until ${what}`);
    await Bun.sleep(10);
  }
}

/** The JSON of every SSE event, "[DONE]" as it is. */
export function sseEvents(text: string): unknown[] {
  return text
    .split("\n\n")
    .filter((frame) => frame.startsWith("data: "))
    .map((frame) => frame.slice("data: ".length))
    .map((data) => (data === "[DONE]" ? data : JSON.parse(data)));
}

/** Streams a chat to its end and puts the pieces of text together. */
export async function streamedText(response: Response): Promise<string> {
  const events = sseEvents(await response.text()) as {
    choices?: { delta?: { content?: string } }[];
  }[];
  return events.map((event) => event.choices?.[0]?.delta?.content ?? "").join("");
}

/** A user's message, asked for greedily: the same question has the same answer. */
export const question = (content: unknown, more: object = {}) => ({
  messages: [{ role: "user", content }],
  temperature: 0,
  ...more,
});

/** A stream that is long enough to be interrupted in the middle. */
export const endless = question("Tell me a story.", {
  stream: true,
  max_tokens: 900,
  ignore_eos: true,
});

export interface ChatAnswer {
  choices: {
    message: {
      content: string | null;
      tool_calls?: { id: string; function: { name: string; arguments: string } }[];
    };
    finish_reason: string;
  }[];
  usage: {
    prompt_tokens: number;
    completion_tokens: number;
    total_tokens: number;
    prompt_tokens_details: { cached_tokens: number };
  };
}

/** All that an answer may hold in any dialect; a test looks at what it expects. */
export interface AnyAnswer extends ChatAnswer {
  id: string;
  created: number;
  system_fingerprint: string;
  content: string;
  message: { content: string };
  data: { id: string }[];
  error: { message: string; code: string; type: string; n_ctx: number; n_prompt_tokens: number };
}

export const jsonOf = (response: Response) => response.json() as Promise<AnyAnswer>;

/** POSTs a chat and returns its answer's text. @throws when the status is not 200 */
export async function ask(server: RunningServer, body: object): Promise<ChatAnswer> {
  const response = await server.post("/v1/chat/completions", body);
  const text = await response.text();
  if (response.status !== 200) throw new Error(`${response.status}: ${text}`);
  return JSON.parse(text);
}

export async function say(server: RunningServer, body: object): Promise<string> {
  return (await ask(server, body)).choices[0]?.message.content ?? "";
}
