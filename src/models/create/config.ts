import { AppError } from "../../core/errors.ts";
import { ggufFacts } from "../gguf-facts.ts";
import type { Layer, ModelConfig } from "../manifest.ts";
import type { Recipe } from "./recipe.ts";

/** What is shown of a model by its GGUF file. `families`: of its projectors. */
export function configByFile(path: string, families: readonly string[]): Partial<ModelConfig> {
  const { architecture, parameterSize, fileType } = ggufFacts(path);
  return {
    model_format: "gguf",
    model_family: architecture,
    model_families: [...new Set([architecture, ...families])],
    model_type: parameterSize,
    file_type: fileType,
  };
}

/** The config blob's text: what the files say, over it the base, the recipe, and its `info`. */
export function configText(
  byFile: Partial<ModelConfig>,
  base: Partial<ModelConfig>,
  {
    renderer,
    parser,
    requires,
    info = {},
  }: Pick<Recipe, "renderer" | "parser" | "requires" | "info">,
  layers: readonly Layer[],
): string {
  const own = Object.entries({ renderer, parser, requires }).filter(([, value]) => value);
  const config = {
    ...byFile,
    ...base,
    ...Object.fromEntries(own),
    ...configByInfo(info),
    architecture: base.architecture ?? "amd64",
    os: base.os ?? "linux",
    rootfs: { type: "layers", diff_ids: layers.map(({ digest }) => digest) },
  };
  return JSON.stringify(config);
}

/** Fields of `info` that are texts, and those that are numbers, by their names in the config. */
const textInfo = {
  model_family: "model_family",
  base_name: "base_name",
  quantization_level: "file_type",
  parameter_size: "model_type",
} as const;
const numberInfo = ["context_length", "embedding_length"] as const;

/** Source: Ollama's server/create.go. @throws AppError invalid_request, in its words */
export function configByInfo(info: NonNullable<Recipe["info"]>): Partial<ModelConfig> {
  const has = (name: string) => info[name] !== undefined && info[name] !== null;
  const config: Partial<ModelConfig> = {};
  for (const [name, field] of Object.entries(textInfo)) {
    if (!has(name)) continue;
    const value = info[name];
    if (typeof value !== "string") throw bad(name, "must be a string");
    config[field] = value;
  }
  for (const name of numberInfo) {
    if (!has(name)) continue;
    const value = info[name];
    if (typeof value !== "number") throw bad(name, "must be a number");
    if (!Number.isSafeInteger(value) || value < 0) {
      throw bad(name, "must be a non-negative integer");
    }
    config[name] = value;
  }
  if (config.model_family) config.model_families = [config.model_family];
  if (has("capabilities")) config.capabilities = capabilities(info.capabilities);
  return config;
}

function capabilities(value: unknown): string[] {
  if (!Array.isArray(value)) throw bad("capabilities", "must be an array of strings");
  const wrong = value.findIndex((item) => typeof item !== "string");
  if (wrong >= 0) throw bad("capabilities", `element ${wrong} must be a string`);
  return value;
}

function bad(name: string, problem: string): AppError {
  const message = `info field "${name}" ${problem}`;
  return new AppError("invalid_request", message, { param: `info.${name}` });
}
