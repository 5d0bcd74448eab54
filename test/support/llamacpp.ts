import { join } from "node:path";
import { type RunningServer, type StartOptions, startServer } from "./server.ts";

/** The model `tiny`, as files of the checkout. */
export const tinyModel = join(import.meta.dir, "../../assets/tiny-text.gguf");
export const tinyMmproj = join(import.meta.dir, "../../assets/tiny-mmproj.gguf");

/** An answer of /completion; a test looks at the fields that it is about. */
export interface Completion {
  model: string;
  index: number;
  content: string;
  tokens: number[];
  id_slot: number;
  stop: boolean;
  stop_type: string;
  stopping_word: string;
  prompt: string;
  has_new_line: boolean;
  truncated: boolean;
  tokens_predicted: number;
  tokens_evaluated: number;
  tokens_cached: number;
  generation_settings: Record<string, unknown>;
  timings: Record<string, number>;
  completion_probabilities: Probability[];
  prompt_progress: Record<string, number>;
  error: { code: number; message: string; type: string };
}

export interface Probability {
  id: number;
  token: string;
  bytes: number[];
  logprob: number;
  top_logprobs: Probability[];
  prob: number;
  top_probs: Probability[];
}

/** Starts `hutch -m tiny …`, as llama-server is started, and waits until the model is there. */
export async function startLlamaServer(options: StartOptions = {}): Promise<RunningServer> {
  const args = options.args ?? [];
  const model = args.includes("-m") ? [] : ["-m", tinyModel];
  const server = await startServer({ ...options, asLlamaServer: true, args: [...model, ...args] });
  try {
    await ready(server);
    return server;
  } catch (error) {
    await server[Symbol.asyncDispose]();
    throw error;
  }
}

/** Waits until /health says 200. @throws with what the server printed when it does not */
export async function ready(server: RunningServer): Promise<void> {
  for (let attempt = 0; attempt < 3000; attempt++) {
    const response = await fetch(`${server.url}/health`);
    await response.body?.cancel();
    if (response.status === 200) return;
    await Bun.sleep(10);
  }
  throw new Error(`the model was never ready:\n${server.output()}`);
}

/** POSTs and reads JSON. @throws when the status is not 200 */
export async function post<T>(server: RunningServer, path: string, body: unknown): Promise<T> {
  const response = await server.post(path, body);
  const text = await response.text();
  if (response.status !== 200) throw new Error(`${path}: ${response.status} ${text}`);
  return JSON.parse(text) as T;
}

export async function get<T>(server: RunningServer, path: string): Promise<T> {
  const response = await fetch(server.url + path);
  const text = await response.text();
  if (response.status !== 200) throw new Error(`${path}: ${response.status} ${text}`);
  return JSON.parse(text) as T;
}

/** A greedy completion of 12 tokens unless `more` says otherwise. */
export const complete = (server: RunningServer, prompt: unknown, more: object = {}) =>
  post<Completion>(server, "/completion", { prompt, n_predict: 12, temperature: 0, ...more });

/** Status and llama-server's error object of a request that must fail. */
export async function failure(server: RunningServer, path: string, body: unknown) {
  const response = await server.post(path, body);
  const { error } = (await response.json()) as { error: Completion["error"] };
  return { status: response.status, ...error };
}

/** The JSON objects of an event stream of this dialect, which has no [DONE]. */
export async function streamed(
  server: RunningServer,
  path: string,
  body: object,
): Promise<Completion[]> {
  const response = await server.post(path, { ...body, stream: true });
  const text = await response.text();
  if (response.status !== 200) throw new Error(`${path}: ${response.status} ${text}`);
  return text
    .split("\n\n")
    .filter((event) => event.startsWith("data: "))
    .map((event) => JSON.parse(event.slice("data: ".length)) as Completion);
}
