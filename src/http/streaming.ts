import { type AppError, asAppError } from "../core/errors.ts";

/** How a stream of objects is written down. */
export interface Framing {
  contentType: string;
  frame(object: object): string;
  /** Closes a stream that ended well, and only such a one. */
  end: string;
  /** What is written after so much silence, to show that the connection lives. */
  ping?: { text: string; silenceMs: number };
}

/** What a dialect streams: `open` begins the work, which ends at once when its signal aborts. */
export interface StreamSource {
  /** A null writes nothing, but settles the status as any object does: the work has begun. */
  open(signal: AbortSignal): AsyncIterable<object | null>;
  /** Aborts when the client hangs up. */
  signal: AbortSignal;
  /** The dialect's frame for an error that comes after the first object. */
  toErrorBody(error: AppError): object;
}

/**
 * A 200 that streams `source`. It waits for the first object, so what is thrown before that still
 * chooses the status; a later error becomes an error frame, after which the stream ends without
 * `framing.end`. Objects are pulled as fast as the client reads.
 */
export async function streamResponse(source: StreamSource, framing: Framing): Promise<Response> {
  const hangUp = new AbortController();
  const signal = AbortSignal.any([source.signal, hangUp.signal]);
  const iterator = source.open(signal)[Symbol.asyncIterator]();
  // An aborted wait throws by itself, but a generator that is suspended at a `yield` (the client
  // was slow to read) only runs its `finally` when told to return.
  signal.addEventListener("abort", () => void iterator.return?.().catch(() => {}), { once: true });

  const first = await iterator.next();
  let waiting: Promise<IteratorResult<object | null>> | null = Promise.resolve(first);
  const encoder = new TextEncoder();
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const write = (text: string) => controller.enqueue(encoder.encode(text));
      try {
        for (;;) {
          waiting ??= iterator.next();
          const result = await within(waiting, framing.ping?.silenceMs);
          if (result === null) return write(framing.ping?.text ?? "");
          waiting = null;
          signal.throwIfAborted();
          if (result.done) break;
          if (result.value !== null) return write(framing.frame(result.value));
        }
        if (framing.end !== "") write(framing.end);
      } catch (error) {
        if (signal.aborted) return controller.error(signal.reason); // nobody reads this
        write(framing.frame(source.toErrorBody(asAppError(error))));
      }
      controller.close();
    },
    cancel: () => hangUp.abort(),
  });
  return new Response(body, {
    headers: { ...streamHeaders, "content-type": framing.contentType },
  });
}

/** What `promise` resolves to, or null when that takes longer than `ms`. */
async function within<T>(promise: Promise<T>, ms: number | undefined): Promise<T | null> {
  if (ms === undefined) return promise;
  let timer: Timer | undefined;
  const silence = new Promise<null>((resolve) => {
    timer = setTimeout(() => resolve(null), ms);
  });
  try {
    return await Promise.race([promise, silence]);
  } finally {
    clearTimeout(timer);
  }
}

/** nginx would hold tokens back. Nothing but our streams has this header. */
const streamHeaders = { "cache-control": "no-cache", "x-accel-buffering": "no" };

/** Whether `response` is one of ours that grows while it is sent. */
export function isStream(response: Response): boolean {
  return response.headers.get("x-accel-buffering") === "no";
}
