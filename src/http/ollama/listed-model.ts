import type { Model } from "../../models/catalog.ts";
import { detailsOf, digestOf } from "../../models/model-details.ts";
import { parseName, shortName } from "../../models/name.ts";
import type { ListedModel, ModelDetails } from "./model-schema.ts";

/** A model in lists; its `size` is that of its files. */
export function toListed(
  model: Model,
): Pick<ListedModel, "name" | "model" | "size" | "digest" | "details"> {
  const name = listedName(model.name);
  const { sizeBytes: size } = model;
  return { name, model: name, size, digest: digestOf(model), details: toDetails(model) };
}

/** Ollama's clients expect a tag behind every name. */
export function listedName(name: string): string {
  const parsed = parseName(name);
  return parsed ? shortName(parsed) : name;
}

export function toDetails(model: Model): ModelDetails {
  const details = detailsOf(model);
  const { contextLength, embeddingLength } = details;
  return {
    parent_model: "",
    format: details.format,
    family: details.family,
    families: details.families,
    parameter_size: details.parameterSize,
    quantization_level: details.quantizationLevel,
    ...(contextLength !== undefined && { context_length: contextLength }),
    ...(embeddingLength !== undefined && { embedding_length: embeddingLength }),
  };
}

/** Of a model that only points to one elsewhere. */
export function toRemote({ stored }: Model): Pick<ListedModel, "remote_model" | "remote_host"> {
  const { remote_model, remote_host } = stored?.config ?? {};
  return { ...(remote_model && { remote_model }), ...(remote_host && { remote_host }) };
}
