import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { AppError } from "../../core/errors.ts";
import type { Quantize } from "../../core/quantization.ts";
import type { Model } from "../catalog.ts";
import type { ModelfileParts } from "../described.ts";
import { ggufName, partPath } from "../hub-selection.ts";
import { type Layer, layerTypes, type ModelConfig, readConfig } from "../manifest.ts";
import { parseName } from "../name.ts";
import type { Progress } from "../progress.ts";
import type { Store, StoredModel } from "../store.ts";
import { asObject } from "../stored-model.ts";
import { type GgufFile, judged } from "./gguf-files.ts";
import type { LayerMaker } from "./layer-maker.ts";
import type { SourceFile } from "./recipe.ts";

/** Where models are made, and what that takes. */
export interface Workshop {
  store: Store;
  /** A model of the server, be it in the store or not. */
  find(name: string): Model | undefined;
  /** Fetches a model into the store. */
  pull(name: string, signal: AbortSignal): AsyncIterable<Progress>;
  quantize: Quantize;
}

/** What a new model goes out from. */
export interface Base {
  config: Partial<ModelConfig>;
  /** Its GGUF files: the model, whole or in parts, projectors, adapters, by what they are. */
  files: (GgufFile & { mediaType: string })[];
  /** What else it consists of. */
  layers: Layer[];
  /** What the Modelfile says by which it is served, if it is. */
  said: ModelfileParts;
  /** false: its files were not yet judged by llama.cpp. */
  isProven: boolean;
}

/** The base that files are. @throws AppError invalid_request */
export async function baseOfFiles(sources: readonly SourceFile[]): Promise<Base> {
  if (sources.length === 0) throw new AppError("invalid_request", "no files provided to convert");
  const files = (await judged(sources)).map((file) => ({
    ...file,
    mediaType: layerTypes[file.kind],
  }));
  return { config: {}, files, layers: [], said: { from: [] }, isProven: false };
}

/**
 * The base that a name means: a model of the store, one of this server that is not in it, or one
 * that has to be fetched first.
 * @throws AppError invalid_request, model_not_found, and those of fetching
 */
export async function* baseByName(
  name: string,
  workshop: Workshop,
  maker: LayerMaker,
  signal: AbortSignal,
): AsyncGenerator<Progress, Base> {
  const parsed = parseName(name);
  const stored = parsed && workshop.store.find(parsed);
  if (stored) return await baseInStore(stored, workshop.store, maker);
  const known = workshop.find(name);
  if (known && known.path !== "") return await baseOfModel(known);
  if (!parsed) throw new AppError("invalid_request", "invalid model name", { param: "from" });
  for await (const step of workshop.pull(name, signal)) if (step.status !== "success") yield step;
  const fetched = workshop.store.find(parsed);
  if (fetched) return await baseInStore(fetched, workshop.store, maker);
  throw new AppError("model_not_found", `model '${name}' not found`, { param: "from" });
}

const fileTypes: readonly string[] = [
  layerTypes.model,
  layerTypes.projector,
  layerTypes.adapter,
  layerTypes.draft,
];

async function baseInStore(
  { manifest }: StoredModel,
  store: Store,
  maker: LayerMaker,
): Promise<Base> {
  const layers = manifest.layers.map((layer) => maker.inherited(layer));
  const config = readConfig(readObject(store, maker.inherited(manifest.config)));
  const files = await Promise.all(
    layers
      .filter(({ mediaType }) => fileTypes.includes(mediaType))
      .map(async ({ mediaType, digest }) => {
        const path = store.blobs.path(digest);
        const [file] = await judged([{ name: digest, path, digest }]);
        return file ? [{ ...file, mediaType }] : [];
      }),
  );
  return {
    config,
    files: files.flat().sort((a, b) => a.part - b.part),
    layers: layers.filter(({ mediaType }) => !fileTypes.includes(mediaType)),
    said: { from: [] },
    isProven: true,
  };
}

export function readObject(store: Store, { digest }: Layer): Record<string, unknown> {
  try {
    return asObject(JSON.parse(readFileSync(store.blobs.path(digest), "utf8")));
  } catch (cause) {
    throw new AppError("model_load_failed", `blob "${digest}" is no valid JSON`, { cause });
  }
}

/** A model that is served from its files, with what its Modelfile says. */
async function baseOfModel({ path, mmprojPath, load = {}, described }: Model): Promise<Base> {
  const nParts = ggufName(path)?.count ?? 1;
  const parts = Array.from({ length: nParts }, (_, i) => partPath(path, i + 1));
  const draft = load.speculation?.draft_model;
  const named = [
    ...(nParts === 1 ? [path] : parts).map((file) => [layerTypes.model, file] as const),
    ...(mmprojPath === undefined ? [] : [[layerTypes.projector, mmprojPath] as const]),
    ...(load.lora ?? []).map(({ path: file }) => [layerTypes.adapter, file] as const),
    ...(draft === undefined ? [] : [[layerTypes.draft, draft] as const]),
  ];
  const files = await Promise.all(
    named.map(async ([mediaType, file]) =>
      (await judged([{ name: basename(file), path: file }])).map((one) => ({ ...one, mediaType })),
    ),
  );
  const said = described ?? { from: [] };
  return { config: {}, files: files.flat(), layers: [], said, isProven: false };
}
