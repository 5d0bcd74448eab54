import { AppError } from "../core/errors.ts";
import { plainText, requirePlain, tooLarge } from "./content-encoding.ts";
import { isStream } from "./streaming.ts";
import { WaitTimer } from "./wait-timer.ts";

/** What a request's body may take. */
export interface BodyLimits {
  bytesMax: number;
  seconds: number;
}

export interface ReadRequest {
  request: Request;
  /** Whether all of the body has come; else more of it may follow. */
  isWhole: boolean;
}

/**
 * The request with its body in memory, without its Content-Encoding. If there is too much of it, it
 * does not come in time, or it is no text, whoever reads the body gets an AppError instead, so that
 * the client is told in its own dialect. The file of an upload is not read but passed on.
 */
export async function readWithin(request: Request, limits: BodyLimits): Promise<ReadRequest> {
  if (!request.body) return { request, isWhole: true };
  if (isUpload(request)) return flowing(request, request.body, limits);
  const { url, method, signal } = request;
  const { bytesMax, seconds } = limits;
  const read = await inTime(bytesOf(request, bytesMax), seconds).catch(failing);
  const isWhole = read instanceof Uint8Array;
  const coding = request.headers.get("content-encoding");
  const body = isWhole ? await plainText(read, coding, bytesMax).catch(failing) : read;
  const headers = new Headers(request.headers);
  headers.delete("content-encoding");
  headers.delete("content-length");
  return { request: new Request(url, { method, headers, body, signal }), isWhole };
}

/** Files of models may have any size; their route (Ollama's) writes them to the disk. */
function isUpload({ method, url }: Request): boolean {
  return method === "POST" && /\/api\/blobs\/[^/]+$/.test(new URL(url).pathname);
}

/** The request, its body still to come; each part of it has `seconds` for that. */
function flowing(
  { url, method, headers, signal }: Request,
  source: ReadableStream<Uint8Array>,
  { seconds }: BodyLimits,
): ReadRequest {
  const reader = source.getReader();
  const read = { isWhole: false };
  const pull = async (controller: ReadableStreamDefaultController<Uint8Array>) => {
    requirePlain(headers.get("content-encoding"));
    const { done, value } = await inTime(reader.read(), seconds);
    if (!done) return controller.enqueue(value);
    read.isWhole = true;
    controller.close();
  };
  const cancel = (why: unknown) => reader.cancel(why);
  const body = new ReadableStream<Uint8Array>({ pull, cancel }, { highWaterMark: 0 });
  return Object.assign(read, { request: new Request(url, { method, headers, body, signal }) });
}

/** @throws AppError body_too_late */
async function inTime<T>(arrival: Promise<T>, seconds: number): Promise<T> {
  const tooLate = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    const message = `the body did not arrive within ${seconds} s`;
    tooLate.reject(new AppError("body_too_late", message));
  }, seconds * 1000);
  try {
    return await Promise.race([arrival, tooLate.promise]);
  } finally {
    clearTimeout(timer);
  }
}

async function bytesOf(request: Request, bytesMax: number): Promise<Uint8Array> {
  const length = request.headers.get("content-length");
  if (Number(length) > bytesMax) throw tooLarge(bytesMax);
  if (length !== null) return request.bytes();
  const chunks: Uint8Array[] = [];
  let nBytes = 0;
  for await (const chunk of request.body ?? []) {
    nBytes += chunk.length;
    if (nBytes > bytesMax) throw tooLarge(bytesMax);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** A body that cannot be read, for this reason. */
const failing = (error: unknown) =>
  new ReadableStream<Uint8Array>({ pull: (controller) => controller.error(error) });

/**
 * Requests with a body that are open at once: each may hold memory until all of its answer has
 * gone.
 */
export class OpenRequests {
  readonly #nMax: number;
  #n = 0;

  constructor(nMax: number) {
    this.#nMax = nMax;
  }

  /** @returns what is to be called at its end, any number of times; null: it is one too many */
  enter({ body }: Request): (() => void) | null {
    if (!body) return () => {};
    if (this.#n >= this.#nMax) return null;
    this.#n++;
    let isOpen = true;
    return () => {
      if (isOpen) this.#n--;
      isOpen = false;
    };
  }

  /** The request with a body that says so, to whoever reads it. */
  refused({ url, method, headers, signal }: Request): ReadRequest {
    const message = `the server has ${this.#nMax} requests open already (--max-connections)`;
    const body = failing(new AppError("overloaded", message));
    return { request: new Request(url, { method, headers, body, signal }), isWhole: false };
  }
}

/**
 * `response`; a stream of which the client takes no part for so long is given up, as if it had hung
 * up. `onEnd` is called when the response is ready or, if it is a stream, at its end, just before
 * the client sees it.
 */
export function takenWithin(response: Response, seconds: number, onEnd: () => void): Response {
  if (!isStream(response) || !response.body) {
    onEnd();
    return response;
  }
  const reader = response.body.getReader();
  let taking: WaitTimer | undefined;
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      taking = new WaitTimer(seconds * 1000, () => {
        const error = new Error(`the client took nothing for ${seconds} s`);
        reader.cancel(error).catch(() => {});
        controller.error(error);
        onEnd();
      });
    },
    async pull(controller) {
      taking?.end(); // the last part was taken
      let isOver = true;
      try {
        const { done, value } = await reader.read();
        isOver = done;
        if (isOver) onEnd();
        if (done) return controller.close();
        controller.enqueue(value);
        taking?.begin();
      } catch (error) {
        onEnd();
        throw error;
      } finally {
        if (isOver) taking?.close();
      }
    },
    cancel: (why) => {
      taking?.close();
      onEnd();
      return reader.cancel(why);
    },
  });
  return new Response(body, response);
}
