import type { LoadOptions } from "../core/load.ts";

/** Options in layers, later ones over earlier ones; groups such as `context` are merged, too. */
export function mergeLoad(...layers: readonly (LoadOptions | undefined)[]): LoadOptions {
  return layers.reduce<LoadOptions>((below, above) => merged(below, above ?? {}), {});
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
