import { Elysia } from "elysia";
import { currentOwner } from "../caller.ts";
import { isStream } from "../streaming.ts";
import type { StreamSession } from "./session.ts";
import type { StreamSessions } from "./sessions.ts";

/** A request whose stream is kept, and the signal of the client that sent it. */
interface Kept {
  session: StreamSession;
  clientLeaves: AbortSignal;
}

/**
 * Hooks around the handlers of all routes that come after. By then a request is known to be allowed
 * and well-formed, so that no other one can end a stream by taking its id.
 */
export function keeping(sessions: StreamSessions) {
  const kept = new WeakMap<Request, Kept>();
  return new Elysia({ name: "resume/keeping" })
    .onBeforeHandle({ as: "global" }, (context) => {
      const { request } = context;
      const id = request.headers.get("x-conversation-id");
      const body = asObject(context.body);
      if (!id || body.stream !== true) return;
      const modelName = typeof body.model === "string" ? body.model : undefined;
      const session = sessions.begin(id, modelName, currentOwner());
      // Handlers end their work by their request's signal. The body is read already.
      const { url, method, headers } = request;
      context.request = new Request(url, { method, headers, signal: session.signal });
      kept.set(context.request, { session, clientLeaves: request.signal });
    })
    .onAfterHandle({ as: "global" }, ({ request, responseValue: response }) => {
      const { session, clientLeaves } = kept.get(request) ?? {};
      if (!session || !clientLeaves) return;
      if (response instanceof Response && isStream(response)) {
        return session.keep(response, clientLeaves);
      }
      sessions.discard(session);
    })
    .onError({ as: "global" }, ({ request }) => {
      const { session } = kept.get(request) ?? {};
      if (session) sessions.discard(session);
    });
}

const asObject = (body: unknown): Record<string, unknown> =>
  typeof body === "object" && body !== null ? (body as Record<string, unknown>) : {};
