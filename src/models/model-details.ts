import { createHash } from "node:crypto";
import type { Model } from "./catalog.ts";
import { ggufFactsIfAny } from "./gguf-facts.ts";

/** What lists show of a model. */
export interface ModelDetails {
  format: string;
  /** Architecture: "llama"; "" when it cannot be told. */
  family: string;
  families: string[];
  /** Such as "8.0B". */
  parameterSize: string;
  /** "Q4_K_M" */
  quantizationLevel: string;
  /** Tokens that it was trained for. */
  contextLength: number | undefined;
  embeddingLength: number | undefined;
}

/** What the store's config says, or else the model's file; it is not loaded. */
export function detailsOf(model: Model): ModelDetails {
  const { config } = model.stored ?? {};
  const facts = ggufFactsIfAny(model.path);
  const family = config?.model_family || (facts?.architecture ?? "");
  const families = [family, ...(model.mmprojPath === undefined ? [] : ["clip"])];
  return {
    format: config?.model_format || "gguf",
    family,
    families: config?.model_families ?? families.filter((word) => word !== ""),
    parameterSize: config?.model_type || (facts?.parameterSize ?? ""),
    quantizationLevel: config?.file_type || (facts?.fileType ?? ""),
    contextLength: config?.context_length || facts?.contextLength,
    embeddingLength: config?.embedding_length || facts?.embeddingLength,
  };
}

/**
 * What stands for the model as it is now: 64 hexadecimal digits. Of a plain file it is made of what
 * `stat` says; reading gigabytes for a list would take minutes.
 */
export function digestOf({ stored, name, path, sizeBytes, modifiedAt }: Model): string {
  if (stored) return stored.digest;
  const what = JSON.stringify([path || name, sizeBytes, modifiedAt]);
  return createHash("sha256").update(what).digest("hex");
}
