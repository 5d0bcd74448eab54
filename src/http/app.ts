import { type AnyElysia, Elysia } from "elysia";
import type { HttpSettings } from "../core/server.ts";
import type { Store } from "../models/store.ts";
import type { Supervisor } from "../supervisor/supervisor.ts";
import { anthropic } from "./anthropic/routes.ts";
import { docs } from "./docs/routes.ts";
import { errorResponse } from "./errors.ts";
import { gate } from "./gate/gate.ts";
import { Gateway } from "./gateway.ts";
import { llamacpp } from "./llamacpp/routes.ts";
import { whenLoaded } from "./loading.ts";
import { nitro } from "./nitro/routes.ts";
import { ollama } from "./ollama/routes.ts";
import { openai } from "./openai/routes.ts";
import { responses } from "./responses/routes.ts";
import { resume } from "./resume/routes.ts";
import { vertex } from "./vertex/routes.ts";

export interface AppOptions {
  version: string;
  settings: HttpSettings;
  /** Where models are pulled to and created; null: this server has no such place. */
  store: Store | null;
}

/** All of Hutch's HTTP: the gates that every request passes, and behind them the routes. */
export function createApp(supervisor: Supervisor, options: AppOptions) {
  const gateway = new Gateway(supervisor, options);
  const { settings } = gateway;
  const app = routes(gateway);
  const handle = gate(
    settings,
    whenLoaded(gateway, (request) => app.handle(request)),
  );
  return { fetch: handle, handle, routes: app.routes };
}

/**
 * The routes, dialect by dialect. Each owns its error envelope; what no dialect knows is answered
 * in that of OpenAI's routes. The root's `onError` must stay last: before a plugin, it would win
 * over the plugin's own.
 */
function routes(gateway: Gateway): AnyElysia {
  const greeting = () =>
    new Response("Hutch is running", { headers: { "content-type": "text/plain; charset=utf-8" } });
  const api = new Elysia({ normalize: false })
    .use(resume(gateway)) // its global hooks apply to what follows
    .use(openai(gateway))
    .use(responses(gateway))
    .use(anthropic(gateway))
    .use(ollama(gateway))
    .use(llamacpp(gateway))
    .use(nitro(gateway));
  return new Elysia({ normalize: false })
    .use(api)
    .use(vertex(gateway, api))
    .use(docs(api, gateway.version, gateway.settings.apiPrefix))
    .get("/", greeting, { detail: { hide: true } })
    .head("/", greeting, { detail: { hide: true } })
    .onError(({ error }) => errorResponse(error, gateway.toOpenAiError));
}
