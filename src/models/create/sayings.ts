import { goTemplateFacts } from "../../chat/go-template-facts.ts";
import type { KnownTemplate } from "../../chat/known-templates.ts";
import type { ModelfileParts } from "../described.ts";
import { type Layer, layerTypes } from "../manifest.ts";
import { storedParameters } from "../modelfile-parts.ts";
import { type Parameters, parameterPairs } from "../parameters.ts";
import type { Store } from "../store.ts";
import { readObject } from "./base.ts";
import type { LayerMaker } from "./layer-maker.ts";
import type { Recipe } from "./recipe.ts";

/** The recipe, with what the base's Modelfile says where it is silent itself. */
export function completed(recipe: Recipe, said: ModelfileParts): Recipe {
  return {
    ...recipe,
    template: recipe.template ?? said.template,
    system: recipe.system ?? said.system,
    messages: recipe.messages ?? filled(said.messages),
    licenses: recipe.licenses ?? filled(said.licenses),
    parameters: { ...storedParameters(said.parameters ?? []), ...recipe.parameters },
    renderer: recipe.renderer ?? said.renderer,
    parser: recipe.parser ?? said.parser,
    requires: recipe.requires ?? said.requires,
  };
}

/**
 * The layers of text: `old` ones, those of the base, and in place of them what the recipe says. One
 * that says the same stays the same.
 */
export async function layersSaid(
  recipe: Recipe,
  old: readonly Layer[],
  detected: KnownTemplate | null,
  maker: LayerMaker,
  store: Store,
): Promise<Layer[]> {
  let layers = [...old];
  const replace = async (types: readonly string[], texts: readonly string[] | undefined) => {
    if (texts === undefined) return;
    layers = layers.filter(({ mediaType }) => !types.includes(mediaType));
    const [type = ""] = types;
    for (const text of texts) {
      if (text !== "") layers = [...layers, await maker.text(type, text)];
    }
  };
  const { system, licenses, messages } = recipe;
  const parameters = mergedParameters(recipe, old, detected, store);
  await replace(
    [layerTypes.template, layerTypes.prompt],
    asList(recipe.template ?? detected?.template),
  );
  await replace([layerTypes.system], asList(system));
  await replace([layerTypes.license], licenses);
  await replace([layerTypes.params], parameters && [jsonOrNothing(parameters)]);
  await replace([layerTypes.messages], messages && [jsonOrNothing(messages)]);
  return layers;
}

/** @throws AppError invalid_request for a template or a parameter that cannot be */
export function expectSayable({ template, parameters }: Recipe): void {
  if (template) goTemplateFacts(template);
  if (parameters) storedParameters(parameterPairs(parameters));
}

/** undefined: those of the base stay. A null or an empty list takes one of them away. */
function mergedParameters(
  { parameters = {} }: Recipe,
  layers: readonly Layer[],
  detected: KnownTemplate | null,
  store: Store,
): Parameters | undefined {
  const old = layers.find(({ mediaType }) => mediaType === layerTypes.params);
  const detectedStop = detected && detected.stop.length > 0 ? { stop: detected.stop } : {};
  const added = {
    ...detectedStop,
    ...storedParameters(parameterPairs(parameters)),
  };
  const isNothing = (value: unknown) => value === null || (Array.isArray(value) && !value.length);
  const removed = Object.keys(parameters).filter((name) => isNothing(parameters[name]));
  if (Object.keys(added).length + removed.length === 0) return undefined;
  const merged = { ...(old && readObject(store, old)), ...added };
  const kept = Object.entries(merged).filter(([name]) => !removed.includes(name));
  return Object.fromEntries(kept.sort(([a], [b]) => (a < b ? -1 : 1)));
}

const asList = (text: string | undefined) => (text === undefined ? undefined : [text]);

/** A Modelfile without any does not unset those of its base. */
const filled = <Item>(items: Item[] | undefined) => (items?.length ? items : undefined);

const jsonOrNothing = (value: object) =>
  Object.keys(value).length === 0 ? "" : JSON.stringify(value);
