import { type StreamSource, streamResponse } from "./streaming.ts";

export interface SseOptions {
  /** The data of the last event of a stream that ended well, such as `[DONE]`. */
  end?: string;
  /** Silence after which a comment is sent, seconds; below 1: never. */
  pingSeconds: number;
  /** The `event:` of an object's (or error body's) event; none by default. */
  nameOf?: (object: object) => string | undefined;
}

/** A `text/event-stream`: one event per object. */
export function sse(source: StreamSource, options: SseOptions): Promise<Response> {
  const { end, pingSeconds, nameOf } = options;
  return streamResponse(source, {
    contentType: "text/event-stream",
    frame(object) {
      const name = nameOf?.(object);
      return `${name === undefined ? "" : `event: ${name}\n`}data: ${JSON.stringify(object)}\n\n`;
    },
    end: end === undefined ? "" : `data: ${end}\n\n`,
    ...(pingSeconds > 0 && { ping: { text: ":\n\n", silenceMs: pingSeconds * 1000 } }),
  });
}
