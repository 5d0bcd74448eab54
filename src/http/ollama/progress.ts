import { Type } from "@sinclair/typebox";
import type { Progress } from "../../models/progress.ts";
import { ndjson } from "../ndjson.ts";
import { object } from "../wire.ts";
import { toErrorBody } from "./response.ts";

export const ProgressResponse = object(
  {
    status: Type.String({ description: 'What is being done; at last "success".' }),
    digest: Type.Optional(Type.String()),
    total: Type.Optional(Type.Integer({ description: "Bytes." })),
    completed: Type.Optional(Type.Integer({ description: "Bytes." })),
  },
  { title: "OllamaProgress" },
);

/**
 * Reports long work: a line for each step, or, unless `streams`, the last step alone. The work ends
 * when `signal` aborts.
 */
export async function reported(
  work: (signal: AbortSignal) => AsyncIterable<Progress>,
  { streams, signal }: { streams: boolean; signal: AbortSignal },
): Promise<Response> {
  if (streams) return ndjson({ open: work, signal, toErrorBody });
  let last: Progress = { status: "success" };
  for await (const step of work(signal)) last = step;
  return Response.json(last);
}
