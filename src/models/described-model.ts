import type { Model } from "./catalog.ts";
import type { ModelfileParts } from "./described.ts";
import { parameterPairs } from "./parameters.ts";
import type { Store } from "./store.ts";
import { licensesOf, storedParts } from "./stored-model.ts";

/** The model as a Modelfile would describe it. @param store where it is from, if it is stored */
export function describedParts(model: Model, store: Store | null): ModelfileParts {
  const { load = {}, stored, path, mmprojPath } = model;
  const { lora = [], speculation, chat } = load;
  const files: ModelfileParts = {
    from: [path, ...(mmprojPath === undefined ? [] : [mmprojPath])],
    adapters: lora.map((adapter) => adapter.path),
    draft: speculation?.draft_model,
  };
  if (!stored || !store) {
    const { goTemplate: template, system, messages = [] } = chat ?? {};
    return { ...model.described, ...files, template, system, messages };
  }
  const { config, template, system, parameters, messages } = storedParts(
    store.blobs,
    stored.manifest,
  );
  const { renderer, parser, requires } = config;
  return {
    ...files,
    template,
    system,
    parameters: parameterPairs(parameters),
    messages,
    licenses: licensesOf(store.blobs, stored.manifest),
    renderer: renderer || undefined,
    parser: parser || undefined,
    requires: requires || undefined,
  };
}
