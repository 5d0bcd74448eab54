import { AppError } from "../core/errors.ts";
import { isStream } from "./streaming.ts";

/** What a request's body may take. */
export interface BodyLimits {
  bytesMax: number;
  seconds: number;
}

/**
 * The request with its body in memory. If there is too much of it, or it does not come in time,
 * whoever reads the body gets an AppError instead, so that the client is told in its own dialect.
 */
export async function readWithin(
  request: Request,
  limits: BodyLimits,
): Promise<{ request: Request; isWhole: boolean }> {
  if (!request.body) return { request, isWhole: true };
  const { url, method, headers, signal } = request;
  const body = await bodyOf(request, limits).catch(failing);
  const isWhole = body instanceof Uint8Array;
  return { request: new Request(url, { method, headers, body, signal }), isWhole };
}

async function bodyOf(request: Request, { bytesMax, seconds }: BodyLimits): Promise<Uint8Array> {
  const tooLate = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    const message = `the body did not arrive within ${seconds} s`;
    tooLate.reject(new AppError("body_too_late", message));
  }, seconds * 1000);
  try {
    return await Promise.race([bytesOf(request, bytesMax), tooLate.promise]);
  } finally {
    clearTimeout(timer);
  }
}

async function bytesOf(request: Request, bytesMax: number): Promise<Uint8Array> {
  const tooLarge = () => {
    const megabytes = Math.floor(bytesMax / 1024 / 1024);
    return new AppError("body_too_large", `the body is larger than ${megabytes} MB`);
  };
  const length = request.headers.get("content-length");
  if (Number(length) > bytesMax) throw tooLarge();
  if (length !== null) return request.bytes();
  const chunks: Uint8Array[] = [];
  let nBytes = 0;
  for await (const chunk of request.body ?? []) {
    nBytes += chunk.length;
    if (nBytes > bytesMax) throw tooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** A body that cannot be read, for this reason. */
const failing = (error: unknown) =>
  new ReadableStream<Uint8Array>({ pull: (controller) => controller.error(error) });

/**
 * `response`; a stream of which the client takes no part for so long is given up, as if it had hung
 * up. `onEnd` is called when the response is ready or, if it is a stream, just before its end.
 */
export function takenWithin(response: Response, seconds: number, onEnd: () => void): Response {
  if (!isStream(response) || !response.body) {
    onEnd();
    return response;
  }
  const reader = response.body.getReader();
  let timer: Timer | undefined;
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      clearTimeout(timer); // the last part was taken
      const { done, value } = await reader.read();
      if (done) {
        onEnd();
        return controller.close();
      }
      controller.enqueue(value);
      timer = setTimeout(() => {
        const error = new Error(`the client took nothing for ${seconds} s`);
        reader.cancel(error).catch(() => {});
        controller.error(error);
      }, seconds * 1000);
    },
    cancel: (why) => {
      clearTimeout(timer);
      return reader.cancel(why);
    },
  });
  return new Response(body, response);
}
