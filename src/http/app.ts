import { type AnyElysia, Elysia } from "elysia";
import type { Quantize } from "../core/quantization.ts";
import type { HttpSettings, Profile } from "../core/server.ts";
import type { RegistryClient } from "../models/registry/client.ts";
import type { Store } from "../models/store.ts";
import type { Supervisor } from "../supervisor/supervisor.ts";
import { anthropic } from "./anthropic/routes.ts";
import { checkDepth } from "./body.ts";
import { docs } from "./docs/routes.ts";
import { errorResponse } from "./errors.ts";
import { gate } from "./gate/gate.ts";
import { Keyring } from "./gate/keyring.ts";
import { Gateway } from "./gateway.ts";
import { KeyCounters } from "./key-counters.ts";
import { llamacpp } from "./llamacpp/routes.ts";
import { whenLoaded } from "./loading.ts";
import { nitro } from "./nitro/routes.ts";
import { ollama } from "./ollama/routes.ts";
import { openai } from "./openai/routes.ts";
import type { RequestRecord } from "./request-record.ts";
import { errorsNoted } from "./requests.ts";
import { responses } from "./responses/routes.ts";
import { resume } from "./resume/routes.ts";
import { status } from "./status.ts";
import { systemone } from "./systemone/routes.ts";
import { vertex } from "./vertex/routes.ts";
import { webFiles } from "./web-files.ts";
import { knowingMethods } from "./wrong-method.ts";

export interface AppOptions {
  version: string;
  settings: HttpSettings;
  /** Where models are pulled to and created; null: this server has no such place. */
  store: Store | null;
  /** Where models are pulled from and pushed to; absent: nowhere. */
  registry?: RegistryClient | null;
  /** Writes models anew; absent: a child process does. */
  quantize?: Quantize;
  /** Told of every request that was answered, or given up; absent: nobody is. */
  onRequest?: (record: RequestRecord) => void;
  /** Where the server's operator reads what clients do wrong; absent: nowhere. */
  warn?: (text: string) => void;
}

/** All of Hutch's HTTP: the gates that every request passes, and behind them the routes. */
export function createApp(supervisor: Supervisor, options: AppOptions) {
  const gateway = new Gateway(supervisor, options);
  const { settings, requests } = gateway;
  const app = routes(gateway);
  const counters = new KeyCounters(gateway.traffic.registry);
  const { warn = () => {} } = options;
  const keyring = new Keyring(settings, { counters, warn });
  const routed = knowingMethods(app.routes, settings.profile, (request) => app.handle(request));
  const answering = requests.refusing(settings.profile, whenLoaded(gateway, routed));
  const handle = requests.followed(gate(settings, keyring, answering));
  return { fetch: handle, handle, routes: app.routes, requests };
}

/**
 * What "/" says to whoever is no browser. Scripts and clients of Ollama look for these very words
 * to find out whether it is there; where Ollama's habits apply, they should.
 */
const greetings: Readonly<Record<Profile, string>> = {
  hutch: "Ollama is running",
  "llama-server": "Hutch is running",
  router: "Hutch is running",
};
const greetingHeaders = { "content-type": "text/plain; charset=utf-8", server: "Hutch" };

/**
 * The routes, dialect by dialect. Each owns its error envelope; what no dialect knows is answered
 * in that of OpenAI's routes. The root's `onError` must stay last: before a plugin, it would win
 * over the plugin's own.
 */
function routes(gateway: Gateway): AnyElysia {
  const greeting = () =>
    new Response(greetings[gateway.settings.profile], { headers: greetingHeaders });
  const api = new Elysia({ normalize: false })
    .use(errorsNoted())
    .onTransform(checkDepth(gateway.settings.limits))
    .use(resume(gateway)) // its global hooks apply to what follows
    .use(openai(gateway))
    .use(responses(gateway))
    .use(anthropic(gateway))
    .use(ollama(gateway))
    .use(systemone(gateway))
    .use(llamacpp(gateway))
    .use(nitro(gateway))
    .use(status(gateway));
  return new Elysia({ normalize: false })
    .use(api)
    .use(vertex(gateway, api))
    .use(docs(api, gateway.version, gateway.settings.apiPrefix))
    .use(webFiles(gateway.settings))
    .get("/", greeting, { detail: { hide: true } })
    .head("/", greeting, { detail: { hide: true } })
    .onError(({ error }) => errorResponse(error, gateway.toOpenAiError));
}
