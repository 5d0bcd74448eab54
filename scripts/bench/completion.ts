/** A `POST /completion` of the llama.cpp dialect, which both servers speak. */
export interface CompletionRequest {
  readonly prompt: string;
  readonly nPredict: number;
}

/** When the tokens of one stream reached the client. Times are `performance.now()`, in ms. */
export interface StreamTimes {
  readonly sentMs: number;
  readonly firstTokenMs: number;
  readonly lastTokenMs: number;
  readonly nPredicted: number;
  /** Tokens decoded per second between the first event and the last. */
  readonly decodeRate: number;
}

/** One server-sent event of the stream. Fields that we do not read are left out. */
interface CompletionEvent {
  readonly stop?: boolean;
  readonly tokens_predicted?: number;
  readonly error?: unknown;
}

/**
 * Sends one completion and watches its stream to the end. Tokens are counted by the server's
 * `tokens_predicted`, not by events: several tokens may share one event when text is held back.
 * @throws Error on an error status or frame, and when the number of tokens is not the one asked
 *   for: a stream that ends early must not look fast
 */
export async function streamCompletion(
  baseUrl: string,
  { prompt, nPredict }: CompletionRequest,
  signal: AbortSignal,
): Promise<StreamTimes> {
  const sentMs = performance.now();
  const response = await fetch(`${baseUrl}/completion`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    // llama-server closes idle connections after 5 s; a pooled one would fail the next request.
    keepalive: false,
    body: JSON.stringify({
      prompt,
      n_predict: nPredict,
      temperature: 0,
      ignore_eos: true,
      cache_prompt: false,
      stream: true,
    }),
    signal,
  });
  if (!response.ok || response.body === null) {
    throw new Error(`POST /completion: ${response.status} ${await response.text()}`);
  }

  let first: { ms: number; nTokens: number } | undefined;
  for await (const event of completionEvents(response.body)) {
    const ms = performance.now();
    if (event.error !== undefined) throw new Error(`error frame: ${JSON.stringify(event.error)}`);
    first ??= { ms, nTokens: event.tokens_predicted ?? 1 };
    if (event.stop !== true) continue;
    if (event.tokens_predicted !== nPredict) {
      throw new Error(`${event.tokens_predicted} tokens predicted, ${nPredict} asked for`);
    }
    return {
      sentMs,
      firstTokenMs: first.ms,
      lastTokenMs: ms,
      nPredicted: nPredict,
      decodeRate: ((nPredict - first.nTokens) / (ms - first.ms)) * 1000,
    };
  }
  throw new Error("the stream ended without an event that has stop: true");
}

/** Parses server-sent events. llama-server names a late error's field `error` instead of `data`. */
export async function* completionEvents(
  body: ReadableStream<Uint8Array>,
): AsyncGenerator<CompletionEvent> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const bytes of body) {
    const lines = (rest + decoder.decode(bytes, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) {
      const [, field, value = ""] = /^(data|error): ?(.*)$/.exec(line) ?? [];
      if (field === undefined || value.trim() === "[DONE]") continue;
      const json = JSON.parse(value);
      yield field === "error" ? { error: json } : json;
    }
  }
}
