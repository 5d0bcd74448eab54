import { isStream } from "./streaming.ts";

/**
 * The request with its body in memory.
 * @returns null when the client did not send all of it in time
 */
export async function readWithin(request: Request, seconds: number): Promise<Request | null> {
  if (!request.body) return request;
  const tooLate = Promise.withResolvers<null>();
  const timer = setTimeout(() => tooLate.resolve(null), seconds * 1000);
  try {
    const body = await Promise.race([request.bytes(), tooLate.promise]);
    if (!body) return null;
    const { url, method, headers, signal } = request;
    return new Request(url, { method, headers, body, signal });
  } finally {
    clearTimeout(timer);
  }
}

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
