import { readFileSync } from "node:fs";
import { usedGoTemplate } from "../chat/known-templates.ts";
import { AppError } from "../core/errors.ts";
import type { ChatOptions, LoadOptions } from "../core/load.ts";
import type { Blobs } from "./blobs.ts";
import type { Model } from "./catalog.ts";
import type { ExampleMessage } from "./described.ts";
import { ggufFactsIfAny } from "./gguf-facts.ts";
import { mergeLoad } from "./load-options.ts";
import { blobsOf, layerTypes, type Manifest, type ModelConfig, readConfig } from "./manifest.ts";
import { shortName } from "./name.ts";
import { loadOptionsOf, type Parameters } from "./parameters.ts";
import type { Store, StoredModel } from "./store.ts";

/** What small blobs say of a model; what is absent, there is no blob for. */
export interface StoredParts {
  /** Older programs wrote less of it. */
  config: Partial<ModelConfig>;
  /** In Go's language. */
  template: string | undefined;
  system: string | undefined;
  parameters: Parameters;
  messages: ExampleMessage[];
}

/** A model's entry in the store, with its config. */
export type KnownStoredModel = StoredModel & Pick<StoredParts, "config">;

/** Longest text or JSON that is read. A license has 50 kB, a template 10. */
const nTextBytesMax = 4 * 1024 * 1024;

/**
 * A store's model as the catalog knows it. It is made even when blobs are missing: only loading it
 * fails then, in `requireBlobs`.
 * @param note told about parameters without effect
 */
export function storedModel(
  store: Store,
  stored: StoredModel,
  note: (text: string) => void,
): Model & { stored: KnownStoredModel } {
  const { blobs } = store;
  const { manifest, modifiedAt } = stored;
  const name = shortName(stored.name);
  const parts = storedParts(blobs, manifest);
  const path = pathOf(blobs, manifest, "model") ?? "";
  const load = loadOf(blobs, manifest, parts, path, (text) => note(`${name}: ${text}`));
  return {
    name,
    path,
    mmprojPath: pathOf(blobs, manifest, "projector"),
    sizeBytes: blobsOf(manifest).reduce((sum, { size }) => sum + size, 0),
    modifiedAt,
    load,
    stored: { ...stored, config: parts.config },
  };
}

/** @throws AppError model_load_failed when what the model needs is not on this machine */
export function requireBlobs({ blobs }: Store, { name, stored, path }: Model): void {
  if (!stored) return;
  const fail = (why: string) => new AppError("model_load_failed", `model "${name}" ${why}`);
  for (const { digest, size } of blobsOf(stored.manifest)) {
    const there = blobs.size(digest);
    if (there === size) continue;
    const what = there === null ? "is missing" : `has ${there} bytes instead of ${size}`;
    throw fail(`cannot be loaded: its blob ${digest} ${what}; pull it again`);
  }
  const { remote_host: remote, model_format: format } = stored.config;
  if (remote) throw fail(`runs on ${remote}, which Hutch does not ask`);
  if (path === "") throw fail(`has no GGUF file, but is of the format "${format ?? "unknown"}"`);
}

export function storedParts(blobs: Blobs, manifest: Manifest): StoredParts {
  const text = (...types: (keyof typeof layerTypes)[]) => {
    const wanted = types.map((type): string => layerTypes[type]);
    const layer = manifest.layers.findLast(({ mediaType }) => wanted.includes(mediaType));
    return layer && textOf(blobs, layer.digest);
  };
  return {
    config: readConfig(asObject(parsed(textOf(blobs, manifest.config.digest)))),
    template: text("template", "prompt"),
    system: text("system"),
    parameters: asObject(parsed(text("params"))),
    messages: asMessages(parsed(text("messages"))),
  };
}

/** Texts of the licenses. */
export function licensesOf(blobs: Blobs, { layers }: Manifest): string[] {
  return layers
    .filter(({ mediaType }) => mediaType === layerTypes.license)
    .flatMap(({ digest }) => textOf(blobs, digest) ?? []);
}

function loadOf(
  blobs: Blobs,
  manifest: Manifest,
  { config, template, system, parameters, messages }: StoredParts,
  path: string,
  note: (text: string) => void,
): LoadOptions {
  const lora = manifest.layers
    .filter(({ mediaType }) => mediaType === layerTypes.adapter)
    .map(({ digest }) => ({ path: blobs.path(digest), scale: 1 }));
  const draft = pathOf(blobs, manifest, "draft");
  const chat: ChatOptions = {
    ...(template !== undefined && isUsed(template, config, path) && { goTemplate: template }),
    ...(system && { system }),
    ...(messages.length > 0 && { messages }),
  };
  return mergeLoad(loadOptionsOf(parameters, note), {
    ...(lora.length > 0 && { lora }),
    ...(draft !== undefined && { speculation: { draft_model: draft } }),
    ...(Object.keys(chat).length > 0 && { chat }),
  });
}

/**
 * Models with a renderer, which is code of Ollama's, come with a template that only looks like one;
 * the GGUF file's own says it all. So it does where the layer is no more than what that was
 * recognized as when the model was made: it knows of tools and thinking, too.
 */
function isUsed(template: string, { renderer }: Partial<ModelConfig>, path: string): boolean {
  const jinja = ggufFactsIfAny(path)?.chatTemplate;
  if (jinja === undefined) return true;
  return !renderer && usedGoTemplate(template, jinja) !== undefined;
}

function pathOf(
  blobs: Blobs,
  { layers }: Manifest,
  type: keyof typeof layerTypes,
): string | undefined {
  const layer = layers.findLast(({ mediaType }) => mediaType === layerTypes[type]);
  return layer && blobs.path(layer.digest);
}

function textOf(blobs: Blobs, digest: string): string | undefined {
  const size = blobs.size(digest);
  if (size === null || size > nTextBytesMax) return undefined;
  return readFileSync(blobs.path(digest), "utf8");
}

function parsed(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? "null");
  } catch {
    return null; // no blob of this digest: whoever wrote it wrote nonsense
  }
}

export const asObject = (value: unknown): Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : {};

const roles: ReadonlySet<unknown> = new Set(["system", "user", "assistant"]);

function asMessages(value: unknown): ExampleMessage[] {
  if (!Array.isArray(value)) return [];
  return value
    .map(asObject)
    .filter(({ role, content }) => roles.has(role) && typeof content === "string")
    .map(({ role, content }) => ({ role, content }) as ExampleMessage);
}
