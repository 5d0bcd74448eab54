import { ask } from "./dialogs.ts";

/** The server's no, in its words. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

interface Call {
  method?: "GET" | "POST";
  body?: unknown;
  signal?: AbortSignal;
}

/** Where the browser keeps the API key. */
const keyName = "hutch.api-key";

/**
 * Asks the server. When it wants an API key, so is the user.
 * @param path relative to the page, which may lie below a prefix
 * @throws ApiError, or a DOMException when `signal` aborts
 */
export async function call(path: string, options: Call = {}): Promise<Response> {
  const { method = "GET", body, signal } = options;
  const key = localStorage.getItem(keyName);
  const response = await fetch(path, {
    method,
    headers: {
      accept: "application/json, text/event-stream",
      ...(key && { authorization: `Bearer ${key}` }),
      ...(body !== undefined && { "content-type": "application/json" }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
    ...(signal && { signal }),
  }).catch((error: unknown) => {
    if (signal?.aborted) throw error;
    throw new ApiError(0, "The server does not answer.");
  });
  if (response.ok) return response;
  const error = new ApiError(response.status, messageOf(await response.text(), response.status));
  // Another tab may have got a key meanwhile.
  const isFresh = key !== localStorage.getItem(keyName);
  if (response.status !== 401 || !(isFresh || (await haveKey()))) throw error;
  return await call(path, options);
}

export async function callJson<Answer>(path: string, options: Call = {}): Promise<Answer> {
  return (await (await call(path, options)).json()) as Answer;
}

let asking: Promise<boolean> | null = null;

/** Asks for a key, once for all calls that need one. @returns whether there is one */
function haveKey(): Promise<boolean> {
  asking ??= askForKey().finally(() => {
    asking = null;
  });
  return asking;
}

async function askForKey(): Promise<boolean> {
  const key = await ask({
    title: "This server wants an API key",
    text: "It is kept in this browser and sent to this server only.",
    action: "Continue",
    field: { label: "API key", value: "", type: "password" },
  });
  if (!key?.trim()) return false;
  localStorage.setItem(keyName, key.trim());
  return true;
}

/** The dialects say what went wrong in `error.message` or in `error`. */
function messageOf(body: string, status: number): string {
  try {
    const { error } = JSON.parse(body) as { error?: string | { message?: string } };
    const message = typeof error === "string" ? error : error?.message;
    if (message) return message;
  } catch {
    // not ours: a proxy's page, say
  }
  return `The server answered with status ${status}.`;
}

/** The objects of a stream of server-sent events. @throws ApiError that the stream ends with */
export async function* eventsOf<Event>(response: Response): AsyncGenerator<Event> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const bytes of chunksOf(response)) {
    const lines = (rest + decoder.decode(bytes, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) {
      const data = /^data: ?(.*)/.exec(line)?.[1];
      if (data === undefined || data === "[DONE]") continue;
      const event = JSON.parse(data) as Awaited<Event> & { error?: { message: string } };
      if (event.error) throw new ApiError(response.status, event.error.message);
      yield event;
    }
  }
}

/** Not every browser can iterate over a body. */
async function* chunksOf({ body }: Response): AsyncGenerator<Uint8Array> {
  const reader = body?.getReader();
  if (!reader) return;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  } finally {
    reader.releaseLock();
  }
}
