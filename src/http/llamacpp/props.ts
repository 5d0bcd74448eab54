import { type Static, Type } from "@sinclair/typebox";
import { Elysia } from "elysia";
import { AppError } from "../../core/errors.ts";
import type { ModelInfo } from "../../core/generate.ts";
import { llamaCppBuild } from "../../core/version.ts";
import type { Model } from "../../models/catalog.ts";
import { answers } from "../docs/answers.ts";
import type { Gateway } from "../gateway.ts";
import { SlotParameters, toSlotParameters } from "../native-settings.ts";
import { object } from "../wire.ts";
import { routerProps } from "./router-models.ts";
import { LlamaServerError } from "./schema.ts";

const { Optional, Integer, Boolean: bool, String: text } = Type;

const Props = object(
  {
    default_generation_settings: object({ params: SlotParameters, n_ctx: Integer() }),
    total_slots: Integer({ description: "Requests that are answered at once." }),
    model_alias: text(),
    model_path: text(),
    model_ftype: text(),
    modalities: object({ vision: bool(), video: bool(), audio: bool() }),
    media_marker: text({ description: "Stands for a picture in a prompt of /completion." }),
    endpoint_slots: bool(),
    endpoint_props: bool(),
    endpoint_metrics: bool(),
    ui: bool(),
    ui_settings: object({}),
    chat_template: text(),
    chat_template_tool_use: Optional(text()),
    chat_template_caps: Type.Record(text(), bool()),
    bos_token: text(),
    eos_token: text(),
    build_info: text(),
    is_sleeping: bool(),
    cors_proxy_enabled: bool(),
  },
  { title: "Props" },
);

const Success = object({ success: Type.Literal(true) }, { title: "Success" });

const Query = object({ model: Optional(text()), autoload: Optional(text()) });

/** What this server and its model are. */
export function props(gateway: Gateway) {
  const get = async ({ query, request }: { query: Static<typeof Query>; request: Request }) => {
    const { settings, supervisor } = gateway;
    if (settings.profile === "router" && !query.model) return routerProps(gateway);
    const model = gateway.model(query.model, request.url);
    const info = supervisor.info(model) ?? (await gateway.info(model, request.signal));
    return toProps(gateway, model, info);
  };
  const post = () => {
    if (gateway.settings.endpoints.props) return { success: true as const };
    const message =
      "This server does not support changing global properties. Start it with `--props`";
    throw new AppError("switched_off", message);
  };
  return new Elysia({ name: "llamacpp-props" })
    .get("/props", get, {
      query: Query,
      detail: {
        tags: ["llama.cpp"],
        summary: "Properties",
        description: "Defaults, limits and templates. Does not wake a sleeping model.",
        responses: answers({ "application/json": Props }, LlamaServerError, [404, 500, 503]),
      },
    })
    .post("/props", post, {
      parse: "none",
      response: Success,
      detail: {
        tags: ["llama.cpp"],
        summary: "Change properties",
        description: "There is none that could be changed; 501 without --props.",
        responses: answers({ "application/json": Success }, LlamaServerError, [501]),
      },
    });
}

function toProps(gateway: Gateway, model: Model, info: ModelInfo): Static<typeof Props> {
  const { settings, supervisor } = gateway;
  const { slots, props, metrics } = settings.endpoints;
  return {
    default_generation_settings: {
      params: toSlotParameters({ sampling: {} }, info),
      n_ctx: info.nCtxSeq,
    },
    total_slots: info.nParallel,
    model_alias: model.name,
    model_path: model.path,
    model_ftype: info.fileType,
    modalities: { vision: info.vision, video: false, audio: info.audio },
    media_marker: settings.mediaMarker,
    endpoint_slots: slots,
    endpoint_props: props,
    endpoint_metrics: metrics,
    ui: settings.hasPage,
    ui_settings: {},
    chat_template: info.chatTemplate,
    ...(info.chatTemplateToolUse && { chat_template_tool_use: info.chatTemplateToolUse }),
    chat_template_caps: info.chatTemplateCaps,
    bos_token: info.bosText,
    eos_token: info.eosText,
    build_info: llamaCppBuild,
    is_sleeping: supervisor.status(model).state === "sleeping",
    cors_proxy_enabled: false,
  };
}
