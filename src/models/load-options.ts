import type { LoadOptions } from "../core/load.ts";
import type { Model } from "./catalog.ts";

/** Options in layers, later ones over earlier ones; groups such as `context` are merged, too. */
export function mergeLoad(...layers: readonly (LoadOptions | undefined)[]): LoadOptions {
  return layers.reduce<LoadOptions>((below, above) => merged(below, above ?? {}), {});
}

/**
 * How a model is loaded by a server with these options: a model's own size of a sequence is not one
 * to share out of the cells that the server has.
 */
export function loadFor({ load = {} }: Model, { nCtx, ...options }: LoadOptions): LoadOptions {
  return mergeLoad(load.nCtxSeq === undefined ? { nCtx } : {}, options, load);
}

function merged<T extends object>(below: T, above: T): T {
  const result = { ...below };
  for (const name of Object.keys(above) as (keyof T)[]) {
    const [old, value] = [below[name], above[name]];
    if (value !== undefined)
      result[name] = isGroup(old) && isGroup(value) ? merged(old, value) : value;
  }
  return result;
}

function isGroup<T>(value: T): value is T & object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
