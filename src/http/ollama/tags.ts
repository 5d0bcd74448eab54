import { setImmediate } from "node:timers/promises";
import { Elysia } from "elysia";
import { capabilitiesOf } from "../../models/capabilities.ts";
import type { Model } from "../../models/catalog.ts";
import { fullName, nameKey } from "../../models/name.ts";
import { answers } from "../docs/answers.ts";
import type { Gateway } from "../gateway.ts";
import { toListed, toRemote } from "./listed-model.ts";
import { type ListedModel, Tags } from "./model-schema.ts";
import { OllamaError } from "./schema.ts";

/** GET and HEAD /api/tags. */
export function tags(gateway: Gateway) {
  const list = async (): Promise<Tags> => {
    await refresh(gateway);
    const listed: ListedModel[] = [];
    for (const model of gateway.shownModels.toSorted((a, b) => b.modifiedAt - a.modifiedAt)) {
      listed.push(toItem(model));
      await setImmediate(); // the first look into a file takes some time: others get theirs
    }
    return { models: listed };
  };
  return new Elysia()
    .get("/api/tags", list, {
      response: Tags,
      detail: {
        tags: ["Ollama"],
        summary: "List models",
        description: "All models that can be asked for, the latest first. None is loaded for it.",
        responses: answers({ "application/json": Tags }, OllamaError, [500]),
      },
    })
    .head("/api/tags", () => new Response(null, { headers: { "content-type": jsonType } }), {
      detail: { hide: true },
    });
}

const jsonType = "application/json; charset=utf-8";

/** Another program may share the store: what it changed is read anew. */
async function refresh(gateway: Gateway): Promise<void> {
  if (!gateway.hasStore) return;
  const { catalog, curator } = gateway.supervisor;
  const there = new Map(
    gateway.store.list().map(({ name, digest }) => [nameKey(fullName(name)), digest]),
  );
  const known = new Map(
    catalog.models.flatMap(({ name, stored }) => (stored ? [[nameKey(name), stored.digest]] : [])),
  );
  const isGone = [...known].some(([key, digest]) => there.get(key) !== digest);
  // Another model may have the name: the command line's wins over the store's.
  const taken = new Set(
    catalog.models.flatMap(({ name, aliases = [] }) => [name, ...aliases]).map(nameKey),
  );
  const isNew = [...there.keys()].some((key) => !taken.has(key));
  if (isGone || isNew) await curator.reload();
}

function toItem(model: Model): ListedModel {
  return {
    ...toListed(model),
    ...toRemote(model),
    modified_at: new Date(model.modifiedAt).toISOString(),
    capabilities: capabilitiesOf(model),
  };
}
