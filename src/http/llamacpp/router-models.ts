import { llamaCppBuild } from "../../core/version.ts";
import type { Model } from "../../models/catalog.ts";
import type { DownloadProgress } from "../../models/download.ts";
import type { ModelStatus } from "../../supervisor/supervisor.ts";
import type { Gateway } from "../gateway.ts";
import { toModelCard } from "../model-card.ts";

/**
 * GET /models in router mode: what each model is, and what it is doing. With `?reload=` the sources
 * are read anew first.
 * @throws AppError when one of them cannot be read
 */
export async function listRouterModels(gateway: Gateway, url: string) {
  if (new URL(url).searchParams.get("reload")) await gateway.supervisor.curator.reload();
  const data = gateway.shownModels.map((model) => toRouterModel(gateway, model));
  return { object: "list" as const, data };
}

/** A model of the router's list. */
export function toRouterModel(gateway: Gateway, model: Model) {
  const info = gateway.supervisor.info(model);
  const senses = info ?? model.senses;
  return {
    ...toModelCard(gateway, model),
    aliases: [...(model.aliases ?? [])],
    status: {
      ...toWireStatus(gateway.supervisor.status(model)),
      args: argumentsOf(model),
      ...(model.preset && { preset: toIni(model) }),
    },
    architecture: {
      input_modalities: [
        "text",
        ...(senses?.vision ? ["image"] : []),
        ...(senses?.audio ? ["audio"] : []),
      ],
      output_modalities: ["text"],
    },
    source: model.origin ?? "preset",
    can_remove: model.origin === "cache",
    ...(model.path !== "" && { path: model.path }),
  };
}

/** What a status is called, and what goes with it. */
export function toWireStatus(status: ModelStatus) {
  switch (status.state) {
    case "unloaded":
      return { value: "unloaded" };
    case "downloading":
      return { value: "downloading", progress: toWireDownloads(status.files) };
    case "loading":
      return { value: "loading", progress: toWireProgress(status.fraction) };
    case "ready":
      return { value: "loaded" };
    case "sleeping":
      return { value: "sleeping" };
    case "failed":
      return { value: "unloaded", failed: true, exit_code: 1, error: status.error.message };
    default:
      return status satisfies never;
  }
}

/** llama-server's stages of a load, of which an engine tells one. */
function toWireProgress(fraction: number) {
  return { stages: ["text_model"], current: "text_model", value: fraction };
}

/** Files on their way, by URL; bytes. */
function toWireDownloads(files: readonly DownloadProgress[]) {
  return Object.fromEntries(
    files.map(({ url, nBytes, totalBytes }) => [url, { done: nBytes, total: totalBytes }]),
  );
}

/** GET /props in router mode when it names no model: the router's own. */
export function routerProps({ settings, supervisor }: Gateway) {
  return {
    role: "router",
    max_instances: supervisor.nEnginesMax,
    models_autoload: settings.autoload,
    // What clients look for before they have chosen a model; llama-server says the same.
    model_alias: "llama-server",
    model_path: "none",
    default_generation_settings: { params: null, n_ctx: 0 },
    ui_settings: {},
    build_info: llamaCppBuild,
    cors_proxy_enabled: false,
  };
}

const argumentsOf = ({ preset = {} }: Model) => [
  "hutch",
  ...Object.entries(preset).flatMap(([key, value]) => [`--${key}`, value]),
];

function toIni({ name, preset = {} }: Model): string {
  const lines = Object.entries(preset).map(([key, value]) => `${key} = ${value}\n`);
  return `[${name}]\n${lines.join("")}\n`;
}
