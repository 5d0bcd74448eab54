import { Elysia } from "elysia";
import type { Model } from "../../models/catalog.ts";
import type { ModelStatus } from "../../supervisor/supervisor.ts";
import { maySee } from "../caller.ts";
import { answers } from "../docs/answers.ts";
import type { Gateway } from "../gateway.ts";
import { toListed } from "./listed-model.ts";
import { type LoadedModel, LoadedModels } from "./ps-schema.ts";
import { OllamaError } from "./schema.ts";

/** GET /api/ps. */
export function ps({ supervisor }: Gateway) {
  const list = (): LoadedModels => {
    const loaded = supervisor.catalog.models.filter(maySee).flatMap((model) => {
      const status = supervisor.status(model);
      return status.state === "ready" ? [{ model, status }] : [];
    });
    const longestFirst = loaded.toSorted((a, b) => compare(b.status.expiresAt, a.status.expiresAt));
    return { models: longestFirst.map(({ model, status }) => toLoaded(model, status)) };
  };
  return new Elysia().get("/api/ps", list, {
    response: LoadedModels,
    detail: {
      tags: ["Ollama"],
      summary: "List loaded models",
      description: "The models in memory, the one that stays for longest first.",
      responses: answers({ "application/json": LoadedModels }, OllamaError, [500]),
    },
  });
}

/** Infinity stands for itself: two of them are alike. */
const compare = (a: number, b: number) => (a === b ? 0 : a - b);

/** How far ahead the end of a model lies that stays: Go's longest duration, milliseconds. */
const foreverMs = 2 ** 63 / 1e6;

type Ready = Extract<ModelStatus, { state: "ready" }>;

function toLoaded(model: Model, { engine, expiresAt }: Ready): LoadedModel {
  const { memory, nCtxSeq } = engine.info;
  const ends = Number.isFinite(expiresAt) ? expiresAt : Date.now() + foreverMs;
  return {
    ...toListed(model),
    size: memory.model + memory.context + memory.compute,
    size_vram: memory.onGpus,
    expires_at: new Date(ends).toISOString(),
    context_length: nCtxSeq,
  };
}
