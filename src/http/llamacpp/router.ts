import { type Static, Type } from "@sinclair/typebox";
import { Elysia } from "elysia";
import { AppError } from "../../core/errors.ts";
import { checkBody } from "../body.ts";
import { answers } from "../docs/answers.ts";
import type { Gateway } from "../gateway.ts";
import { object } from "../wire.ts";
import { followModels } from "./router-events.ts";
import { LlamaServerError } from "./schema.ts";

const Success = object({ success: Type.Literal(true) }, { title: "Success" });

const Named = object(
  {
    model: Type.String({
      minLength: 1,
      description: "The model's name, or an alias.",
      example: "tiny",
    }),
  },
  { title: "ModelName", examples: [{ model: "tiny" }] },
);
type Named = Static<typeof Named>;

const OfRepository = object(
  { model: Type.String({ minLength: 1, description: "A repository of the hub, and what of it." }) },
  { title: "RepositoryName", examples: [{ model: "ggml-org/gemma-3-270m-it-GGUF:Q8_0" }] },
);

const Event = object(
  {
    model: Type.String({ description: '"*": all of them.' }),
    event: Type.String({
      description:
        "model_status (it begins to load), status_change, download_progress, download_finished, " +
        "download_failed, model_remove, models_reload",
    }),
    data: Type.Optional(object({})),
  },
  { title: "ModelEvent" },
);

/** Which models there are and which of them are loaded: what llama-server's router mode adds. */
export function router(gateway: Gateway) {
  const plugin = new Elysia({ name: "llamacpp-router" });
  if (gateway.settings.profile === "llama-server") return plugin; // which has one model, loaded
  const { supervisor } = gateway;
  const { curator } = supervisor;
  const done = { success: true as const };

  const load = ({ body }: { body: Named }) => {
    supervisor.load(body.model);
    return done;
  };
  const unload = async ({ body }: { body: Named }) => {
    const { name } = supervisor.catalog.find(body.model);
    if (await curator.cancel(name)) return done;
    const { state } = supervisor.status(supervisor.catalog.find(name));
    const gone = supervisor.unload(name);
    // Requests may go on for a while; only what is wrong with this one is known at once.
    if (state === "unloaded" || state === "failed") await gone;
    else gone.catch(() => {});
    return done;
  };
  const download = async ({ body, request }: { body: Named; request: Request }) => {
    try {
      await curator.download(body.model, request.signal);
    } catch (error) {
      throw refused(error);
    }
    return done;
  };
  const remove = async ({ query }: { query: Named }) => {
    await curator.remove(query.model);
    return done;
  };
  const events = ({ request }: { request: Request }) => followModels(gateway, request.signal);

  return plugin
    .post("/models/load", load, named("Load a model", "Answers at once; /models tells its status."))
    .post("/models/unload", unload, named("Unload a model", "Or end its download."))
    .post("/models", download, {
      ...named("Download a model", "From the hub: `user/repo[:quant]`."),
      transform: checkBody(OfRepository),
      body: OfRepository,
    })
    .delete("/models", remove, {
      query: Named,
      response: Success,
      detail: detail("Remove a model", "From the cache and the disk; others are not removable."),
    })
    .get("/models/sse", events, {
      detail: {
        ...detail("Follow models", "Server-sent events about loading, downloads and removal."),
        responses: answers({ "text/event-stream": Event }, LlamaServerError, [401]),
      },
    });
}

/** The hub's no is an answer to the request, not a failure of this server. */
function refused(error: unknown): unknown {
  if (!(error instanceof AppError) || error.code !== "model_load_failed") return error;
  const message = `model validation failed, unable to download: ${error.message}`;
  return new AppError("invalid_request", message, { param: "model", cause: error });
}

function named(summary: string, description: string) {
  return {
    parse: "json" as const,
    transform: checkBody(Named),
    body: Named,
    response: Success,
    detail: detail(summary, description),
  };
}

function detail(summary: string, description: string) {
  const responses = answers({ "application/json": Success }, LlamaServerError, [400, 404, 500]);
  return { tags: ["llama.cpp"], summary, description, responses };
}
