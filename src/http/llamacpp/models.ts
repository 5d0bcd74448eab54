import { type Static, Type } from "@sinclair/typebox";
import { Elysia } from "elysia";
import type { Model } from "../../models/catalog.ts";
import { AnthropicModelList, isForAnthropic, toAnthropicList } from "../anthropic-models.ts";
import { maySee } from "../caller.ts";
import { answers } from "../docs/answers.ts";
import { OpenAiError } from "../error-schema.ts";
import type { Gateway } from "../gateway.ts";
import { ModelCard, toModelCard } from "../model-card.ts";
import { object } from "../wire.ts";
import { listRouterModels } from "./router-models.ts";

const text = Type.String();

/** Ollama's form of a model; llama-server leaves most of it empty, and so do we. */
const ModelEntry = object(
  {
    name: text,
    model: text,
    modified_at: text,
    size: text,
    digest: text,
    type: Type.Literal("model"),
    description: text,
    tags: Type.Array(text),
    capabilities: Type.Array(text),
    parameters: text,
    details: object({
      parent_model: text,
      format: Type.Literal("gguf"),
      family: text,
      families: Type.Array(text),
      parameter_size: text,
      quantization_level: text,
    }),
  },
  { title: "ModelEntry" },
);
type ModelEntry = Static<typeof ModelEntry>;

const ModelList = object(
  {
    models: Type.Optional(Type.Array(ModelEntry)),
    object: Type.Literal("list"),
    data: Type.Array(ModelCard),
  },
  { title: "ModelList" },
);

/** What models there are. */
export function models(gateway: Gateway) {
  const { profile } = gateway.settings;
  const list = async ({ request: { url, headers } }: { request: Request }) => {
    if (profile === "router") return listRouterModels(gateway, url);
    if (profile === "llama-server" || !isForAnthropic(headers)) return listModels(gateway);
    return toAnthropicList(gateway, shownModels(gateway), url);
  };
  const hook = (tag: string, summary: string) => ({
    response: Type.Union([ModelList, AnthropicModelList]),
    detail: {
      tags: [tag],
      summary,
      description:
        "The models this server can load; the first one is the default. In OpenAI's form, and, " +
        "under `models`, in one like Ollama's. Requests with the header anthropic-version get " +
        "Anthropic's list, which takes its `limit`, `after_id` and `before_id`.",
      responses: answers({ "application/json": ModelList }, OpenAiError, [400, 500]),
    },
  });
  return new Elysia({ name: "llamacpp-models" })
    .get("/v1/models", list, hook("OpenAI", "List models"))
    .get("/models", list, hook("llama.cpp", "List models (alias)"));
}

function shownModels(gateway: Gateway): readonly Model[] {
  const { settings, supervisor } = gateway;
  if (settings.profile === "llama-server") return [supervisor.catalog.default].filter(maySee);
  return gateway.shownModels;
}

function listModels(gateway: Gateway): Static<typeof ModelList> {
  const shown = shownModels(gateway);
  return {
    models: shown.map((model) => toEntry(gateway, model)),
    object: "list",
    data: shown.map((model) => toModelCard(gateway, model)),
  };
}

function toEntry(gateway: Gateway, model: Model): ModelEntry {
  const info = gateway.supervisor.info(model);
  const isMultimodal = info ? info.vision || info.audio : model.mmprojPath !== undefined;
  return {
    name: model.name,
    model: model.name,
    modified_at: "",
    size: "",
    digest: "",
    type: "model",
    description: "",
    tags: [""],
    capabilities: isMultimodal ? ["completion", "multimodal"] : ["completion"],
    parameters: "",
    details: {
      parent_model: "",
      format: "gguf",
      family: "",
      families: [""],
      parameter_size: "",
      quantization_level: "",
    },
  };
}
