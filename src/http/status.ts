import { Elysia } from "elysia";
import type { EngineMetrics } from "../core/calls.ts";
import { machineMemory } from "../core/machine-memory.ts";
import { llamaCppBuild } from "../core/version.ts";
import type { Model } from "../models/catalog.ts";
import type { DownloadProgress } from "../models/download.ts";
import { answers } from "./docs/answers.ts";
import { errorResponse } from "./errors.ts";
import type { Gateway } from "./gateway.ts";
import { LlamaServerError } from "./llamacpp/schema.ts";
import type { RecentError } from "./recent-errors.ts";
import { type ModelStatus, ServerStatus, type StatusError } from "./status-schema.ts";
import { intervalSeconds } from "./token-rates.ts";

/** An engine hears nothing during a step, which may be long; nobody waits longer than this. */
const patienceMs = 500;

/** What the server is doing, for its operator. Neither loads nor wakes a model. */
export function status(gateway: Gateway) {
  const { settings, supervisor, traffic, version } = gateway;
  const startedMs = performance.now();

  const read = async ({ request }: { request: Request }): Promise<ServerStatus> => {
    const shown = supervisor.catalog.models.filter((model) => !model.isHidden);
    const { totalBytes, availableBytes } = machineMemory();
    return {
      version,
      build: llamaCppBuild,
      uptime_seconds: Math.round(performance.now() - startedMs) / 1000,
      can_load: settings.profile !== "llama-server",
      memory: { total: totalBytes, available: availableBytes },
      waiting: supervisor.nWaiting,
      models: await Promise.all(shown.map((model) => toStatus(gateway, model, request.signal))),
      tokens: { interval_seconds: intervalSeconds, ...traffic.rates.history },
      errors: gateway.errors.list.map(toWireError),
    };
  };

  return new Elysia({ name: "status" })
    .onError(({ error }) => errorResponse(error))
    .get("/status", read, {
      response: ServerStatus,
      detail: {
        tags: ["Hutch"],
        summary: "Status of the server",
        description:
          "Models, memory, what runs and waits, tokens per second over the last minutes, and " +
          "recent errors. Browsers, which accept text/html, get a page that shows it.",
        responses: answers({ "application/json": ServerStatus }, LlamaServerError, [401, 403, 500]),
      },
    });
}

async function toStatus(
  { supervisor }: Gateway,
  model: Model,
  signal: AbortSignal,
): Promise<ModelStatus> {
  const status = supervisor.status(model);
  const { state } = status;
  const common = { name: model.name, state, size: model.sizeBytes };
  switch (state) {
    case "unloaded":
    case "sleeping":
      return common;
    case "downloading":
      return { ...common, progress: fractionOf(status.files) };
    case "loading":
      return { ...common, progress: status.fraction };
    case "failed":
      return { ...common, error: status.error.message };
    case "ready": {
      const limited = AbortSignal.any([signal, AbortSignal.timeout(patienceMs)]);
      const metrics = await supervisor.metrics(model, limited).catch(() => null);
      return { ...common, loaded: toLoaded(status, metrics) };
    }
    default:
      return status satisfies never;
  }
}

type Ready = Extract<ReturnType<Gateway["supervisor"]["status"]>, { state: "ready" }>;

function toLoaded({ engine, expiresAt }: Ready, metrics: EngineMetrics | null) {
  const { memory, nCtxSeq, nParallel } = engine.info;
  return {
    memory: {
      weights: memory.model,
      context: memory.context,
      compute: memory.compute,
      on_gpus: memory.onGpus,
    },
    context_length: nCtxSeq,
    expires_at: Number.isFinite(expiresAt) ? new Date(expiresAt).toISOString() : null,
    sequences: {
      total: nParallel,
      running: metrics?.nProcessing ?? null,
      waiting: metrics?.nDeferred ?? null,
    },
    ...(metrics && {
      tokens: {
        prompt: metrics.nPromptTokens,
        cached: metrics.nPromptCached,
        generated: metrics.nPredicted,
      },
    }),
  };
}

/** Of all files together, as far as their sizes are known. */
function fractionOf(files: readonly DownloadProgress[]): number {
  const sum = (read: (file: DownloadProgress) => number) =>
    files.reduce((total, file) => total + read(file), 0);
  const totalBytes = sum((file) => file.totalBytes);
  return totalBytes > 0 ? sum((file) => file.nBytes) / totalBytes : 0;
}

function toWireError({ at, requestId, ...error }: RecentError): StatusError {
  return { at: new Date(at).toISOString(), request_id: requestId, ...error };
}
