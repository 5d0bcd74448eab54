import { AppError } from "../core/errors.ts";
import type { LoadOptions } from "../core/load.ts";
import { mergeLoad } from "./load-options.ts";
import { toLoadOptions } from "./modelfile-parameters.ts";

/** PARAMETERs of a Modelfile as a store keeps them: by name, "stop" as a list. */
export type Parameters = Record<string, unknown>;

/** Names and values one by one; a list's items under its name. Nulls say nothing. */
export function parameterPairs(parameters: Parameters): [string, string | number | boolean][] {
  return Object.entries(parameters).flatMap(([name, value]) =>
    (Array.isArray(value) ? value : [value]).filter(isPlain).map((one) => [name, one] as const),
  ) as [string, string | number | boolean][];
}

/**
 * What the parameters mean for loading. One that does not fit must not cost its owner the model.
 * @param note told about each that has no effect
 */
export function loadOptionsOf(parameters: Parameters, note: (text: string) => void): LoadOptions {
  const tell = (text: string) => note(text.replace(/^(Modelfile )?\(?line 0\)?: /, ""));
  const layers = Object.keys(parameters).map((key): LoadOptions => {
    const pairs = parameterPairs({ [key]: parameters[key] });
    const commands = pairs.map(([, value]) => ({
      name: "parameter" as const,
      key,
      value: String(value),
      line: 0, // of no file
    }));
    try {
      return toLoadOptions(commands, tell);
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      tell(error.message);
      return {};
    }
  });
  return mergeLoad(...layers);
}

const isPlain = (value: unknown): value is string | number | boolean =>
  ["string", "number", "boolean"].includes(typeof value);
