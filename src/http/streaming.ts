import { AppError, asAppError } from "../core/errors.ts";
import { LinkedAbort } from "../core/linked-abort.ts";
import { currentRecord } from "./request-record.ts";
import { WaitTimer } from "./wait-timer.ts";

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
  const record = currentRecord();
  const hangUp = new LinkedAbort(source.signal);
  const { signal } = hangUp;
  const iterator = source.open(signal)[Symbol.asyncIterator]();
  // An aborted wait throws by itself, but a generator that is suspended at a `yield` (the client
  // was slow to read) only runs its `finally` when told to return.
  signal.addEventListener("abort", () => void iterator.return?.().catch(() => {}), { once: true });

  let first: IteratorResult<object | null> | null = await firstOf(iterator, hangUp);
  const release = record?.hold();
  const givenUp = () => {
    record?.failed(new AppError("cancelled", "the client closed the request"));
    release?.();
  };
  if (signal.aborted) givenUp();
  signal.addEventListener("abort", givenUp, { once: true });
  let silence: WaitTimer | undefined;
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      if (framing.ping) silence = pinging(controller, framing.ping);
    },
    async pull(controller) {
      const write = (text: string) => controller.enqueue(encoder.encode(text));
      silence?.begin();
      try {
        for (;;) {
          const result = first ?? (await iterator.next());
          first = null;
          signal.throwIfAborted();
          if (result.done) break;
          if (result.value === null) continue;
          silence?.end();
          return write(framing.frame(result.value));
        }
        silence?.close();
        signal.removeEventListener("abort", givenUp);
        if (framing.end !== "") write(framing.end);
      } catch (error) {
        silence?.close();
        if (signal.aborted) return controller.error(signal.reason); // nobody reads this
        const problem = asAppError(error);
        record?.failed(problem);
        write(framing.frame(source.toErrorBody(problem)));
      }
      controller.close();
      hangUp[Symbol.dispose]();
      release?.();
    },
    cancel() {
      silence?.close();
      hangUp.abort();
      hangUp[Symbol.dispose]();
    },
  });
  return new Response(body, {
    headers: { ...streamHeaders, "content-type": framing.contentType },
  });
}

/** What a stream begins with. What it throws instead ends it. */
async function firstOf<T>(iterator: AsyncIterator<T>, end: Disposable): Promise<IteratorResult<T>> {
  try {
    return await iterator.next();
  } catch (error) {
    end[Symbol.dispose]();
    throw error;
  }
}

const encoder = new TextEncoder();

/** Writes pings while a client that reads has to wait. */
function pinging(
  controller: ReadableStreamDefaultController<Uint8Array>,
  { text, silenceMs }: NonNullable<Framing["ping"]>,
): WaitTimer {
  const silence = new WaitTimer(silenceMs, () => {
    if ((controller.desiredSize ?? 0) > 0) controller.enqueue(encoder.encode(text));
    silence.begin();
  });
  return silence;
}

/** nginx would hold tokens back. Nothing but our streams has this header. */
const streamHeaders = { "cache-control": "no-cache", "x-accel-buffering": "no" };

/** Whether `response` is one of ours that grows while it is sent. */
export function isStream(response: Response): boolean {
  return response.headers.get("x-accel-buffering") === "no";
}
