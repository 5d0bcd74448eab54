import { Elysia } from "elysia";
import type { Supervisor } from "../supervisor/supervisor.ts";
import { docs } from "./docs/routes.ts";
import { toAppError } from "./errors.ts";
import { llamacpp } from "./llamacpp/routes.ts";
import { ollama } from "./ollama/routes.ts";
import { toErrorBody } from "./openai/response.ts";
import { openai } from "./openai/routes.ts";

/**
 * All of Hutch's HTTP, dialect by dialect. Each owns its error envelope; what no dialect knows is
 * answered in OpenAI's. The root's `onError` must stay last: before a plugin, it would win over the
 * plugin's own.
 */
export function createApp(supervisor: Supervisor, { version }: { version: string }) {
  const greeting = () =>
    new Response("Hutch is running", { headers: { "content-type": "text/plain; charset=utf-8" } });
  const api = new Elysia({ normalize: false })
    .use(openai(supervisor, version))
    .use(ollama(supervisor, version))
    .use(llamacpp(supervisor));
  return new Elysia({ normalize: false })
    .use(api)
    .use(docs(api, version))
    .get("/", greeting, { detail: { hide: true } })
    .head("/", greeting, { detail: { hide: true } })
    .onError(({ error }) => {
      const e = toAppError(error);
      return Response.json(toErrorBody(e), { status: e.status });
    });
}
