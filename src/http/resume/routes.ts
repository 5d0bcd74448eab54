import { Type } from "@sinclair/typebox";
import { Elysia } from "elysia";
import { AppError } from "../../core/errors.ts";
import { checkBody } from "../body.ts";
import { currentOwner } from "../caller.ts";
import { answers, errorAnswer } from "../docs/answers.ts";
import { OpenAiError } from "../error-schema.ts";
import { errorResponse } from "../errors.ts";
import type { Gateway } from "../gateway.ts";
import { keeping } from "./keeping.ts";
import { StreamQuery, StreamState, StreamsLookupRequest } from "./schema.ts";
import { offsetLost, type StreamSession } from "./session.ts";
import { StreamSessions } from "./sessions.ts";

/**
 * llama-server's resumable streams. A request with `X-Conversation-Id` and `stream: true`, to
 * whatever route of the plugins that come after this one, outlives its client: it can be read again
 * by that id, and ends early only when it is stopped.
 */
export function resume(gateway: Gateway, sessions = new StreamSessions()) {
  const replay = async (id: string, from: number, url: string) => {
    const session = sessions.get(id, currentOwner());
    if (!session) throw unknown();
    if (session.headers === null && !isReady(gateway, session, url)) {
      throw new AppError("loading", "Stream owner model is loading, retry later");
    }
    await session.begun();
    if (session.headers === null) throw unknown(); // refused before it began
    if (from < session.firstByte) throw offsetLost();
    return new Response(session.read(from), { headers: session.headers });
  };
  const stop = (id: string) => {
    sessions.stop(id, currentOwner());
    return new Response(null, { status: 204 });
  };

  return new Elysia({ name: "resume" })
    .use(keeping(sessions))
    .onError(({ error }) => errorResponse(error))
    .get(
      "/v1/stream",
      ({ query, request }) => replay(query.conv_id, Number(query.from ?? 0), request.url),
      replayHook,
    )
    .delete("/v1/stream", ({ query }) => stop(query.conv_id), stopHook)
    .post("/v1/streams/lookup", ({ body }) => states(sessions, body.conversation_ids), lookupHook);
}

const replayHook = {
  query: StreamQuery,
  detail: {
    tags: ["Streams"],
    summary: "Read a stream again",
    description:
      "What the request with that `X-Conversation-Id` streams, from byte `from`: first what came " +
      "already, then what comes as it comes. It is kept for 5 minutes after its end: the last " +
      "4 MiB of each stream, and 64 MiB of all.",
    responses: {
      200: { description: "The stream.", content: { "text/event-stream": {} } },
      400: errorAnswer(400, OpenAiError, "Bytes from `from` on are not kept any more."),
      404: errorAnswer(404, OpenAiError, "There is no such stream, or none any more."),
      503: errorAnswer(503, OpenAiError, "The model is still loading: try again."),
    },
  },
};

const stopHook = {
  query: Type.Pick(StreamQuery, ["conv_id"]),
  detail: {
    tags: ["Streams"],
    summary: "Stop a stream",
    description: "Ends the generation, and forgets what it streamed.",
    responses: {
      204: { description: "There is no such stream, or none any more." },
      400: errorAnswer(400, OpenAiError, "`conv_id` is missing."),
    },
  },
};

const StreamStates = Type.Array(StreamState);

const lookupHook = {
  parse: "json" as const,
  transform: checkBody(StreamsLookupRequest),
  body: StreamsLookupRequest,
  response: StreamStates,
  detail: {
    tags: ["Streams"],
    summary: "Look streams up",
    description: "The state of those of the named streams that can be read again.",
    responses: answers({ "application/json": StreamStates }, OpenAiError, [400]),
  },
};

function unknown(): AppError {
  return new AppError("not_found", "Stream not found or expired", { param: "conv_id" });
}

function isReady(gateway: Gateway, session: StreamSession, url: string): boolean {
  return gateway.supervisor.status(gateway.model(session.modelName, url)).state === "ready";
}

/** Only of streams that the client names: it must not learn of others. */
function states(sessions: StreamSessions, ids: string[]): StreamState[] {
  return ids
    .flatMap((id) => sessions.of(id, currentOwner()))
    .map((session) => ({
      conversation_id: session.id,
      is_done: session.completedAt !== null,
      total_bytes: session.nBytes,
      started_at: toSeconds(session.startedAt),
      completed_at: toSeconds(session.completedAt ?? 0),
    }));
}

const toSeconds = (ms: number) => Math.floor(ms / 1000);
