import { join } from "node:path";
import { type Contender, startServer } from "../bench/server.ts";
import type { Post } from "./dialect.ts";

/** The model's files; absent: the one that is built in. */
export interface MeasuredModel {
  readonly model?: string;
  readonly mmproj?: string;
}

export interface EvaluatedServer extends AsyncDisposable {
  readonly post: Post;
}

/** An answer that takes longer is a failure, milliseconds; even the longest take seconds. */
const answerTimeoutMs = 120_000;

/**
 * Starts hutch with nothing of the user's, and loads the model for Nitro's clients too.
 * @param folder takes its log and its store
 */
export async function startHutch(
  hutch: string,
  { model, mmproj }: MeasuredModel,
  nParallel: number,
  folder: string,
  signal: AbortSignal,
): Promise<EvaluatedServer> {
  const name = model === undefined ? "tiny" : "measured";
  const contender: Contender = {
    name: "hutch",
    command: (port) => [
      ...[hutch, "serve", "--host", "127.0.0.1", "--port", `${port}`],
      ...["--store", join(folder, "store"), "--responses-file", "none"],
      ...["--parallel", `${nParallel}`],
      ...(model === undefined ? [] : ["--model", model, "--alias", name]),
      ...(mmproj === undefined ? [] : ["--mmproj", mmproj]),
    ],
  };
  const server = await startServer(contender, join(folder, "hutch.log"), signal);
  const post = postTo(server.baseUrl, name, signal);
  try {
    await post("/inferences/llamacpp/loadmodel", { llama_model_path: name });
  } catch (error) {
    await server[Symbol.asyncDispose]();
    throw error;
  }
  return { post, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

function postTo(baseUrl: string, model: string, signal: AbortSignal): Post {
  return async (path, body) => {
    const response = await fetch(baseUrl + path, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ model, ...body }),
      signal: AbortSignal.any([signal, AbortSignal.timeout(answerTimeoutMs)]),
    });
    const text = await response.text();
    if (response.status === 200) return JSON.parse(text);
    throw new Error(`POST ${path} said ${response.status}: ${text.slice(0, 500)}`);
  };
}
