import { type TSchema, Type } from "@sinclair/typebox";
import { Elysia } from "elysia";
import { checkBody } from "../body.ts";
import { maySee } from "../caller.ts";
import { answers } from "../docs/answers.ts";
import { errorResponse } from "../errors.ts";
import type { Gateway } from "../gateway.ts";
import { toModelCard } from "../model-card.ts";
import { ClientFiles } from "./client-files.ts";
import { chatHook, embeddingHook, inference } from "./inference.ts";
import { LoadedModel } from "./loaded-model.ts";
import { toModel } from "./request.ts";
import {
  loadedMessage,
  nothingToUnload,
  toNitroError,
  toStatus,
  unloadedMessage,
} from "./response.ts";
import { LoadModelRequest, NitroError, NitroMessage, NitroModels, NitroStatus } from "./schema.ts";

/** Where Nitro has its routes, and where its successor had them. */
const prefixes = ["/inferences/llamacpp", "/inferences/server"];

/** Nitro's API: a client has one model loaded by its path, and talks to that. */
export function nitro(gateway: Gateway) {
  const { supervisor, settings } = gateway;
  const loaded = new LoadedModel(gateway);
  const files = new ClientFiles(settings.clientModelDirs);

  const load = async ({ body, request }: { body: LoadModelRequest; request: Request }) => {
    loaded.expectNone();
    const model = toModel(body, supervisor.catalog, files);
    await loaded.load(model, body.embedding ?? true, request.signal);
    return loadedMessage;
  };
  const unload = async () => ((await loaded.unload()) ? unloadedMessage : nothingToUnload);
  const status = () => {
    const { model } = loaded;
    return toStatus(model, model && supervisor.info(model));
  };
  const models = () => {
    const { model } = loaded;
    const shown = model && maySee(model) ? [toModelCard(gateway, model)] : [];
    return { object: "list" as const, data: shown };
  };

  const { chat, embed } = inference(gateway, loaded);
  const plugin = new Elysia({ name: "nitro" })
    .onError(({ error }) => errorResponse(error, toNitroError))
    .get("/healthz", alive, { detail: healthDetail });
  for (const prefix of prefixes) {
    plugin
      .post(`${prefix}/loadmodel`, load, loadHook)
      .get(`${prefix}/unloadmodel`, unload, unloadHook)
      .post(`${prefix}/unloadmodel`, unload, unloadHook)
      .get(`${prefix}/modelstatus`, status, statusHook)
      .post(`${prefix}/modelstatus`, status, statusHook)
      .post(`${prefix}/chat_completion`, chat, chatHook)
      .post(`${prefix}/embedding`, embed, embeddingHook);
  }
  return plugin.get("/inferences/server/models", models, modelsHook);
}

const alive = () =>
  new Response("Nitro is alive!!!", { headers: { "content-type": "text/html; charset=utf-8" } });

const detail = (summary: string, description: string, answer: TSchema, statuses: number[]) => ({
  tags: ["Nitro"],
  summary,
  description,
  responses: answers({ "application/json": answer }, NitroError, statuses),
});

const healthDetail = {
  tags: ["Nitro"],
  summary: "Whether the server is there",
  description: "Says so in words; loads nothing.",
  responses: answers({ "text/html": Type.String() }, NitroError, [403]),
};

const loadHook = {
  parse: "json" as const,
  transform: checkBody(LoadModelRequest),
  body: LoadModelRequest,
  response: NitroMessage,
  detail: detail(
    "Load a model",
    "Answers when it is loaded. There is one such model at a time; until it is unloaded, names " +
      "of models that this server does not have mean it, in every dialect.",
    NitroMessage,
    [400, 403, 409, 500, 503],
  ),
};

const unloadHook = {
  response: NitroMessage,
  detail: detail(
    "Unload the model",
    "Answers when its memory is free; requests in progress have ten seconds to end.",
    NitroMessage,
    [500],
  ),
};

const statusHook = {
  response: NitroStatus,
  detail: detail("Whether a model is loaded", "And which, as JSON in a text.", NitroStatus, [500]),
};

const modelsHook = {
  response: NitroModels,
  detail: detail("List the loaded model", "Other models are at /v1/models.", NitroModels, [500]),
};
