import { isStream } from "./streaming.ts";

/** Longest body accepted, bytes: a long chat with several pictures, in base64. */
const bodyBytesMax = 64 * 1024 * 1024;

/** How long a connection without a request in progress may stay silent, seconds. */
const idleTimeoutSeconds = 30;

/** What is served: Elysia's app, or anything else that answers requests. */
export interface Fetcher {
  fetch(request: Request): Response | Promise<Response>;
}

export interface Listening {
  /** Such as `http://127.0.0.1:11434`, with the real port where 0 was asked for. */
  url: string;
  /** Closes the port and every connection. */
  stop(): Promise<void>;
}

/** The address cannot be had; the message says what to change. */
export class ListenError extends Error {
  override readonly name = "ListenError";
}

/** @throws ListenError */
export function listen(app: Fetcher, at: { hostname: string; port: number }): Listening {
  try {
    const server = Bun.serve({
      hostname: at.hostname,
      port: at.port,
      idleTimeout: idleTimeoutSeconds,
      maxRequestBodySize: bodyBytesMax,
      async fetch(request, server) {
        // Loading a model or reading a long prompt may take minutes in which nothing is sent. The
        // timeout is the connection's, so it must come back before the connection is reused.
        server.timeout(request, 0);
        return afterwards(await app.fetch(request), () =>
          server.timeout(request, idleTimeoutSeconds),
        );
      },
    });
    return { url: server.url.origin, stop: () => server.stop(true) };
  } catch (error) {
    throw new ListenError(reason(error, at), { cause: error });
  }
}

/** `response`, with `action` done when it is ready, or, if it is a stream, just before its end. */
function afterwards(response: Response, action: () => void): Response {
  if (!isStream(response) || !response.body) {
    action();
    return response;
  }
  const reader = response.body.getReader();
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { done, value } = await reader.read();
      if (!done) return controller.enqueue(value);
      action();
      controller.close();
    },
    cancel: (why) => reader.cancel(why),
  });
  return new Response(body, response);
}

function reason(error: unknown, { hostname, port }: { hostname: string; port: number }): string {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  const change = "choose another with --port or HUTCH_HOST";
  if (code === "EADDRINUSE") return `port ${port} of ${hostname} is already in use: ${change}`;
  if (code === "EACCES") return `port ${port} of ${hostname} needs more rights: ${change}`;
  return `cannot listen on ${hostname} port ${port}: ${String(error)}`;
}
