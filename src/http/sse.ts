import { type StreamSource, streamResponse } from "./streaming.ts";

/** A `text/event-stream`: one `data:` event per object, and `end` (such as `[DONE]`) last. */
export function sse(source: StreamSource, end?: string): Promise<Response> {
  return streamResponse(source, {
    contentType: "text/event-stream",
    frame: (object) => `data: ${JSON.stringify(object)}\n\n`,
    end: end === undefined ? "" : `data: ${end}\n\n`,
  });
}
