import { type Static, Type } from "@sinclair/typebox";
import { Elysia } from "elysia";
import { type EngineMetrics, noMetrics } from "../../core/calls.ts";
import { AppError } from "../../core/errors.ts";
import type { Model } from "../../models/catalog.ts";
import { addMetrics } from "../../supervisor/engine-metrics.ts";
import { answers } from "../docs/answers.ts";
import type { Gateway } from "../gateway.ts";
import { object } from "../wire.ts";
import { EngineGauges } from "./engine-gauges.ts";
import { LlamaServerError } from "./schema.ts";

const contentType = "text/plain; version=0.0.4";

const Query = object({
  model: Type.Optional(Type.String({ description: "Only this one counts in llamacpp:*." })),
});

/** Prometheus' text: llama-server's names, and beside them ours, labelled by model. */
export function metrics(gateway: Gateway) {
  const { settings, supervisor, traffic } = gateway;
  const gauges = new EngineGauges();
  const startedAt = Math.floor(Date.now() / 1000);

  const scrape = async ({ query, request }: { query: Static<typeof Query>; request: Request }) => {
    if (!settings.endpoints.metrics) {
      const message = "This server does not support metrics endpoint. Start it with `--metrics`";
      throw new AppError("switched_off", message);
    }
    const counted = modelsOf(gateway, query.model, request.url);
    const read = (model: Model) => supervisor.metrics(model, request.signal);
    const all = await Promise.all(
      supervisor.catalog.models.map(async (model) => ({
        model,
        state: stateOf(gateway, model),
        metrics: await read(model),
      })),
    );
    const chosen = all.filter(({ model }) => counted.includes(model));
    gauges.set(sum(chosen.map((one) => one.metrics)), all);
    const texts = [await gauges.registry.metrics(), await traffic.registry.metrics()];
    return new Response(texts.join("\n"), {
      headers: { "content-type": contentType, "Process-Start-Time-Unix": String(startedAt) },
    });
  };

  return new Elysia({ name: "llamacpp-metrics" }).get("/metrics", scrape, {
    query: Query,
    detail: {
      tags: ["llama.cpp"],
      summary: "Metrics",
      description:
        "For Prometheus. `llamacpp:*` are llama-server's, over all models unless `model` names " +
        "one; `hutch_*` are labelled by model, or by the name of an API key. Neither loads nor " +
        "wakes a model.",
      responses: answers({ [contentType]: Type.String() }, LlamaServerError, [404, 501]),
    },
  });
}

/** As llama-server has it, metrics of the one model that it serves are the same when it sleeps. */
function stateOf({ supervisor, settings }: Gateway, model: Model): string {
  const { state } = supervisor.status(model);
  return state === "sleeping" && settings.profile === "llama-server" ? "ready" : state;
}

/** Whose figures llama-server's names stand for. */
function modelsOf(gateway: Gateway, name: string | undefined, url: string): readonly Model[] {
  const { catalog } = gateway.supervisor;
  if (name) return [gateway.model(name, url)];
  return gateway.settings.profile === "llama-server" ? [catalog.default] : catalog.models;
}

function sum(all: readonly EngineMetrics[]): EngineMetrics {
  return all.reduce(
    (total, one) => ({
      ...addMetrics(total, one),
      nProcessing: total.nProcessing + one.nProcessing,
      nDeferred: total.nDeferred + one.nDeferred,
    }),
    noMetrics,
  );
}
