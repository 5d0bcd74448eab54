import { type StreamSource, streamResponse } from "./streaming.ts";

/** An `application/x-ndjson` stream: one object a line. */
export function ndjson(source: StreamSource): Promise<Response> {
  return streamResponse(source, {
    contentType: "application/x-ndjson",
    frame: (object) => `${JSON.stringify(object)}\n`,
    end: "",
  });
}
