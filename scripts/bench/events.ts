/**
 * Parses the JSON of server-sent events. llama-server names a late error's field `error` instead of
 * `data`: it becomes an object with `error`, as in the data of others.
 */
export async function* serverSentEvents(
  body: ReadableStream<Uint8Array>,
): AsyncGenerator<{ readonly error?: unknown }> {
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

/**
 * The events of a streamed POST.
 * @throws Error on an error status or frame
 */
export async function* postStream<Event extends object>(
  url: string,
  body: object,
  signal: AbortSignal,
): AsyncGenerator<Event> {
  const response = await postJson(url, body, signal);
  if (response.body === null) throw new Error(`POST ${url}: an answer without a body`);
  for await (const event of serverSentEvents(response.body)) {
    if (event.error !== undefined) throw new Error(`error frame: ${JSON.stringify(event.error)}`);
    yield event as Event; // fields are optional in what callers read, and the server decides
  }
}

/** @throws Error with the answer's text when its status is not a good one */
export async function postJson(url: string, body: object, signal: AbortSignal): Promise<Response> {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    // llama-server closes idle connections after 5 s; a pooled one would fail the next request.
    keepalive: false,
    body: JSON.stringify(body),
    signal,
  });
  if (response.ok) return response;
  throw new Error(`POST ${new URL(url).pathname}: ${response.status} ${await response.text()}`);
}
