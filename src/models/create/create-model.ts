import { detectTemplate, type KnownTemplate } from "../../chat/known-templates.ts";
import { AppError } from "../../core/errors.ts";
import { ggufFacts } from "../gguf-facts.ts";
import { configType, type Layer, layerTypes, manifestType } from "../manifest.ts";
import type { Progress } from "../progress.ts";
import { type Base, baseByName, baseOfFiles, type Workshop } from "./base.ts";
import { configByFile, configByInfo, configText } from "./config.ts";
import { expectUsable, type GgufFile, judged, modelAmong } from "./gguf-files.ts";
import { LayerMaker } from "./layer-maker.ts";
import type { Recipe } from "./recipe.ts";
import { completed, expectSayable, layersSaid } from "./sayings.ts";

/** A base's files and those that the recipe adds, all of them judged. */
interface Parts {
  model: GgufFile[];
  projectors: GgufFile[];
  adapters: GgufFile[];
  drafts: GgufFile[];
}

/**
 * Makes a model, and says how far it is, in Ollama's words. Whatever can be wrong with the request
 * is found before the first step is reported, fetching the base aside. The model is there as a
 * whole once "writing manifest" is past; nothing is left of one that fails, or that nobody awaits.
 * @throws AppError
 */
export async function* createModel(
  recipe: Recipe,
  workshop: Workshop,
  signal: AbortSignal,
): AsyncGenerator<Progress> {
  const { store } = workshop;
  expectSayable(recipe);
  configByInfo(recipe.info ?? {}); // which refuses wrong fields
  await using maker = new LayerMaker(store, workshop.quantize);
  const base =
    typeof recipe.base === "string"
      ? yield* baseByName(recipe.base, workshop, maker, signal)
      : await baseOfFiles(recipe.base);
  const parts = await partsOf(recipe, base, workshop, signal);
  const full = completed(recipe, base.said);
  const detected = base.isProven ? null : detectedTemplate(full, parts);
  if (typeof recipe.base !== "string") yield { status: "parsing GGUF" };
  if (detected) yield { status: `using autodetected template ${detected.name}` };

  const files = yield* fileLayers(recipe, parts, maker, signal);
  const layers = [...files, ...(await layersSaid(full, base.layers, detected, maker, store))];
  const [model] = files;
  const families = parts.projectors.map(({ architecture }) => architecture);
  const byFile = configByFile(store.blobs.path(model?.digest ?? ""), families);
  const { file_type: _fileType, ...others } = base.config;
  const inherited = recipe.quantize === undefined ? base.config : others;
  const text = configText(byFile, inherited, full, layers);
  const config = await maker.text(configType, text);
  for (const layer of layers) {
    yield {
      status: `${maker.isNew(layer) ? "creating new" : "using existing"} layer ${layer.digest}`,
    };
  }
  yield { status: "writing manifest" };
  const manifest = { schemaVersion: 2 as const, mediaType: manifestType, config, layers };
  maker.expectAll(manifest);
  signal.throwIfAborted();
  await store.write(recipe.name, manifest);
}

/** @throws AppError invalid_request when one is none, or cannot be used as what it is meant for */
async function partsOf(
  recipe: Recipe,
  base: Base,
  { quantize }: Workshop,
  signal: AbortSignal,
): Promise<Parts> {
  const ofType = (type: string) => base.files.filter(({ mediaType }) => mediaType === type);
  const ownAdapters = await judged(recipe.adapters);
  const noAdapter = ownAdapters.find(({ kind }) => kind !== "adapter");
  if (noAdapter) throw new AppError("invalid_request", `${noAdapter.name} is no LoRA adapter`);
  const ownDrafts = await judged(recipe.drafts);
  const parts: Parts = {
    model: modelAmong(ofType(layerTypes.model)),
    projectors: ofType(layerTypes.projector),
    adapters: [...ofType(layerTypes.adapter), ...ownAdapters],
    drafts: ownDrafts.length > 0 ? modelAmong(ownDrafts) : ofType(layerTypes.draft),
  };
  expectFitting(parts);
  if (recipe.quantize) expectQuantizable(parts.model, "quantize");
  if (recipe.quantizeDraft) expectQuantizable(parts.drafts, "draft_quantize");
  const unproven = [
    ...(base.isProven ? [] : [parts.model, ...parts.projectors.map((file) => [file])]),
    ...(ownDrafts.length > 0 ? [parts.drafts] : []),
  ];
  for (const files of unproven) await expectUsable(files, quantize, signal);
  return parts;
}

function expectFitting({ model: [model], adapters }: Parts): void {
  const other = adapters.find(({ architecture }) => architecture !== model?.architecture);
  if (!other) return;
  const problem = `${other.name} is an adapter for "${other.architecture}" models`;
  throw new AppError("invalid_request", `${problem}, this one is "${model?.architecture}"`);
}

/** Types that lose nothing worth mentioning; what was quantised once gets worse each time. */
const quantizable = ["F16", "BF16", "F32"];

function expectQuantizable([first]: readonly GgufFile[], param: string): void {
  if (!first) throw new AppError("invalid_request", "there is no draft model", { param });
  if (quantizable.includes(ggufFacts(first.path).fileType)) return;
  const message = "quantization is only supported for F16, BF16 and F32 models";
  throw new AppError("invalid_request", message, { param });
}

async function* fileLayers(
  { quantize, quantizeDraft }: Recipe,
  { model, projectors, adapters, drafts }: Parts,
  maker: LayerMaker,
  signal: AbortSignal,
): AsyncGenerator<Progress, Layer[]> {
  const layers: Layer[] = [];
  const add = async function* (type: string, files: readonly GgufFile[], target?: typeof quantize) {
    const [first] = files;
    if (!first) return;
    if (files.length === 1 && target === undefined) {
      layers.push(yield* maker.file(type, first, signal));
      return;
    }
    const { fileType } = ggufFacts(first.path);
    const status = target
      ? `quantizing ${fileType} model to ${target}`
      : `merging ${files.length} parts of the model`;
    layers.push(yield* maker.rewritten(type, files, { status, type: target }, signal));
  };
  yield* add(layerTypes.model, model, quantize);
  for (const file of projectors) yield* add(layerTypes.projector, [file]);
  for (const file of adapters) yield* add(layerTypes.adapter, [file]);
  yield* add(layerTypes.draft, drafts, quantizeDraft);
  return layers;
}

/**
 * The Go template of a format that the GGUF's Jinja template is recognized as. Our engine does not
 * need it: it prefers Jinja to a layer that says the same (`usedGoTemplate`). It is stored for
 * Ollama, whose older versions have no Jinja and would send the bare prompt, and because clients
 * look for it in `show`.
 */
function detectedTemplate(
  { template, renderer }: Recipe,
  { model: [first] }: Parts,
): KnownTemplate | null {
  if (template !== undefined || renderer || !first) return null;
  const { chatTemplate } = ggufFacts(first.path);
  return chatTemplate === undefined ? null : detectTemplate(chatTemplate);
}
