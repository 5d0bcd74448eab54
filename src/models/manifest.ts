import { AppError } from "../core/errors.ts";
import { parseDigest } from "./blobs.ts";

/** What a model consists of: Docker's manifest, version 2. Its digest is the model's. */
export interface Manifest {
  schemaVersion: 2;
  mediaType: string;
  config: Layer;
  layers: Layer[];
}

/** A blob and what it is. */
export interface Layer {
  mediaType: string;
  /** `sha256:` and 64 hexadecimal digits. */
  digest: string;
  /** Bytes. */
  size: number;
  /** The model that it was taken over from, for pushing. */
  from?: string;
  /** File name, of models that are kept as safetensors. */
  name?: string;
}

/** Largest one that is read, bytes; real ones have a few thousand. */
export const manifestBytesMax = 4_000_000;

export const manifestType = "application/vnd.docker.distribution.manifest.v2+json";
export const configType = "application/vnd.docker.container.image.v1+json";

const image = "application/vnd.ollama.image";

/** Media types of the layers. */
export const layerTypes = {
  model: `${image}.model`,
  projector: `${image}.projector`,
  adapter: `${image}.adapter`,
  draft: `${image}.draft`,
  template: `${image}.template`,
  /** What templates were called at first. */
  prompt: `${image}.prompt`,
  system: `${image}.system`,
  params: `${image}.params`,
  messages: `${image}.messages`,
  license: `${image}.license`,
} as const;

/** The config blob's JSON: what is shown of a model without reading its files. */
export interface ModelConfig {
  /** "gguf" */
  model_format: string;
  /** Architecture: "llama". */
  model_family: string;
  model_families: string[] | null;
  /** Such as "8.0B". */
  model_type: string;
  /** Quantisation: "Q4_K_M". */
  file_type: string;
  renderer?: string;
  parser?: string;
  requires?: string;
  remote_host?: string;
  remote_model?: string;
  capabilities?: string[];
  context_length?: number;
  embedding_length?: number;
  base_name?: string;
  architecture: string;
  os: string;
  rootfs?: { type: string; diff_ids: string[] };
}

const isText = (value: unknown) => typeof value === "string";
const isNumber = (value: unknown) => typeof value === "number";
const isTexts = (value: unknown) => Array.isArray(value) && value.every(isText);

const configFields: { [Field in keyof ModelConfig]: (value: unknown) => boolean } = {
  model_format: isText,
  model_family: isText,
  model_families: isTexts,
  model_type: isText,
  file_type: isText,
  renderer: isText,
  parser: isText,
  requires: isText,
  remote_host: isText,
  remote_model: isText,
  capabilities: isTexts,
  context_length: isNumber,
  embedding_length: isNumber,
  base_name: isText,
  architecture: isText,
  os: isText,
};

/** A config blob's JSON without what is not as it should be; fields that we do not know stay. */
export function readConfig(value: Readonly<Record<string, unknown>>): Partial<ModelConfig> {
  const isFine = (name: string, field: unknown) =>
    !Object.hasOwn(configFields, name) || configFields[name as keyof ModelConfig]?.(field);
  return Object.fromEntries(Object.entries(value).filter(([name, field]) => isFine(name, field)));
}

/**
 * Reads a manifest, and refuses what could lead out of the blobs' folder.
 * @param where for messages
 * @throws AppError invalid_request
 */
export function parseManifest(bytes: Uint8Array, where: string): Manifest {
  const bad = (why: string) => new AppError("invalid_request", `${where}: ${why}`);
  let value: Partial<Manifest> | null;
  try {
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new AppError("invalid_request", `${where}: the manifest is no valid JSON`, { cause });
  }
  const { config, layers } = value ?? {};
  if (!isLayer(config)) throw bad("the manifest has no valid config");
  if (!Array.isArray(layers)) throw bad("the manifest has no layers");
  const wrong = layers.findIndex((layer) => !isLayer(layer));
  if (wrong >= 0) throw bad(`the manifest's layer ${wrong} is not valid`);
  return {
    ...value,
    schemaVersion: 2,
    mediaType: value?.mediaType ?? manifestType,
    config: asLayer(config),
    layers: layers.map(asLayer),
  };
}

/** With its digest in the one spelling that files are named by. */
const asLayer = (layer: Layer): Layer => ({
  ...layer,
  digest: parseDigest(layer.digest) ?? layer.digest,
});

function isLayer(value: unknown): value is Layer {
  if (typeof value !== "object" || value === null) return false;
  const { mediaType, digest, size } = value as Partial<Layer>;
  const isSize = Number.isSafeInteger(size) && (size ?? -1) >= 0;
  return typeof mediaType === "string" && parseDigest(digest) !== null && isSize;
}

/** All blobs of a model, the config's first; one that occurs twice, twice. */
export function blobsOf({ config, layers }: Manifest): Layer[] {
  return [config, ...layers];
}

/** The manifest's bytes as they are stored and pushed, in the order of Ollama's JSON. */
export function manifestBytes(manifest: Manifest): Uint8Array {
  const { schemaVersion, mediaType, config, layers, ...rest } = manifest;
  const ordered = {
    schemaVersion,
    mediaType,
    config: inOrder(config),
    layers: layers.map(inOrder),
  };
  return new TextEncoder().encode(JSON.stringify({ ...ordered, ...rest }));
}

const inOrder = ({ mediaType, digest, size, from, name, ...rest }: Layer): Layer => ({
  mediaType,
  digest,
  size,
  ...(from && { from }),
  ...(name && { name }),
  ...rest,
});
